//! Minting access and selection tokens from what the store says.

use std::time::Duration;

use gatewright_token::{AccessClaims, Acting, SelectionClaims};
use serde_json::Map;

use crate::{
    Error, Gatewright,
    model::{
        Account, AddedClaims, AuthMethod, ClientLabel, Permission, PermissionsClaim, RefreshTokenText, RoleName,
        Standing, Timestamp, TokenId, Transport,
    },
};

/// Signed in: what a client gets from sign-up, login, select, refresh, switch and reauthenticate.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session, its account and its user, as of the step that this answer tells of.
    pub standing: Standing,
    /// A fresh access token.
    pub access_token: String,
    /// How long the access token lives.
    pub expires_in: Duration,
    /// What to do with the client's refresh token.
    pub refresh: RefreshDelivery,
}

/// What to do with the client's refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshDelivery {
    /// Hand out this one.
    Set(RefreshTokenText),
    /// The presented one stays current. A cookie is not set again: a late answer could overwrite a newer one.
    Keep,
}

impl Gatewright {
    /// Answers with a fresh access token for the session as it stands.
    pub(super) async fn signed_in(
        &self,
        standing: Standing,
        refresh: RefreshDelivery,
        added: AddedClaims,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let life = self.policy().access_ttl;
        let (access_token, expires_in) = self.access_token_for(&standing, None, added, now, life).await?;
        Ok(SignedIn { standing, access_token, expires_in, refresh })
    }

    /// An access token for the session as it stands, and how long it lives. `added` are the claims that rules added.
    pub(super) async fn access_token_for(
        &self,
        standing: &Standing,
        acting: Option<Acting>,
        added: AddedClaims,
        now: Timestamp,
        life: Duration,
    ) -> Result<(String, Duration), Error> {
        let (session, user) = (&standing.session, &standing.user);
        // Nothing after the absolute end (invariant P10), not even in a service that never asks us.
        let ends = now.plus(life).min(session.absolute_end);
        let permissions = match self.policy().permissions_claim {
            PermissionsClaim::Absent => None,
            PermissionsClaim::Present => {
                let granted = self.permissions_of(&user.roles).await?;
                Some(granted.iter().map(Permission::to_string).collect())
            }
        };
        let claims = AccessClaims {
            issuer: self.policy().issuer.clone(),
            audience: self.policy().audience.clone(),
            subject: user.id.uuid(),
            account_id: session.account_id.uuid(),
            session_id: session.id.uuid(),
            username: user.username.to_string(),
            roles: user.roles.names().iter().map(RoleName::to_string).collect(),
            permissions,
            amr: session.amr.iter().map(|method| method.name().to_owned()).collect(),
            auth_time: session.auth_time.secs(),
            acting,
            issued_at: now.secs(),
            expires_at: ends.secs().max(now.secs() + 1),
            token_id: self.new_token_id(now).uuid(),
            extra: added.into_map(),
        };
        let access_token = self.keyring().set.sign_access(&claims).map_err(|error| {
            tracing::error!(%error, "an access token could not be signed");
            Error::Bug("an access token could not be signed")
        })?;
        let expires_in = Duration::from_secs(u64::try_from(claims.expires_at - claims.issued_at).unwrap_or(0));
        Ok((access_token, expires_in))
    }

    /// A selection token for an account that has just proved itself.
    pub(super) fn mint_selection(
        &self,
        account: &Account,
        amr: &[AuthMethod],
        transport: Transport,
        label: Option<&ClientLabel>,
    ) -> Result<(TokenId, String), Error> {
        let now = self.now();
        let id = self.new_token_id(now);
        let claims = SelectionClaims {
            issuer: self.policy().issuer.clone(),
            audience: self.selection_audience(),
            subject: account.id.uuid(),
            epoch: account.epoch.number(),
            amr: amr.iter().map(|method| method.name().to_owned()).collect(),
            auth_time: now.secs(),
            issued_at: now.secs(),
            expires_at: now.plus(self.policy().selection_ttl).secs().max(now.secs() + 1),
            token_id: id.uuid(),
            transport: Some(transport.name().to_owned()),
            client: label.map(|label| label.as_str().to_owned()),
            extra: Map::new(),
        };
        let token = self.keyring().set.sign_selection(&claims).map_err(|error| {
            tracing::error!(%error, "a selection token could not be signed");
            Error::Bug("a selection token could not be signed")
        })?;
        Ok((id, token))
    }

    /// The audience of selection tokens: no access token has it, so neither passes for the other (fault X2).
    pub(super) fn selection_audience(&self) -> String {
        format!("{}/auth/select", self.policy().issuer)
    }
}
