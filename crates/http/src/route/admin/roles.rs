//! `/admin/v1/roles`: what roles let their users do.

use axum::{Json as Answer, extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Client, Json, NewRoleInPath, Require, RoleInPath},
    route::doc::{Absent, Administered, Always, Conflicting, WithBody},
    view::admin as view,
};

/// Lists all roles that are defined.
#[utoipa::path(
    get, path = "/admin/v1/roles", tag = "admin", operation_id = "admin_list_roles",
    security(("service_key" = ["roles:read"]), ("access_token" = ["roles:read"]), ("access_cookie" = ["roles:read"])),
    responses((status = 200, body = view::Roles), Always, Administered)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::RolesRead>,
) -> Result<Answer<view::Roles>, Problem> {
    Ok(Answer(gate.list_roles(&by).await?.into()))
}

/// Defines a role, or defines it anew. Takes all permissions that it has and that it is to have.
#[utoipa::path(
    put, path = "/admin/v1/roles/{name}", tag = "admin", operation_id = "admin_put_role",
    request_body = view::PutRoleRequest, params(("name" = String, Path, pattern = "^[a-z][a-z0-9_.:-]{0,63}$")),
    security(("service_key" = ["roles:write"]), ("access_token" = ["roles:write"]), ("access_cookie" = ["roles:write"])),
    responses((status = 200, body = view::Role), Always, Administered, WithBody, Conflicting)
)]
pub(crate) async fn put(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::RolesWrite>,
    NewRoleInPath(name): NewRoleInPath,
    Json(body): Json<view::PutRoleRequest>,
) -> Result<Answer<view::Role>, Problem> {
    let role = gate.put_role(&by, name, body.parse()?, &client).await?;
    Ok(Answer((&role).into()))
}

/// Removes a role. Users keep its name, which gives them nothing any more.
#[utoipa::path(
    delete, path = "/admin/v1/roles/{name}", tag = "admin", operation_id = "admin_remove_role",
    params(("name" = String, Path)),
    security(("service_key" = ["roles:write"]), ("access_token" = ["roles:write"]), ("access_cookie" = ["roles:write"])),
    responses((status = 204, description = "Removed"), Always, Administered, Absent, Conflicting)
)]
pub(crate) async fn remove(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::RolesWrite>,
    RoleInPath(name): RoleInPath,
) -> Result<StatusCode, Problem> {
    gate.remove_role(&by, &name, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
