//! The claims of an access token: DESIGN section 5, and nothing else unless configured. RFC 9068 section 2.2 also wants
//! `client_id`; there are no OAuth clients here, so the claim is deliberately absent.

use super::{Acting, Reader, check_extra, check_times};
use crate::{Rejection, SignError};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// What an access token says.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessClaims {
    /// `iss`: the address of the issuer, compared byte for byte.
    pub issuer: String,
    /// `aud`: minted as one text. After verification, the audience that was asked for.
    pub audience: String,
    /// `sub`: the user.
    pub subject: Uuid,
    /// `account_id`: the account that the user belongs to.
    pub account_id: Uuid,
    /// `session_id`: the session that the token was issued in.
    pub session_id: Uuid,
    /// `username`: for display; it can change, so it is no key.
    pub username: String,
    /// `roles`: the user's roles at the time of issue. A change shows at the next refresh at the latest.
    pub roles: Vec<String>,
    /// `permissions`: what the roles allow, if the issuer is configured to say so.
    pub permissions: Option<Vec<String>>,
    /// `amr`: how the user proved the account (RFC 8176).
    pub amr: Vec<String>,
    /// `auth_time`: when the account was last proved, in seconds since 1970. A refresh does not move it.
    pub auth_time: i64,
    /// `act`: who acts as the user, if it is somebody else (RFC 8693 section 4.1). What such a token is used for was not done by
    /// the user; a service may refuse what only the user may do.
    pub acting: Option<Acting>,
    /// `iat`: when the token was issued, in seconds since 1970.
    pub issued_at: i64,
    /// `exp`: the first second at which the token is no longer good.
    pub expires_at: i64,
    /// `jti`: the name of this one token.
    pub token_id: Uuid,
    /// Additional claims, which rules of the issuer may add. None may have the name of a claim of either kind of token,
    /// nor be called `nbf`, `cnf` or `client_id`.
    pub extra: Map<String, Value>,
}

#[derive(Serialize)]
struct Wire<'c> {
    iss: &'c str,
    aud: &'c str,
    sub: Uuid,
    account_id: Uuid,
    session_id: Uuid,
    username: &'c str,
    roles: &'c [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<&'c [String]>,
    amr: &'c [String],
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Acting>,
    iat: i64,
    exp: i64,
    jti: Uuid,
    #[serde(flatten)]
    extra: &'c Map<String, Value>,
}

impl AccessClaims {
    /// Whether the user has this role. Names compare with case.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own == role)
    }

    /// Whether the token carries this permission. A token without `permissions` carries none.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.permissions.iter().flatten().any(|own| own == permission)
    }

    pub(crate) fn to_json(&self) -> Result<Vec<u8>, SignError> {
        check_extra(&self.extra)?;
        check_times(self.auth_time, self.issued_at, self.expires_at)?;
        let wire = Wire {
            iss: &self.issuer,
            aud: &self.audience,
            sub: self.subject,
            account_id: self.account_id,
            session_id: self.session_id,
            username: &self.username,
            roles: &self.roles,
            permissions: self.permissions.as_deref(),
            amr: &self.amr,
            auth_time: self.auth_time,
            act: self.acting,
            iat: self.issued_at,
            exp: self.expires_at,
            jti: self.token_id,
            extra: &self.extra,
        };
        Ok(serde_json::to_vec(&wire).expect("texts, numbers and JSON values always serialise"))
    }

    pub(crate) fn read(
        members: Map<String, Value>,
        issuer: &str,
        audience: &str,
    ) -> Result<(Self, Option<i64>), Rejection> {
        let mut reader = Reader::new(members);
        let not_before = reader.optional_time("nbf")?;
        let claims = Self {
            issuer: reader.issuer(issuer)?,
            audience: reader.audience(audience)?,
            subject: reader.id("sub")?,
            account_id: reader.id("account_id")?,
            session_id: reader.id("session_id")?,
            username: reader.text("username")?,
            roles: reader.texts("roles")?,
            permissions: reader.optional_texts("permissions")?,
            amr: reader.texts("amr")?,
            auth_time: reader.time("auth_time")?,
            acting: reader.optional_object("act")?.map(Acting::read).transpose()?,
            issued_at: reader.time("iat")?,
            expires_at: reader.time("exp")?,
            token_id: reader.id("jti")?,
            extra: reader.rest(),
        };
        Ok((claims, not_before))
    }
}
