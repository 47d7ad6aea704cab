//! `POST /auth/select`: phase two of signing in.

use axum::{extract::State, http::StatusCode};

use crate::{
    Edge, Problem,
    extract::{Client, SelectionToken},
    route::{
        delivery::Delivery,
        doc::{Absent, Always, Authenticated, Limited, Unsafe, WithBody},
    },
    view,
};

/// Signs the chosen user in. A mistyped PIN costs an attempt, not the selection token.
#[utoipa::path(
    post, path = "/auth/select", tag = "session", operation_id = "select", request_body = view::SelectRequest,
    security((), ("selection_token" = [])),
    responses((status = 200, body = view::SignedIn), Always, Unsafe, Authenticated, WithBody, Limited, Absent)
)]
pub(crate) async fn select(
    State(edge): State<Edge>,
    Client(client): Client,
    selection: SelectionToken,
) -> Result<Delivery<view::SignedIn>, Problem> {
    let signed_in = edge.gate().select(selection.choice.with(selection.token)?, &client).await?;
    Ok(Delivery::opened(&edge, StatusCode::OK, &signed_in))
}
