//! `POST /auth/password/reset`: set a new password without the old one.

use axum::{extract::State, http::StatusCode};
use gatewright_core::Gatewright;

use crate::{
    Problem,
    extract::{Client, Json},
    route::doc::{Always, FromMail, Limited, Unsafe, WithBody},
    view,
};

/// Sets a new password with what the mail carried. All sessions of the account end, and none begins: log in with the new
/// password.
#[utoipa::path(
    post, path = "/auth/password/reset", tag = "mail", operation_id = "reset_password",
    request_body = view::ResetPasswordRequest,
    responses((status = 204, description = "Set"), Always, Unsafe, WithBody, Limited, FromMail)
)]
pub(crate) async fn reset(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Json(body): Json<view::ResetPasswordRequest>,
) -> Result<StatusCode, Problem> {
    let (shown, new) = body.parse()?;
    gate.reset_password(&shown, &new, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
