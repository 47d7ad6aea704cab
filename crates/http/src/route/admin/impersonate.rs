//! `POST /admin/v1/users/{id}/impersonate`: acting as a user for a while.

use axum::{Json as Answer, extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Client, Json, Require, UserInPath},
    route::doc::{Absent, Administered, Always, WithBody},
    view::admin as view,
};

/// Gives a token to act as the user with, for a while: it sees what the user sees, and changes nothing here. The account's owner
/// sees it in the list of sessions and in the activity, with the reason, and can end it.
#[utoipa::path(
    post, path = "/admin/v1/users/{id}/impersonate", tag = "admin", operation_id = "admin_impersonate",
    request_body = view::ImpersonateRequest, params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["accounts:impersonate"]), ("access_token" = ["accounts:impersonate"]),
        ("access_cookie" = ["accounts:impersonate"])),
    responses((status = 201, body = view::Impersonated), Always, Administered, WithBody, Absent)
)]
pub(crate) async fn impersonate(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::AccountsImpersonate>,
    UserInPath(id): UserInPath,
    Json(body): Json<view::ImpersonateRequest>,
) -> Result<(StatusCode, Answer<view::Impersonated>), Problem> {
    let wanted = body.of(id, gate.policy().max_impersonation)?;
    let acting = gate.impersonate(&by, wanted, &client).await?;
    Ok((StatusCode::CREATED, Answer((&acting).into())))
}
