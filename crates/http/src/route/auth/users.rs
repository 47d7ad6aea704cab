//! `/auth/users`: the users of the own account.

use axum::{Json as Answer, extract::State, http::StatusCode};
use gatewright_core::{Caller, Fresh, Gatewright, Owner};

use crate::{
    Problem, Signed,
    extract::{Client, Json, UserInPath},
    route::doc::{Absent, Always, Authenticated, Conflicting, Unsafe, WithBody},
    view,
};

/// Lists the users of the account.
#[utoipa::path(
    get, path = "/auth/users", tag = "account", operation_id = "list_users",
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = view::Users), Always, Authenticated)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Signed(caller): Signed<Caller>,
) -> Result<Answer<view::Users>, Problem> {
    Ok(Answer(gate.list_users(&caller).await?.as_slice().into()))
}

/// Adds a user. Takes an owner.
#[utoipa::path(
    post, path = "/auth/users", tag = "account", operation_id = "add_user", request_body = view::AddUserRequest,
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 201, body = view::User), Always, Unsafe, Authenticated, WithBody, Conflicting)
)]
pub(crate) async fn add(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Signed(owner): Signed<Owner>,
    Json(body): Json<view::AddUserRequest>,
) -> Result<(StatusCode, Answer<view::User>), Problem> {
    let user = gate.add_user(&owner, body.try_into()?, &client).await?;
    Ok((StatusCode::CREATED, Answer((&user).into())))
}

/// Changes a user: an owner anybody, everybody its own profile.
#[utoipa::path(
    patch, path = "/auth/users/{id}", tag = "account", operation_id = "change_user",
    request_body = view::ChangeUserRequest, params(("id" = String, Path, format = Uuid)),
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = view::User), Always, Unsafe, Authenticated, WithBody, Absent, Conflicting)
)]
pub(crate) async fn change(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Signed(caller): Signed<Caller>,
    UserInPath(id): UserInPath,
    Json(body): Json<view::ChangeUserRequest>,
) -> Result<Answer<view::User>, Problem> {
    let (username, profile) = body.parse()?;
    let user = gate.change_user(&caller, id, username, &profile, &client).await?;
    Ok(Answer((&user).into()))
}

/// Removes a user; its sessions end. Takes an owner whose session is fresh.
#[utoipa::path(
    delete, path = "/auth/users/{id}", tag = "account", operation_id = "remove_user",
    params(("id" = String, Path, format = Uuid)),
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 204, description = "Removed"), Always, Unsafe, Authenticated, Absent, Conflicting)
)]
pub(crate) async fn remove(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Signed(owner): Signed<Fresh<Owner>>,
    UserInPath(id): UserInPath,
) -> Result<StatusCode, Problem> {
    gate.remove_user(&owner, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
