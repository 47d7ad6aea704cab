//! The claims of a Security Event Token (RFC 8417): something happened to somebody, told to whoever has to know. It says what
//! happened and is no proof of anything that one could sign in with: it has no `sub` and no `exp`, and its own `typ`.

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::SignError;

/// What a Security Event Token says.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityEventClaims {
    /// `iss`: the address of the issuer.
    pub issuer: String,
    /// `aud`: who is to act on it.
    pub audience: String,
    /// `iat`: when it was issued, in seconds since 1970.
    pub issued_at: i64,
    /// `jti`: the name of this one event; the same however often it is told.
    pub token_id: Uuid,
    /// `sub_id`: to whom it happened (RFC 9493).
    pub subject: Map<String, Value>,
    /// `events`: what happened, by the URI of its kind.
    pub events: Map<String, Value>,
}

#[derive(Serialize)]
struct Wire<'c> {
    iss: &'c str,
    aud: &'c str,
    iat: i64,
    jti: Uuid,
    sub_id: &'c Map<String, Value>,
    events: &'c Map<String, Value>,
}

impl SecurityEventClaims {
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, SignError> {
        let wire = Wire {
            iss: &self.issuer,
            aud: &self.audience,
            iat: self.issued_at,
            jti: self.token_id,
            sub_id: &self.subject,
            events: &self.events,
        };
        Ok(serde_json::to_vec(&wire).expect("names and JSON values always serialise"))
    }
}
