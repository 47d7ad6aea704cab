//! `/auth/account`: delete it, or take everything along.

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use gatewright_core::{Earned, Fresh, Gatewright, Owner};

use crate::{
    Edge, Problem, Signed,
    extract::{Client, FromOwnPage},
    route::{
        delivery::forget,
        doc::{Always, Authenticated, Conflicting, Unsafe},
    },
    view,
};

/// Deletes the account with everything that belongs to it. Takes an owner whose session is fresh. Cannot be undone.
#[utoipa::path(
    delete, path = "/auth/account", tag = "account", operation_id = "delete_account",
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 204, description = "Deleted"), Always, Unsafe, Authenticated, Conflicting)
)]
pub(crate) async fn delete(
    State(edge): State<Edge>,
    Client(client): Client,
    Signed(owner): Signed<Fresh<Owner>>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    edge.gate().delete_account(&owner, &client).await?;
    let session = &owner.caller().standing().session;
    let mut headers = HeaderMap::new();
    forget(&mut headers, &edge, session.id, session.transport);
    Ok((StatusCode::NO_CONTENT, headers))
}

/// Gives everything about the account but its credentials. Takes an owner whose session is fresh, and is noted: so a page
/// of another site cannot ask for it.
#[utoipa::path(
    get, path = "/auth/account/export", tag = "account", operation_id = "export_account",
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = view::AccountExport), Always, Unsafe, Authenticated)
)]
pub(crate) async fn export(
    State(gate): State<Gatewright>,
    Client(client): Client,
    _: FromOwnPage,
    Signed(owner): Signed<Fresh<Owner>>,
) -> Result<Answer<view::AccountExport>, Problem> {
    let export = gate.export_account(&owner, &client).await?;
    Ok(Answer(view::AccountExport::new(&export, owner.caller(), gate.now())))
}
