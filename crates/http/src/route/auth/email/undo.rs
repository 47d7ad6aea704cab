//! `POST /auth/email/undo`: take a change of address back.

use axum::{extract::State, http::StatusCode};
use gatewright_core::Gatewright;

use crate::{
    Problem,
    extract::{Client, Json},
    route::doc::{Always, FromMail, Limited, Unsafe, WithBody},
    view,
};

/// Gives an account its old address back, with what the mail to there carried. Whoever changed it is out: all sessions end,
/// the password is forgotten, and a mail to set a new one goes to the old address.
#[utoipa::path(
    post, path = "/auth/email/undo", tag = "mail", operation_id = "undo_email_change",
    request_body = view::MailProofRequest,
    responses((status = 204, description = "Taken back"), Always, Unsafe, WithBody, Limited, FromMail)
)]
pub(crate) async fn undo(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Json(body): Json<view::MailProofRequest>,
) -> Result<StatusCode, Problem> {
    gate.undo_email_change(&body.parse()?, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
