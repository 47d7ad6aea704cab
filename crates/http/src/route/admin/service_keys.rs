//! `/admin/v1/service-keys`: what programs of the operator show.

use axum::{Json as Answer, extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Client, Json, Require, ServiceKeyInPath},
    route::doc::{Absent, Administered, Always, WithBody},
    view::admin as view,
};

/// Lists the service keys, newest first, those that have run out too.
#[utoipa::path(
    get, path = "/admin/v1/service-keys", tag = "admin", operation_id = "admin_list_service_keys",
    security(("service_key" = ["service-keys:read"]), ("access_token" = ["service-keys:read"]),
        ("access_cookie" = ["service-keys:read"])),
    responses((status = 200, body = view::ServiceKeys), Always, Administered)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::ServiceKeysRead>,
) -> Result<Answer<view::ServiceKeys>, Problem> {
    Ok(Answer(gate.list_service_keys(&by).await?.into()))
}

/// Makes a service key, and shows it this once. It may do no more than who makes it.
#[utoipa::path(
    post, path = "/admin/v1/service-keys", tag = "admin", operation_id = "admin_create_service_key",
    request_body = view::CreateServiceKeyRequest,
    security(("service_key" = ["service-keys:write"]), ("access_token" = ["service-keys:write"]),
        ("access_cookie" = ["service-keys:write"])),
    responses((status = 201, body = view::ServiceKeyMade), Always, Administered, WithBody)
)]
pub(crate) async fn create(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::ServiceKeysWrite>,
    Json(body): Json<view::CreateServiceKeyRequest>,
) -> Result<(StatusCode, Answer<view::ServiceKeyMade>), Problem> {
    let made = gate.make_service_key(&by, body.try_into()?, &client).await?;
    Ok((StatusCode::CREATED, Answer((&made).into())))
}

/// Revokes a service key: its next request is refused, on every node.
#[utoipa::path(
    delete, path = "/admin/v1/service-keys/{id}", tag = "admin", operation_id = "admin_revoke_service_key",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["service-keys:write"]), ("access_token" = ["service-keys:write"]),
        ("access_cookie" = ["service-keys:write"])),
    responses((status = 204, description = "Revoked"), Always, Administered, Absent)
)]
pub(crate) async fn revoke(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::ServiceKeysWrite>,
    ServiceKeyInPath(id): ServiceKeyInPath,
) -> Result<StatusCode, Problem> {
    gate.revoke_service_key(&by, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
