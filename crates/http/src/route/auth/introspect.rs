//! `POST /auth/introspect` (RFC 7662): what a token is, for services that do not want to wait for it to run out.

use axum::{Json as Answer, extract::State, response::Response};
use gatewright_core::{Gatewright, rights::TokensIntrospect};

use crate::{
    Problem,
    extract::{ServiceOnly, TokenForm},
    route::doc::{Always, FormBody, Service},
    view,
};

/// Tells what an access or a refresh token is: what it says, and what its user may do now. A role that was taken away since
/// the token was issued is gone here at once. Asking changes nothing: a spent refresh token that is asked about ends no session.
///
/// Problems have the member `error` of RFC 6749 section 5.2 beside ours.
#[utoipa::path(
    post, path = "/auth/introspect", tag = "service", operation_id = "introspect",
    request_body(content = view::TokenForm, content_type = "application/x-www-form-urlencoded"),
    security(("service_key" = ["tokens:introspect"])),
    responses((status = 200, body = view::Introspection), Always, Service, FormBody)
)]
pub(crate) async fn introspect(
    State(gate): State<Gatewright>,
    ServiceOnly(by): ServiceOnly<TokensIntrospect>,
    TokenForm(token): TokenForm,
) -> Result<Answer<view::Introspection>, Problem> {
    let introspected = gate.introspect(&by, &token).await?;
    Ok(Answer(view::Introspection::new(introspected, &gate.policy().issuer)))
}

/// Gives a problem the member that OAuth clients look for.
pub(crate) async fn as_oauth(mut response: Response) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return axum::response::IntoResponse::into_response(problem.into_oauth());
    }
    response
}
