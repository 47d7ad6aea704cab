//! JWS compact serialisation (RFC 7515 section 7.1), read strictly and in the cheapest order: length, shape, header,
//! key, signature. Nothing of the payload is looked at before its signature is right, and a token costs at most one
//! signature operation.

use crate::{Rejection, TokenType, VerifyingKey, VerifyingKeys, base64url, json, key_id::MAX_KEY_ID_LEN};
use serde_json::{Map, Value};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_LEN: usize = 8 * 1024;
/// The longest header, decoded, in bytes.
pub(crate) const MAX_HEADER_LEN: usize = 1024;

/// Members that change how a token is read (`crit`, `b64`, `zip`, and `enc`, which only a JWE has) or that let the token
/// bring its own key. We understand none of them and follow none (RFC 7515 section 4.1.11, RFC 7516 section 9, RFC 7797,
/// RFC 8725 section 3.10).
const REFUSED_MEMBERS: [&str; 8] = ["crit", "b64", "zip", "enc", "jku", "x5u", "jwk", "x5c"];

/// Members that mean nothing here but are texts by RFC 7515 section 4.1: of another type, the header is malformed.
const TEXT_MEMBERS: [&str; 3] = ["cty", "x5t", "x5t#S256"];

/// The parts of a token, still encoded.
pub(crate) struct Parts<'t> {
    pub(crate) header: &'t str,
    pub(crate) payload: &'t str,
    pub(crate) signature: &'t str,
    /// What is signed: header, dot, payload.
    pub(crate) signed: &'t str,
}

pub(crate) fn split(token: &str) -> Result<Parts<'_>, Rejection> {
    if token.len() > MAX_TOKEN_LEN {
        return Err(Rejection::TooLong);
    }
    match token.bytes().filter(|&byte| byte == b'.').count() {
        2 => {}
        4 => return Err(Rejection::Encrypted),
        _ => return Err(Rejection::Shape),
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Rejection::Shape)?;
    let (header, payload) = signed.split_once('.').ok_or(Rejection::Shape)?;
    Ok(Parts { header, payload, signature, signed })
}

/// The header members that mean something here.
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
}

pub(crate) fn read_header(encoded: &str) -> Result<Header, Rejection> {
    if encoded.len() > MAX_HEADER_LEN.div_ceil(3) * 4 {
        return Err(Rejection::HeaderTooLong);
    }
    let bytes = base64url::decode(encoded).ok_or(Rejection::Encoding)?;
    if bytes.len() > MAX_HEADER_LEN {
        return Err(Rejection::HeaderTooLong);
    }
    let mut members = json::read_object(&bytes).map_err(|_| Rejection::Header)?;
    if let Some(name) = REFUSED_MEMBERS.into_iter().find(|name| members.contains_key(*name)) {
        return Err(Rejection::HeaderMember(name));
    }
    for name in TEXT_MEMBERS {
        take_text(&mut members, name)?;
    }
    let alg = take_text(&mut members, "alg")?.ok_or(Rejection::Header)?;
    Ok(Header { alg, typ: take_text(&mut members, "typ")?, kid: take_text(&mut members, "kid")? })
}

fn take_text(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Rejection::Header),
    }
}

/// Finds the key by name, checks `alg` against it and `typ` against what is expected, then the signature. Gives the
/// payload.
pub(crate) fn verify(token: &str, keys: &VerifyingKeys, expected: TokenType) -> Result<Vec<u8>, Rejection> {
    let parts = split(token)?;
    let header = read_header(parts.header)?;
    if !header.typ.as_deref().is_some_and(|typ| expected.matches(typ)) {
        return Err(Rejection::Type);
    }
    let kid = header.kid.as_deref().filter(|kid| (1..=MAX_KEY_ID_LEN).contains(&kid.len()));
    let key = keys.find(kid.ok_or(Rejection::NoKeyId)?).ok_or(Rejection::UnknownKey)?;
    verify_parts(&parts, &header, key)
}

/// The one signature operation.
fn verify_parts(parts: &Parts<'_>, header: &Header, key: &VerifyingKey) -> Result<Vec<u8>, Rejection> {
    if header.alg != key.algorithm().as_str() {
        return Err(Rejection::Algorithm);
    }
    let payload = base64url::decode(parts.payload).ok_or(Rejection::Encoding)?;
    let signature = base64url::decode(parts.signature).ok_or(Rejection::Encoding)?;
    if key.verify(parts.signed.as_bytes(), &signature) { Ok(payload) } else { Err(Rejection::Signature) }
}

/// A token that is none of ours, as the vectors of the RFCs and Wycheproof are: any `typ`, and the key is known. A
/// `kid`, where there is one, must be the key's. For tests only: a verifier without `typ` is what this crate prevents.
#[cfg(test)]
pub(crate) fn verify_foreign(
    token: &str,
    keys: &VerifyingKeys,
    only: Option<&VerifyingKey>,
) -> Result<Vec<u8>, Rejection> {
    let parts = split(token)?;
    let header = read_header(parts.header)?;
    let key = match (header.kid.as_deref(), only) {
        (Some(kid), _) => keys.find(kid).ok_or(Rejection::UnknownKey)?,
        (None, Some(key)) => key,
        (None, None) => return Err(Rejection::NoKeyId),
    };
    verify_parts(&parts, &header, key)
}
