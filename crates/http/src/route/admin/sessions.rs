//! `/admin/v1/sessions`: anybody's sessions.

use axum::{Json as Answer, extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Client, Require, SessionInPath, SessionsQuery},
    route::doc::{Absent, Administered, Always},
    view::admin as view,
};

/// Lists the living sessions of a user or of an account, newest first. Takes exactly one of the two parameters.
#[utoipa::path(
    get, path = "/admin/v1/sessions", tag = "admin", operation_id = "admin_list_sessions",
    params(("user_id" = Option<String>, Query, format = Uuid), ("account_id" = Option<String>, Query, format = Uuid)),
    security(("service_key" = ["sessions:read"]), ("access_token" = ["sessions:read"]), ("access_cookie" = ["sessions:read"])),
    responses((status = 200, body = view::Sessions), Always, Administered)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::SessionsRead>,
    SessionsQuery(whose): SessionsQuery,
) -> Result<Answer<view::Sessions>, Problem> {
    Ok(Answer(gate.sessions_of(&by, whose).await?.into()))
}

/// Ends a session.
#[utoipa::path(
    delete, path = "/admin/v1/sessions/{id}", tag = "admin", operation_id = "admin_end_session",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["sessions:write"]), ("access_token" = ["sessions:write"]),
        ("access_cookie" = ["sessions:write"])),
    responses((status = 204, description = "Ended"), Always, Administered, Absent)
)]
pub(crate) async fn end(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::SessionsWrite>,
    SessionInPath(id): SessionInPath,
) -> Result<StatusCode, Problem> {
    gate.end_session_by(&by, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
