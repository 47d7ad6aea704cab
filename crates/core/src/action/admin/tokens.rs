//! What services ask about tokens, and what they have ended: introspection (RFC 7662) and revocation (RFC 7009). What must stay
//! true: asking changes nothing, however spent the token is; and nobody without the right learns anything.

use gatewright_token::AccessClaims;

use super::{Allowed, rights};
use crate::{
    Error, Gatewright,
    model::{
        Act, ClientInfo, EndReason, Permissions, Presentation, RefreshToken, Standing, Verdict, judge,
        looks_like_refresh_token,
    },
    port::End,
};

/// What a token is.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "made once per call and taken apart at once")]
pub enum Introspected {
    /// Good for nothing, for whatever reason, or none of ours.
    Inactive,
    /// An access token of a living session.
    Access {
        /// What it says.
        claims: AccessClaims,
        /// Its session, account and user as they are now: a role that was taken away since it was issued is gone here.
        standing: Standing,
        /// What the user may do now.
        permissions: Permissions,
    },
    /// A refresh token that would be honoured now.
    Refresh {
        /// Its session, account and user as they are now.
        standing: Standing,
        /// What the user may do now.
        permissions: Permissions,
    },
}

impl Gatewright {
    /// What a token is. Nothing is changed by it: a spent refresh token that is asked about ends nothing.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn introspect(&self, _: &Allowed<rights::TokensIntrospect>, token: &str) -> Result<Introspected, Error> {
        if looks_like_refresh_token(token) {
            self.introspect_refresh(token).await
        } else {
            self.introspect_access(token).await
        }
    }

    async fn introspect_access(&self, token: &str) -> Result<Introspected, Error> {
        let claims = match self.claims_of(token).await {
            Ok(claims) => claims,
            Err(Error::Refused(_)) => return Ok(Introspected::Inactive),
            Err(error) => return Err(error),
        };
        let session = crate::model::SessionId::from_uuid(claims.session_id);
        let standing = self.ports().sessions.standing(session).await?;
        match standing.filter(|standing| standing.dead(self.now()).is_none()) {
            Some(standing) => {
                let permissions = self.permissions_of(&standing.user.roles).await?;
                Ok(Introspected::Access { claims, standing, permissions })
            }
            None => Ok(Introspected::Inactive),
        }
    }

    async fn introspect_refresh(&self, token: &str) -> Result<Introspected, Error> {
        let Ok(token) = RefreshToken::parse(token, self.master()) else { return Ok(Introspected::Inactive) };
        let Some(standing) = self.ports().sessions.standing(token.session()).await? else {
            return Ok(Introspected::Inactive);
        };
        let presentation: Presentation = token.presentation(None);
        let windows = self.policy().windows.for_transport(standing.session.transport);
        match judge(&standing, &presentation, self.now(), &windows) {
            Verdict::Young | Verdict::Rotate => {
                let permissions = self.permissions_of(&standing.user.roles).await?;
                Ok(Introspected::Refresh { standing, permissions })
            }
            // What would be given again, or taken back after a failover, is a token that its holder should not count on.
            Verdict::Redeliver { .. }
            | Verdict::RollForward
            | Verdict::Reuse
            | Verdict::Unknown
            | Verdict::Refuse(_) => Ok(Introspected::Inactive),
        }
    }

    /// Ends the session that a token belongs to, access or refresh token, spent or not. What is none of ours is no error.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn revoke(
        &self,
        by: &Allowed<rights::TokensRevoke>,
        token: &str,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let session = if looks_like_refresh_token(token) {
            RefreshToken::parse(token, self.master()).ok().map(|token| token.session())
        } else {
            match self.session_of(token).await {
                Ok(session) => Some(session),
                Err(Error::Refused(_)) => None,
                Err(error) => return Err(error),
            }
        };
        let Some(session) = session else { return Ok(()) };
        let Some(standing) = self.ports().sessions.standing(session).await? else { return Ok(()) };
        let now = self.now();
        let entry = by.entry(self, now, standing.account.id, Act::TokenRevoked, client);
        let entry = entry.of_user(standing.user.id).in_session(session).because(EndReason::Revoked);
        self.ports().sessions.end(End { session, reason: EndReason::Revoked, at: now }, entry.into()).await?;
        Ok(())
    }
}
