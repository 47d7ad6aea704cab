//! `GET /.well-known/jwks.json`: the keys with which services verify our access tokens.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gatewright_core::Gatewright;

pub(crate) mod oauth;

use super::doc::Always;

/// SECURITY JW16: no longer than the rotation waits for it.
const CACHE_CONTROL: &str = "public, max-age=300";

/// Gives the public keys.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "service", operation_id = "jwks",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of the answer that is known already")),
    responses(
        (status = 200, description = "A JWK set (RFC 7517)", content_type = "application/json", body = Object),
        (status = 304, description = "It is the one that is known already"),
        Always,
    )
)]
pub(crate) async fn jwks(State(gate): State<Gatewright>, request: HeaderMap) -> Response {
    let body = serde_json::to_vec(&gate.jwks()).unwrap_or_default();
    let digest = gate.keyed_hash("jwks etag", &body);
    let etag = format!("\"{}\"", data_encoding::HEXLOWER.encode(&digest[..16]));
    let is_known = request.get_all(header::IF_NONE_MATCH).iter().any(|value| matches(value, &etag));
    let headers = [
        (header::ETAG, HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\""))),
        (header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL)),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// RFC 9110 section 13.1.2: a list, `*`, and weak comparison.
fn matches(value: &HeaderValue, etag: &str) -> bool {
    let Ok(text) = value.to_str() else { return false };
    text.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == etag)
}
