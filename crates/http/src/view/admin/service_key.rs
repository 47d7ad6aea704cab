//! Service keys. The key itself is in the answer that makes it and in no other.

use std::time::Duration;

use gatewright_core::{NewServiceKey, model};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::role::permissions;
use crate::Problem;

/// A service key, without the key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceKey {
    #[schema(format = Uuid)]
    id: String,
    /// What it is for.
    name: String,
    #[schema(example = json!(["tokens:introspect"]))]
    permissions: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// Null if it is good until it is revoked.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// To the minute. Null if it never was.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl From<&model::ServiceKey> for ServiceKey {
    fn from(key: &model::ServiceKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            permissions: key.permissions.iter().map(ToString::to_string).collect(),
            created_at: key.created_at.to_string(),
            expires_at: key.ends_at.map(|at| at.to_string()),
            last_used_at: key.used_at.map(|at| at.to_string()),
        }
    }
}

/// All service keys, newest first, those that have run out too.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceKeys {
    service_keys: Vec<ServiceKey>,
}

impl From<Vec<model::ServiceKey>> for ServiceKeys {
    fn from(keys: Vec<model::ServiceKey>) -> Self {
        Self { service_keys: keys.iter().map(Into::into).collect() }
    }
}

/// A service key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServiceKeyMade {
    #[serde(flatten)]
    about: ServiceKey,
    /// The key itself. It is kept nowhere and shown never again.
    #[schema(example = "gwk_…")]
    key: String,
}

impl From<&gatewright_core::ServiceKeyMade> for ServiceKeyMade {
    fn from(made: &gatewright_core::ServiceKeyMade) -> Self {
        Self { about: (&made.key).into(), key: made.text.expose().to_owned() }
    }
}

/// A service key to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "the shop", "permissions": ["tokens:introspect"], "expires_in": 31_536_000}))]
pub(crate) struct CreateServiceKeyRequest {
    /// What it is for: 1 to 100 printable characters.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it may do; no more than who makes it.
    #[schema(min_items = 1, max_items = 100)]
    permissions: Vec<String>,
    /// For how many seconds it is good. Without it until it is revoked.
    #[schema(minimum = 1)]
    expires_in: Option<u64>,
}

impl TryFrom<CreateServiceKeyRequest> for NewServiceKey {
    type Error = Problem;

    fn try_from(body: CreateServiceKeyRequest) -> Result<Self, Problem> {
        Ok(Self {
            permissions: permissions(&body.permissions)?,
            name: body.name,
            expires_in: body.expires_in.map(Duration::from_secs),
        })
    }
}
