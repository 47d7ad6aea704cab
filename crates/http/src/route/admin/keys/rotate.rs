//! `POST /admin/v1/keys/rotate`: the next signing key takes over.

use axum::{Json as Answer, extract::State};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Client, Require},
    route::doc::{Administered, Always, Conflicting},
    view::admin as view,
};

/// Lets the next signing key take over, so that no token of the old one is refused. Where a key has leaked, the command line has
/// a way that does not wait.
#[utoipa::path(
    post, path = "/admin/v1/keys/rotate", tag = "admin", operation_id = "admin_rotate_keys",
    security(("service_key" = ["keys:write"]), ("access_token" = ["keys:write"]), ("access_cookie" = ["keys:write"])),
    responses((status = 200, body = view::Keys), Always, Administered, Conflicting)
)]
pub(crate) async fn rotate(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::KeysWrite>,
) -> Result<Answer<view::Keys>, Problem> {
    let rotated = gate.rotate_keys_by(&by, &client).await;
    Ok(Answer(rotated.map_err(|error| Problem::of_rotation(error, gate.now()))?.into()))
}
