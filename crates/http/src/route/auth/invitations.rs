//! `POST /auth/invitations`: ask somebody to join the account.

pub(crate) mod accept;

use axum::{extract::State, http::StatusCode};
use gatewright_core::{Fresh, Gatewright, Owner};

use crate::{
    Problem, Signed,
    extract::{Client, Json},
    route::doc::{Always, Authenticated, Unsafe, WithBody},
    view,
};

/// Asks whoever reads an address to join the account as a user. Takes an owner whose session is fresh.
#[utoipa::path(
    post, path = "/auth/invitations", tag = "mail", operation_id = "invite", request_body = view::EmailRequest,
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 202, description = "Asked"), Always, Unsafe, Authenticated, WithBody)
)]
pub(crate) async fn invite(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Signed(owner): Signed<Fresh<Owner>>,
    Json(body): Json<view::EmailRequest>,
) -> Result<StatusCode, Problem> {
    gate.invite(&owner, body.parse()?, &client).await?;
    Ok(StatusCode::ACCEPTED)
}
