//! Service keys: what programs of the operator show.

use std::time::Duration;

use super::{Allowed, authority::permissions_within, rights};
use crate::{
    Error, Gatewright, Operator, Refusal,
    model::{
        Act, Activity, Actor, ClientInfo, ClientLabel, Invalid, InvalidReason, Permission, Permissions, ServiceKey,
        ServiceKeyId, ServiceKeySecret, ServiceKeyText, Timestamp,
    },
};

/// The most service keys.
const MAX_SERVICE_KEYS: usize = 1_000;
/// The longest that a key may be good for: ten years.
const MAX_LIFE: Duration = Duration::from_secs(10 * 366 * 86_400);
/// The most permissions of one key.
const MAX_PERMISSIONS: usize = 100;

/// A service key that is about to be.
#[derive(Clone, Debug)]
pub struct NewServiceKey {
    /// What it is for: 1 to 100 printable characters.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// How long it is good; `None` until it is revoked.
    pub expires_in: Option<Duration>,
}

/// A service key that was just made.
#[derive(Debug)]
pub struct ServiceKeyMade {
    /// What is kept of it.
    pub key: ServiceKey,
    /// The key itself. It is nowhere else, and nobody can show it again.
    pub text: ServiceKeyText,
}

impl Gatewright {
    /// All service keys, newest first, those that have run out too.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn list_service_keys(&self, _: &Allowed<rights::ServiceKeysRead>) -> Result<Vec<ServiceKey>, Error> {
        Ok(self.ports().service_keys.service_keys().await?)
    }

    /// Makes a key. It may do no more than who makes it.
    ///
    /// # Errors
    /// [`Refusal::PermissionDenied`], [`Error::Invalid`].
    pub async fn make_service_key(
        &self,
        by: &Allowed<rights::ServiceKeysWrite>,
        new: NewServiceKey,
        client: &ClientInfo,
    ) -> Result<ServiceKeyMade, Error> {
        let permissions = permissions_within(by.admin(), new.permissions.clone())?;
        let made = self.draft_of_key(&new, permissions)?;
        let entry = by.entry(self, made.key.created_at, None, Act::ServiceKeyMade, client);
        self.keep_key(made, entry, by.admin().actor()).await
    }

    fn draft_of_key(&self, new: &NewServiceKey, permissions: Permissions) -> Result<ServiceKeyMade, Error> {
        let name = ClientLabel::parse("name", &new.name)?.as_str().to_owned();
        if new.permissions.is_empty() {
            return Err(Invalid::new("permissions", InvalidReason::Malformed).into());
        }
        if new.permissions.len() > MAX_PERMISSIONS {
            return Err(Invalid::new("permissions", InvalidReason::TooMany { max: MAX_PERMISSIONS }).into());
        }
        if new.expires_in.is_some_and(|life| life.is_zero() || life > MAX_LIFE) {
            return Err(Invalid::new("expires_in", InvalidReason::Malformed).into());
        }
        let now = self.now();
        let secret = ServiceKeySecret::new(self.random_secret());
        let key = ServiceKey {
            id: self.new_service_key_id(now),
            name,
            permissions,
            hash: secret.hash(),
            created_at: now,
            ends_at: new.expires_in.map(|life| now.plus(life)),
            used_at: None,
        };
        Ok(ServiceKeyMade { key, text: secret.encode() })
    }

    async fn keep_key(&self, made: ServiceKeyMade, entry: Activity, actor: Actor) -> Result<ServiceKeyMade, Error> {
        let key = &made.key;
        let texts: Vec<&str> = key.permissions.iter().map(Permission::as_str).collect();
        let entry = entry.saying("service_key_id", key.id.to_string()).saying("permissions", texts);
        if !self.ports().service_keys.keep_service_key(key.clone(), MAX_SERVICE_KEYS, entry.into()).await? {
            return Err(Invalid::new("name", InvalidReason::TooMany { max: MAX_SERVICE_KEYS }).into());
        }
        tracing::info!(key = %key.id, ?actor, "service key made");
        Ok(made)
    }

    /// Revokes a key: it is good for nothing at once, on every node.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::PermissionDenied`] for a key that may do what the caller may not.
    pub async fn revoke_service_key(
        &self,
        by: &Allowed<rights::ServiceKeysWrite>,
        id: ServiceKeyId,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let keys = self.ports().service_keys.service_keys().await?;
        let key = keys.into_iter().find(|key| key.id == id).ok_or(Refusal::NotFound)?;
        by.admin().covers(&key.permissions)?;
        let entry = by.entry(self, self.now(), None, Act::ServiceKeyRevoked, client);
        self.forget_key(id, entry, by.admin().actor()).await
    }

    async fn forget_key(&self, id: ServiceKeyId, entry: Activity, actor: Actor) -> Result<(), Error> {
        let entry = entry.saying("service_key_id", id.to_string());
        if self.ports().service_keys.revoke_service_key(id, entry.into()).await? {
            tracing::info!(key = %id, ?actor, "service key revoked");
            Ok(())
        } else {
            Err(Refusal::NotFound.into())
        }
    }
}

impl Operator<'_> {
    /// All service keys, newest first, those that have run out too.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn service_keys(&self) -> Result<Vec<ServiceKey>, Error> {
        Ok(self.gate().ports().service_keys.service_keys().await?)
    }

    /// Makes a key: the first one of a program that is to make all others, say.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub async fn make_service_key(&self, new: NewServiceKey) -> Result<ServiceKeyMade, Error> {
        let permissions = Permissions::new(new.permissions.clone());
        let made = self.gate().draft_of_key(&new, permissions)?;
        let entry = self.key_entry(made.key.created_at, Act::ServiceKeyMade);
        self.gate().keep_key(made, entry, Actor::Operator).await
    }

    /// Revokes a key: it is good for nothing at once, on every node.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn revoke_service_key(&self, id: ServiceKeyId) -> Result<(), Error> {
        let entry = self.key_entry(self.gate().now(), Act::ServiceKeyRevoked);
        self.gate().forget_key(id, entry, Actor::Operator).await
    }

    fn key_entry(&self, now: Timestamp, act: Act) -> Activity {
        Activity::new(self.gate().new_entry(now), now, None, act, &self.client()).by(Actor::Operator)
    }
}
