//! Claims: what a token says. One file per kind of token; what both share is read in `read.rs`. A claim set that was
//! read is valid in itself (types and values); issuer, audience and time are the verifier's to judge.

mod access;
mod acting;
mod read;
mod security_event;
mod selection;

pub use access::AccessClaims;
pub use acting::Acting;
pub(crate) use read::{MAX_TIME, Reader};
pub use security_event::SecurityEventClaims;
pub use selection::SelectionClaims;

use crate::{SignError, json};
use serde_json::{Map, Value};

/// Claims that this crate writes or judges, in any kind of token. An additional claim may have none of these names.
/// `cnf` would bind a token to a key that nobody here checks, and `client_id` would make it look like one of an OAuth
/// server, which DESIGN section 5 excludes.
const RESERVED: [&str; 20] = [
    "iss",
    "aud",
    "sub",
    "account_id",
    "session_id",
    "username",
    "roles",
    "permissions",
    "amr",
    "auth_time",
    "iat",
    "exp",
    "act",
    "nbf",
    "jti",
    "epoch",
    "transport",
    "client",
    "cnf",
    "client_id",
];

/// Whether additional claims may be minted: what we sign, every verifier of ours must be able to read.
fn check_extra(extra: &Map<String, Value>) -> Result<(), SignError> {
    if extra.keys().any(|name| RESERVED.contains(&name.as_str())) {
        return Err(SignError::ReservedClaim);
    }
    if extra.values().all(|value| json::depth_within(value, json::MAX_DEPTH - 1)) {
        Ok(())
    } else {
        Err(SignError::TooDeep)
    }
}

fn check_times(auth_time: i64, issued_at: i64, expires_at: i64) -> Result<(), SignError> {
    let possible = |time: i64| (0..=MAX_TIME).contains(&time);
    let all = possible(auth_time) && possible(issued_at) && possible(expires_at);
    if all && issued_at < expires_at { Ok(()) } else { Err(SignError::Times) }
}
