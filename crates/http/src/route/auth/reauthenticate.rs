//! `POST /auth/reauthenticate`: prove the account again.

use axum::extract::State;
use gatewright_core::Caller;

use crate::{
    Edge, Problem, Signed,
    extract::{Client, Json},
    route::{
        delivery::Delivery,
        doc::{Always, Authenticated, Limited, Unsafe, WithBody},
    },
    view,
};

/// Proves the account with its password and answers with a new, fresh session in place of the old one.
#[utoipa::path(
    post, path = "/auth/reauthenticate", tag = "session", operation_id = "reauthenticate",
    request_body = view::ReauthenticateRequest,
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = view::SignedIn), Always, Unsafe, Authenticated, WithBody, Limited)
)]
pub(crate) async fn reauthenticate(
    State(edge): State<Edge>,
    Client(client): Client,
    Signed(caller): Signed<Caller>,
    Json(body): Json<view::ReauthenticateRequest>,
) -> Result<Delivery<view::SignedIn>, Problem> {
    let signed_in = edge.gate().reauthenticate(&caller, &body.parse()?, &client).await?;
    Ok(Delivery::replaced(&edge, &signed_in, &caller.standing().session))
}
