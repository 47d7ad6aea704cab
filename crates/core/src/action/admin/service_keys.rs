//! Service keys: what programs of the operator show.

use std::time::Duration;

use super::{Allowed, authority::permissions_within, rights};
use crate::{
    Error, Gatewright, Refusal,
    model::{
        Act, ClientInfo, Invalid, InvalidReason, Permission, ServiceKey, ServiceKeyId, ServiceKeySecret, ServiceKeyText,
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
        let name = crate::model::ClientLabel::parse("name", &new.name)?.as_str().to_owned();
        if new.permissions.is_empty() {
            return Err(Invalid::new("permissions", InvalidReason::Malformed).into());
        }
        if new.permissions.len() > MAX_PERMISSIONS {
            return Err(Invalid::new("permissions", InvalidReason::TooMany { max: MAX_PERMISSIONS }).into());
        }
        if new.expires_in.is_some_and(|life| life.is_zero() || life > MAX_LIFE) {
            return Err(Invalid::new("expires_in", InvalidReason::Malformed).into());
        }
        let permissions = permissions_within(by.admin(), new.permissions)?;
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
        let texts: Vec<&str> = key.permissions.iter().map(Permission::as_str).collect();
        let entry = by.entry(self, now, None, Act::ServiceKeyMade, client);
        let entry = entry.saying("service_key_id", key.id.to_string()).saying("permissions", texts);
        if !self.ports().service_keys.keep_service_key(key.clone(), MAX_SERVICE_KEYS, entry.into()).await? {
            return Err(Invalid::new("name", InvalidReason::TooMany { max: MAX_SERVICE_KEYS }).into());
        }
        tracing::info!(key = %key.id, actor = ?by.admin().actor(), "service key made");
        Ok(ServiceKeyMade { key, text: secret.encode() })
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
        let now = self.now();
        let entry = by.entry(self, now, None, Act::ServiceKeyRevoked, client);
        let entry = entry.saying("service_key_id", id.to_string());
        if self.ports().service_keys.revoke_service_key(id, entry.into()).await? {
            tracing::info!(key = %id, actor = ?by.admin().actor(), "service key revoked");
            Ok(())
        } else {
            Err(Refusal::NotFound.into())
        }
    }
}
