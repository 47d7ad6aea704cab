//! `POST /auth/email/resend`: the mail that proves an address, once more.

use axum::{extract::State, http::StatusCode};
use gatewright_core::Gatewright;

use crate::{
    Problem,
    extract::{BrowserCookie, Client, Json},
    route::doc::{Always, Marked, Unsafe, WithBody},
    view,
};

/// Sends the mail that proves an address once more, to an account or to whoever has signed up in this browser. Earlier mails
/// stay good until one is used. The answer is the same for every address, and when there were too many.
#[utoipa::path(
    post, path = "/auth/email/resend", tag = "mail", operation_id = "resend_verification",
    request_body = view::EmailRequest,
    responses((status = 202, description = "If there was something to send, it is on its way"),
        Always, Unsafe, WithBody, Marked)
)]
pub(crate) async fn resend(
    State(gate): State<Gatewright>,
    Client(client): Client,
    BrowserCookie(browser): BrowserCookie,
    Json(body): Json<view::EmailRequest>,
) -> Result<StatusCode, Problem> {
    gate.resend_verification(&body.parse()?, browser.as_ref(), &client).await?;
    Ok(StatusCode::ACCEPTED)
}
