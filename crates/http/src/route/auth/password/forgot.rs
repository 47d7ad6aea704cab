//! `POST /auth/password/forgot`: ask for a mail with which a new password can be set.

use axum::{extract::State, http::StatusCode};
use gatewright_core::Gatewright;

use crate::{
    Problem,
    extract::{Client, Json},
    route::doc::{Always, Unsafe, WithBody},
    view,
};

/// Sends a mail with which a new password can be set. The old one stays good until that is done. The answer is the same for
/// every address, and when there were too many.
#[utoipa::path(
    post, path = "/auth/password/forgot", tag = "mail", operation_id = "forgot_password",
    request_body = view::EmailRequest,
    responses((status = 202, description = "If there is such an account, a mail is on its way"),
        Always, Unsafe, WithBody)
)]
pub(crate) async fn forgot(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Json(body): Json<view::EmailRequest>,
) -> Result<StatusCode, Problem> {
    gate.forgot_password(&body.parse()?, &client).await?;
    Ok(StatusCode::ACCEPTED)
}
