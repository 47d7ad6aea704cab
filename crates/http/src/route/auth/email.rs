//! `PUT /auth/email`: ask for another address. Below it: proving an address, and taking a change back.

pub(crate) mod confirm;
pub(crate) mod resend;
pub(crate) mod undo;
pub(crate) mod verify;

use axum::{extract::State, http::StatusCode};
use gatewright_core::{Fresh, Gatewright, Owner};

use crate::{
    Problem, Signed,
    extract::{Client, Json},
    route::doc::{Always, Authenticated, Unsafe, WithBody},
    view,
};

/// Asks for another address. Takes an owner whose session is fresh. A mail goes there; nothing changes until what it carries
/// comes back. The answer is the same whether anybody has the address.
#[utoipa::path(
    put, path = "/auth/email", tag = "mail", operation_id = "ask_email_change", request_body = view::EmailRequest,
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 202, description = "Asked for"), Always, Unsafe, Authenticated, WithBody)
)]
pub(crate) async fn ask(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Signed(owner): Signed<Fresh<Owner>>,
    Json(body): Json<view::EmailRequest>,
) -> Result<StatusCode, Problem> {
    gate.ask_email_change(&owner, body.parse()?, &client).await?;
    Ok(StatusCode::ACCEPTED)
}
