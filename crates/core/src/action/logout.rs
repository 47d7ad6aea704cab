//! Logging out: this session, the user's others, or the whole account.

use gatewright_token::Acting;

use crate::{
    Caller, Earned, Error, Gatewright, Owner, RefreshFault, Refusal,
    model::{Act, Activity, Actor, ClientInfo, EndReason, RefreshToken, ServiceKeyId, SessionId, Standing, UserId},
    port::{End, EndAll},
};

/// What somebody shows who logs out.
#[derive(Clone, Copy, Debug)]
pub enum LogoutProof<'a> {
    /// The session's access token.
    AccessToken(&'a str),
    /// A refresh token of the session; a spent one does as well, since it could end the session anyway.
    RefreshToken(&'a str),
}

/// What is to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogoutScope {
    /// This session.
    #[default]
    Session,
    /// Every other session of the user.
    Others,
    /// Every session of the account, for owners.
    Account,
}

impl Gatewright {
    /// Logs out. Ending one's own session is idempotent: one that has ended already answers the same. Answers which session
    /// was meant, so that an edge can delete its cookies and no others.
    ///
    /// # Errors
    /// [`Refusal::AccessToken`] or [`Refusal::RefreshToken`] when the proof is none of ours; for the wider scopes also when
    /// the session is dead, and [`Refusal::PermissionDenied`] when a member ends the account's sessions.
    pub async fn logout(
        &self,
        proof: LogoutProof<'_>,
        scope: LogoutScope,
        client: &ClientInfo,
    ) -> Result<SessionId, Error> {
        let (id, actor) = match proof {
            LogoutProof::AccessToken(token) => {
                let claims = self.claims_of(token).await?;
                (SessionId::from_uuid(claims.session_id), who(claims.acting))
            }
            LogoutProof::RefreshToken(token) => {
                let parsed = RefreshToken::parse(token, self.master());
                let token = parsed.map_err(|fault| Refusal::RefreshToken(RefreshFault::Forged(fault)))?;
                (token.session(), Actor::Account)
            }
        };
        let standing = self.ports().sessions.standing(id).await?;
        match (scope, standing) {
            (LogoutScope::Session, None) => {}
            (LogoutScope::Session, Some(standing)) => self.end_own(&standing, actor, client).await?,
            (LogoutScope::Others | LogoutScope::Account, None) => return Err(Refusal::SessionGone.into()),
            (LogoutScope::Others | LogoutScope::Account, Some(standing)) => {
                if let Some(dead) = standing.dead(self.now()) {
                    return Err(Refusal::SessionDead(dead).into());
                }
                self.end_many(Caller::of(standing), scope, client).await?;
            }
        }
        Ok(id)
    }

    /// Ends every other session of the caller's user; the caller's own goes on.
    ///
    /// # Errors
    /// [`Refusal::Impersonating`]; otherwise only when the store is away.
    pub async fn end_other_sessions(&self, caller: &Caller, client: &ClientInfo) -> Result<(), Error> {
        self.end_many(caller.clone(), LogoutScope::Others, client).await
    }

    async fn end_own(&self, standing: &Standing, actor: Actor, client: &ClientInfo) -> Result<(), Error> {
        let now = self.now();
        let session = &standing.session;
        let entry = Activity::new(self.new_entry(now), now, session.account_id, Act::LoggedOut, client);
        let entry = entry.of_user(session.user_id).in_session(session.id).by(actor);
        let end = End { session: session.id, reason: EndReason::LoggedOut, at: now };
        if self.ports().sessions.end(end, entry.into()).await? {
            tracing::info!(account = %session.account_id, user = %session.user_id, "logged out");
        }
        Ok(())
    }

    async fn end_many(&self, caller: Caller, scope: LogoutScope, client: &ClientInfo) -> Result<(), Error> {
        let now = self.now();
        let session = caller.itself()?.standing().session.clone();
        let (act, end) = match scope {
            LogoutScope::Session | LogoutScope::Others => {
                let keep = Some(session.id);
                (Act::OtherSessionsEnded, EndAll::OfUser { user: session.user_id, keep })
            }
            LogoutScope::Account => {
                Owner::earn(caller, self)?;
                (Act::AllSessionsEnded, EndAll::OfAccount { account: session.account_id })
            }
        };
        let entry = Activity::new(self.new_entry(now), now, session.account_id, act, client);
        self.ports().sessions.end_all(end, entry.of_user(session.user_id).in_session(session.id).into()).await?;
        tracing::info!(account = %session.account_id, user = %session.user_id, act = act.name(), "sessions ended");
        Ok(())
    }
}

/// Who ends the session: who acts as the user says so itself.
fn who(acting: Option<Acting>) -> Actor {
    match acting {
        None => Actor::Account,
        Some(Acting::User(user)) => Actor::Impersonator(UserId::from_uuid(user)),
        Some(Acting::ServiceKey(key)) => Actor::ImpersonatingKey(ServiceKeyId::from_uuid(key)),
    }
}
