//! `/auth/users/{id}/pin`: the PIN of a user.

use axum::{extract::State, http::StatusCode};
use gatewright_core::{Caller, Gatewright};

use crate::{
    Problem, Signed,
    extract::{Client, Json, UserInPath},
    route::doc::{Absent, Always, Authenticated, Unsafe, WithBody},
    view,
};

/// Sets a PIN: an owner anybody's, everybody its own. Takes a fresh session.
#[utoipa::path(
    put, path = "/auth/users/{id}/pin", tag = "account", operation_id = "set_pin", request_body = view::PinRequest,
    params(("id" = String, Path, format = Uuid)),
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 204, description = "Set"), Always, Unsafe, Authenticated, WithBody, Absent)
)]
pub(crate) async fn set(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Signed(caller): Signed<Caller>,
    UserInPath(id): UserInPath,
    Json(body): Json<view::PinRequest>,
) -> Result<StatusCode, Problem> {
    gate.set_pin(caller, id, Some(&body.parse()?), &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a PIN: an owner anybody's, everybody its own. Takes a fresh session.
#[utoipa::path(
    delete, path = "/auth/users/{id}/pin", tag = "account", operation_id = "remove_pin",
    params(("id" = String, Path, format = Uuid)),
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 204, description = "Removed"), Always, Unsafe, Authenticated, Absent)
)]
pub(crate) async fn remove(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Signed(caller): Signed<Caller>,
    UserInPath(id): UserInPath,
) -> Result<StatusCode, Problem> {
    gate.set_pin(caller, id, None, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
