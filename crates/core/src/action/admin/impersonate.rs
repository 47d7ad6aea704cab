//! Acting as a user for a while: to see what somebody sees who asks for help. What must stay true (SECURITY AZ6): it is marked, in
//! the token (`act`), in the session (`amr`) and in the log; it ends by itself soon and cannot be prolonged; it touches no
//! credential, and changes nothing here.

use std::time::Duration;

use gatewright_token::Acting;

use super::{Allowed, rights};
use crate::{
    Error, Gatewright, Refusal,
    action::rules::TokenQuestion,
    model::{
        Act, Actor, AuthMethod, ClientInfo, ClientLabel, Invalid, InvalidReason, Occasion, Session, SessionState,
        Standing, Transport, UserId,
    },
    port::{Opened, Opening},
};

/// Acting as a user.
#[derive(Clone, Debug)]
pub struct Impersonation {
    /// As whom.
    pub user: UserId,
    /// Why, in the words of who does it: 1 to 100 printable characters. The owner of the account reads it.
    pub reason: ClientLabel,
    /// For how long; at most [`crate::model::Policy::max_impersonation`].
    pub expires_in: Duration,
}

/// A token to act with.
#[derive(Clone, Debug)]
pub struct Impersonated {
    /// The session, its account and its user.
    pub standing: Standing,
    /// An access token with the claim `act`. There is no refresh token.
    pub access_token: String,
    /// How long it lives: the whole while, since it cannot be renewed.
    pub expires_in: Duration,
}

impl Gatewright {
    /// Opens a session in which the caller acts as the user. It is in the user's list of sessions, where it can be ended, and in
    /// its activity.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`], also for whoever cannot sign in; [`Refusal::PermissionDenied`] for a user who may do more than
    /// the caller; [`Error::Invalid`].
    pub async fn impersonate(
        &self,
        by: &Allowed<rights::AccountsImpersonate>,
        wanted: Impersonation,
        client: &ClientInfo,
    ) -> Result<Impersonated, Error> {
        if wanted.expires_in.is_zero() || wanted.expires_in > self.policy().max_impersonation {
            return Err(Invalid::new("expires_in", InvalidReason::NotAllowed).into());
        }
        let user = self.ports().users.user(wanted.user).await?.filter(|user| user.disabled_at.is_none());
        let user = user.ok_or(Refusal::UserNotFound)?;
        let account = self.ports().accounts.account(user.account_id).await?;
        let account = account.filter(|account| account.disabled_at.is_none()).ok_or(Refusal::UserNotFound)?;
        by.admin().outranks([&user], &self.defined_roles().await?)?;
        let now = self.now();
        let id = self.new_session_id(now, None);
        // Its first refresh token is handed to nobody.
        let (_, chain) = self.first_chain(id, now)?;
        let ends = now.plus(wanted.expires_in);
        let session = Session {
            id,
            account_id: account.id,
            user_id: user.id,
            transport: Transport::Body,
            label: Some(wanted.reason.clone()),
            created_at: now,
            absolute_end: ends,
            idle_end: ends,
            // Nobody has proved the account, ever.
            auth_time: crate::model::Timestamp::from_secs(0),
            amr: vec![AuthMethod::Impersonation],
            state: SessionState::Active,
            account_epoch: account.epoch,
            user_epoch: user.epoch,
            chain,
            // The admin's address is no address that the account is known at.
            last_ip: None,
            last_user_agent: None,
        };
        let question = TokenQuestion {
            occasion: Occasion::Impersonate,
            account: &account,
            user: &user,
            session_id: id,
            transport: session.transport,
            amr: &session.amr,
            auth_time: session.auth_time,
            client,
        };
        let added = self.ask_before_token(question).await?;
        let entry = by.entry(self, now, account.id, Act::Impersonated, client).of_user(user.id).in_session(id);
        let seconds = wanted.expires_in.as_secs();
        let entry = entry.saying("reason", wanted.reason.as_str()).saying("expires_in", seconds);
        let opening = Opening { session, replaces: None, spends: None, max_sessions: self.policy().max_sessions };
        let standing = match self.ports().sessions.open(opening, entry.into()).await? {
            Opened::Done(standing) => standing,
            Opened::Stale | Opened::Spent => return Err(Refusal::UserNotFound.into()),
        };
        tracing::warn!(user = %user.id, actor = ?by.admin().actor(), "somebody acts as a user");
        let acting = acting(by.admin().actor())?;
        let life = wanted.expires_in;
        let access_token = self.access_token_for(&standing, Some(acting), added, now, life).await?.0;
        Ok(Impersonated { standing, access_token, expires_in: life })
    }
}

fn acting(actor: Actor) -> Result<Acting, Error> {
    match actor {
        Actor::Admin(user) => Ok(Acting::User(user.uuid())),
        Actor::ServiceKey(key) => Ok(Acting::ServiceKey(key.uuid())),
        Actor::Account | Actor::Impersonator(_) | Actor::ImpersonatingKey(_) | Actor::Operator | Actor::System => {
            Err(Error::Bug("an admin is a user or a service key"))
        }
    }
}
