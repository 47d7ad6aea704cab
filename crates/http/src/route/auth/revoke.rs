//! `POST /auth/revoke` (RFC 7009): a service ends the session that a token belongs to.

use axum::{extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights::TokensRevoke};

use crate::{
    Problem,
    extract::{Client, ServiceOnly, TokenForm},
    route::doc::{Always, FormBody, Service},
    view,
};

/// Ends the session of an access or a refresh token, spent or not. A token that is none of ours, or whose session has ended, is
/// no error (RFC 7009 section 2.2). Access tokens of the session are refused here at once; a service that verifies them by
/// itself accepts them until they run out.
///
/// Problems have the member `error` of RFC 6749 section 5.2 beside ours.
#[utoipa::path(
    post, path = "/auth/revoke", tag = "service", operation_id = "revoke",
    request_body(content = view::TokenForm, content_type = "application/x-www-form-urlencoded"),
    security(("service_key" = ["tokens:revoke"])),
    responses((status = 200, description = "The token is good for nothing"), Always, Service, FormBody)
)]
pub(crate) async fn revoke(
    State(gate): State<Gatewright>,
    Client(client): Client,
    ServiceOnly(by): ServiceOnly<TokensRevoke>,
    TokenForm(token): TokenForm,
) -> Result<StatusCode, Problem> {
    gate.revoke(&by, &token, &client).await?;
    Ok(StatusCode::OK)
}
