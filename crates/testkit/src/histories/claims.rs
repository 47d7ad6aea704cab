//! What an access token says, and whether that is what the answer says that it came with (P14, P15).

use gatewright_core::SignedIn;

use super::{answer::Access, people::RoleSet, system::Finding};

/// What an access token says.
pub(super) struct Claims {
    pub(super) roles: RoleSet,
    pub(super) access: Access,
}

impl Claims {
    /// Reads them without verifying: whether the token is good is asked elsewhere. They must say what the answer says.
    pub(super) fn of(signed_in: &SignedIn) -> Result<Self, Finding> {
        let payload = signed_in.access_token.split('.').nth(1).unwrap_or_default();
        let bytes = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).map_err(|error| error.to_string())?;
        let claims: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        let (session, user) = (&signed_in.standing.session, &signed_in.standing.user);
        let texts = |name: &str| -> Vec<String> {
            claims[name].as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
        };
        let amr: Vec<String> = session.amr.iter().map(|method| method.name().to_owned()).collect();
        let said = (claims["sub"].as_str(), claims["session_id"].as_str(), claims["auth_time"].as_i64(), texts("amr"));
        let (sub, session_id) = (user.id.to_string(), session.id.to_string());
        let expected = (Some(sub.as_str()), Some(session_id.as_str()), Some(session.auth_time.secs()), amr);
        if said != expected {
            return Err(format!("the access token says {said:?} instead of {expected:?}"));
        }
        let access = match (claims["iat"].as_i64(), claims["exp"].as_i64()) {
            (Some(issued), Some(expires)) => Access { issued, expires },
            (Some(_) | None, _) => return Err("an access token without iat and exp".into()),
        };
        let roles = texts("roles");
        let roles = RoleSet::of(roles.iter().map(String::as_str)).ok_or("roles that nobody has given")?;
        Ok(Self { roles, access })
    }
}
