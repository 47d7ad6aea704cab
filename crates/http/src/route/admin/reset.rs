//! `POST /admin/v1/accounts/{id}/reset`: a mail to choose a new password with.

use axum::{extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{AccountInPath, Client, Require},
    route::doc::{Absent, Administered, Always},
};

/// Sends the account's owner a mail to choose a new password with. Nothing changes until it is used, and nobody else sees it.
#[utoipa::path(
    post, path = "/admin/v1/accounts/{id}/reset", tag = "admin", operation_id = "admin_start_reset",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["accounts:write"]), ("access_token" = ["accounts:write"]),
        ("access_cookie" = ["accounts:write"])),
    responses((status = 202, description = "A mail is on its way"), Always, Administered, Absent)
)]
pub(crate) async fn start(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::AccountsWrite>,
    AccountInPath(id): AccountInPath,
) -> Result<StatusCode, Problem> {
    gate.start_reset(&by, id, &client).await?;
    Ok(StatusCode::ACCEPTED)
}
