//! `POST /auth/switch`: become another user of the account.

use axum::extract::State;
use gatewright_core::Caller;

use crate::{
    Edge, Problem, Signed,
    extract::{Client, Json},
    route::{
        delivery::Delivery,
        doc::{Absent, Always, Authenticated, Limited, Unsafe, WithBody},
    },
    view,
};

/// Ends the session and opens one for another user of the account. A user with a PIN takes its PIN; one with more rights and
/// no PIN takes a fresh session.
#[utoipa::path(
    post, path = "/auth/switch", tag = "session", operation_id = "switch", request_body = view::SwitchRequest,
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = view::SignedIn), Always, Unsafe, Authenticated, WithBody, Limited, Absent)
)]
pub(crate) async fn switch(
    State(edge): State<Edge>,
    Client(client): Client,
    Signed(caller): Signed<Caller>,
    Json(body): Json<view::SwitchRequest>,
) -> Result<Delivery<view::SignedIn>, Problem> {
    let (user, pin) = body.parse()?;
    let old = caller.standing().session.clone();
    let signed_in = edge.gate().switch(caller, &user, pin.as_ref(), &client).await?;
    Ok(Delivery::replaced(&edge, &signed_in, &old))
}
