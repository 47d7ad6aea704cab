//! `GET /.well-known/oauth-authorization-server` (RFC 8414): where OAuth clients find what there is. It says what is true: there
//! is no authorisation endpoint and no token endpoint, since nobody gets a token here on behalf of a third party.

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::IntoResponse,
};
use gatewright_core::Gatewright;

use crate::{problem::DOCS_URL, route::doc::Always, view};

/// Tells who issues tokens here, with which keys they are verified, and where a service asks about one or ends one.
#[utoipa::path(
    get, path = "/.well-known/oauth-authorization-server", tag = "service", operation_id = "oauth_metadata",
    responses((status = 200, body = view::Metadata), Always)
)]
pub(crate) async fn metadata(State(gate): State<Gatewright>) -> impl IntoResponse {
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static(super::CACHE_CONTROL)),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    (headers, Answer(view::Metadata::new(&gate.policy().issuer, DOCS_URL)))
}
