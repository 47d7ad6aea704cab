//! Signing keys, without their private halves.

use gatewright_core::{model::Timestamp, token::KeyRecord};
use serde::Serialize;
use utoipa::ToSchema;

/// A signing key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Key {
    /// Its name in tokens and in the published set.
    kid: String,
    #[schema(example = "ES256")]
    alg: &'static str,
    /// `next` is published and signs nothing yet, `signing` signs, `retiring` is published for the tokens that it has signed.
    #[schema(example = "signing")]
    state: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    published_at: String,
    #[schema(format = DateTime)]
    signing_since: Option<String>,
    #[schema(format = DateTime)]
    retiring_since: Option<String>,
}

impl From<&KeyRecord> for Key {
    fn from(key: &KeyRecord) -> Self {
        let moment = |secs: i64| Timestamp::from_secs(secs).to_string();
        Self {
            kid: key.kid.clone(),
            alg: key.algorithm.as_str(),
            state: key.state.as_str(),
            created_at: moment(key.created_at),
            published_at: moment(key.published_at),
            signing_since: key.signing_since.map(moment),
            retiring_since: key.retiring_since.map(moment),
        }
    }
}

/// The signing keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Keys {
    keys: Vec<Key>,
}

impl From<Vec<KeyRecord>> for Keys {
    fn from(keys: Vec<KeyRecord>) -> Self {
        Self { keys: keys.iter().map(Into::into).collect() }
    }
}
