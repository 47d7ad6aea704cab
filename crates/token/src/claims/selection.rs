//! The claims of a selection token: the proof that phase one of a login succeeded, good for choosing the user. That it
//! is good for one use is the server's to hold (by `jti`); that it is nothing else, its `typ` and audience hold.

use super::{Reader, check_extra, check_times};
use crate::{Rejection, SignError};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// What a selection token says.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectionClaims {
    /// `iss`: the address of the issuer.
    pub issuer: String,
    /// `aud`: the address of the select call, which no access token has.
    pub audience: String,
    /// `sub`: the account (not a user: none is chosen yet).
    pub subject: Uuid,
    /// `epoch`: the account's epoch at the login. If it differs now, everything was logged out since.
    pub epoch: i64,
    /// `amr`: how the account was proved (RFC 8176).
    pub amr: Vec<String>,
    /// `auth_time`: when the account was proved, in seconds since 1970.
    pub auth_time: i64,
    /// `iat`: when the token was issued, in seconds since 1970.
    pub issued_at: i64,
    /// `exp`: the first second at which the token is no longer good.
    pub expires_at: i64,
    /// `jti`: the name by which its one use is remembered.
    pub token_id: Uuid,
    /// `transport`: the transport that the login asked for.
    pub transport: Option<String>,
    /// `client`: the label that the login gave the device.
    pub client: Option<String>,
    /// Additional claims.
    pub extra: Map<String, Value>,
}

#[derive(Serialize)]
struct Wire<'c> {
    iss: &'c str,
    aud: &'c str,
    sub: Uuid,
    epoch: i64,
    amr: &'c [String],
    auth_time: i64,
    iat: i64,
    exp: i64,
    jti: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'c str>,
    #[serde(flatten)]
    extra: &'c Map<String, Value>,
}

impl SelectionClaims {
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, SignError> {
        check_extra(&self.extra)?;
        check_times(self.auth_time, self.issued_at, self.expires_at)?;
        check_times(self.epoch, self.issued_at, self.expires_at)?;
        let wire = Wire {
            iss: &self.issuer,
            aud: &self.audience,
            sub: self.subject,
            epoch: self.epoch,
            amr: &self.amr,
            auth_time: self.auth_time,
            iat: self.issued_at,
            exp: self.expires_at,
            jti: self.token_id,
            transport: self.transport.as_deref(),
            client: self.client.as_deref(),
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
            epoch: reader.time("epoch")?,
            amr: reader.texts("amr")?,
            auth_time: reader.time("auth_time")?,
            issued_at: reader.time("iat")?,
            expires_at: reader.time("exp")?,
            token_id: reader.id("jti")?,
            transport: reader.optional_text("transport")?,
            client: reader.optional_text("client")?,
            extra: reader.rest(),
        };
        Ok((claims, not_before))
    }
}
