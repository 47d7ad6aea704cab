//! `/auth/sessions`: the signed-in devices.

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use gatewright_core::{Caller, Gatewright};

use crate::{
    Edge, Problem, Signed,
    extract::{Client, SessionInPath},
    route::{
        delivery::forget,
        doc::{Absent, Always, Authenticated, Unsafe},
    },
    view,
};

/// Lists the living sessions: an owner sees the account's, everybody else its own.
#[utoipa::path(
    get, path = "/auth/sessions", tag = "session", operation_id = "list_sessions",
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = view::Devices), Always, Authenticated)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Signed(caller): Signed<Caller>,
) -> Result<Answer<view::Devices>, Problem> {
    let sessions = gate.list_sessions(&caller).await?;
    Ok(Answer(view::Devices::new(&sessions, caller.standing().session.id)))
}

/// Ends a session that the caller may see.
#[utoipa::path(
    delete, path = "/auth/sessions/{id}", tag = "session", operation_id = "end_session",
    params(("id" = String, Path, format = Uuid)),
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 204, description = "Ended"), Always, Unsafe, Authenticated, Absent)
)]
pub(crate) async fn end(
    State(edge): State<Edge>,
    Client(client): Client,
    Signed(caller): Signed<Caller>,
    SessionInPath(id): SessionInPath,
) -> Result<(StatusCode, HeaderMap), Problem> {
    edge.gate().end_session(&caller, id, &client).await?;
    let mut headers = HeaderMap::new();
    let own = &caller.standing().session;
    if own.id == id {
        forget(&mut headers, &edge, id, own.transport);
    }
    Ok((StatusCode::NO_CONTENT, headers))
}
