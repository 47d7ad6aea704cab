//! Sessions, as admins see and end them.

use super::{Allowed, rights};
use crate::{
    Error, Gatewright, Refusal,
    model::{AccountId, Act, ClientInfo, EndReason, Session, SessionId, UserId},
    port::End,
};

/// Whose sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionsOf {
    /// A user's.
    User(UserId),
    /// All of an account's.
    Account(AccountId),
}

impl Gatewright {
    /// The living sessions, newest first.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn sessions_of(
        &self,
        _: &Allowed<rights::SessionsRead>,
        whose: SessionsOf,
    ) -> Result<Vec<Session>, Error> {
        let (sessions, now) = (&self.ports().sessions, self.now());
        Ok(match whose {
            SessionsOf::User(user) => sessions.of_user(user, now).await?,
            SessionsOf::Account(account) => sessions.of_account(account, now).await?,
        })
    }

    /// Ends a session. Idempotent as long as the session is remembered.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::PermissionDenied`] for a session of somebody who may do more.
    pub async fn end_session_by(
        &self,
        by: &Allowed<rights::SessionsWrite>,
        id: SessionId,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let standing = self.ports().sessions.standing(id).await?.ok_or(Refusal::NotFound)?;
        by.admin().outranks([&standing.user], &self.defined_roles().await?)?;
        let now = self.now();
        let entry = by.entry(self, now, standing.account.id, Act::SessionEnded, client);
        let entry = entry.of_user(standing.user.id).in_session(id).because(EndReason::Operator);
        self.ports().sessions.end(End { session: id, reason: EndReason::Operator, at: now }, entry.into()).await?;
        Ok(())
    }
}
