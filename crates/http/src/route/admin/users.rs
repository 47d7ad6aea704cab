//! `/admin/v1/users`: the users of all accounts.

use axum::{Json as Answer, extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Client, Json, Require, UserInPath, UsersQuery},
    route::doc::{Absent, Administered, Always, Conflicting, WithBody},
    view::admin as view,
};

/// Lists users, newest first; with `search` those whose name begins with it, by name; with `role=admin` all admins, oldest first.
#[utoipa::path(
    get, path = "/admin/v1/users", tag = "admin", operation_id = "admin_list_users",
    params(
        ("search" = Option<String>, Query, description = "How the name begins; capitals do not matter"),
        ("role" = Option<String>, Query, description = "Only `admin`, and no other parameter beside it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Users of a page; 50 without it"),
    ),
    security(("service_key" = ["users:read"]), ("access_token" = ["users:read"]), ("access_cookie" = ["users:read"])),
    responses((status = 200, body = view::Users), Always, Administered)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::UsersRead>,
    query: UsersQuery,
) -> Result<Answer<view::Users>, Problem> {
    Ok(Answer(match query {
        UsersQuery::Admins => gate.list_admins(&by).await?.into(),
        UsersQuery::Page { wanted, limit } => gate.list_users_of_all(&by, wanted, limit).await?.into(),
    }))
}

/// Shows a user.
#[utoipa::path(
    get, path = "/admin/v1/users/{id}", tag = "admin", operation_id = "admin_show_user",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["users:read"]), ("access_token" = ["users:read"]), ("access_cookie" = ["users:read"])),
    responses((status = 200, body = view::User), Always, Administered, Absent)
)]
pub(crate) async fn show(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::UsersRead>,
    UserInPath(id): UserInPath,
) -> Result<Answer<view::User>, Problem> {
    Ok(Answer((&gate.user_by(&by, id).await?).into()))
}

/// Changes a user's roles, whether it can sign in, and what admins note about it. Other roles show here at once, and in its next
/// access token. Nobody gives what he does not have.
#[utoipa::path(
    patch, path = "/admin/v1/users/{id}", tag = "admin", operation_id = "admin_change_user",
    request_body = view::ChangeUserRequest, params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["users:write"]), ("access_token" = ["users:write"]), ("access_cookie" = ["users:write"])),
    responses((status = 200, body = view::User), Always, Administered, WithBody, Absent, Conflicting)
)]
pub(crate) async fn change(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::UsersWrite>,
    UserInPath(id): UserInPath,
    Json(body): Json<view::ChangeUserRequest>,
) -> Result<Answer<view::User>, Problem> {
    let user = gate.administer_user(&by, id, &body.try_into()?, &client).await?;
    Ok(Answer((&user).into()))
}

/// Removes a user with its PIN; its sessions end.
#[utoipa::path(
    delete, path = "/admin/v1/users/{id}", tag = "admin", operation_id = "admin_remove_user",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["users:write"]), ("access_token" = ["users:write"]), ("access_cookie" = ["users:write"])),
    responses((status = 204, description = "Removed"), Always, Administered, Absent, Conflicting)
)]
pub(crate) async fn remove(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::UsersWrite>,
    UserInPath(id): UserInPath,
) -> Result<StatusCode, Problem> {
    gate.remove_user_by(&by, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
