//! `POST /auth/email/confirm`: prove the new address of an account.

use axum::{extract::State, http::StatusCode};
use gatewright_core::Gatewright;

use crate::{
    Problem,
    extract::{Client, ConfirmProof},
    route::doc::{Always, FromMail, Limited, Unsafe, WithBody},
    view,
};

/// Gives an account the address that it asked for, with what the mail to there carried. The old address is told, and can
/// take it back.
#[utoipa::path(
    post, path = "/auth/email/confirm", tag = "mail", operation_id = "confirm_email_change",
    request_body = view::OwnMailProofRequest,
    security((), ("access_token" = []), ("access_cookie" = [])),
    responses((status = 204, description = "Changed"), Always, Unsafe, WithBody, Limited, FromMail,
        (status = 401, description = "The token is not accepted: see `code`",
            body = view::Problem<'static>, content_type = "application/problem+json"))
)]
pub(crate) async fn confirm(
    State(gate): State<Gatewright>,
    Client(client): Client,
    ConfirmProof(shown): ConfirmProof,
) -> Result<StatusCode, Problem> {
    gate.confirm_email_change(&shown, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
