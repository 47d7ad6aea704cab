//! `PUT /auth/password`: change the account's password. Below it: what is done when it is forgotten.

pub(crate) mod forgot;
pub(crate) mod reset;

use axum::{extract::State, http::StatusCode};
use gatewright_core::{Fresh, Gatewright, Owner};

use crate::{
    Problem, Signed,
    extract::{Client, Json},
    route::doc::{Always, Authenticated, Limited, Unsafe, WithBody},
    view,
};

/// Changes the password. Takes an owner whose session is fresh, and the current password. Every other session of the account
/// ends.
#[utoipa::path(
    put, path = "/auth/password", tag = "account", operation_id = "change_password",
    request_body = view::ChangePasswordRequest,
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 204, description = "Changed"), Always, Unsafe, Authenticated, WithBody, Limited)
)]
pub(crate) async fn change(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Signed(owner): Signed<Fresh<Owner>>,
    Json(body): Json<view::ChangePasswordRequest>,
) -> Result<StatusCode, Problem> {
    let (current, new) = body.parse()?;
    gate.change_password(&owner, &current, &new, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
