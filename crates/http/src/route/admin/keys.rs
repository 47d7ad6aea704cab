//! `GET /admin/v1/keys`: the signing keys.

pub(crate) mod rotate;

use axum::{Json as Answer, extract::State};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::Require,
    route::doc::{Administered, Always},
    view::admin as view,
};

/// Lists the signing keys, without their private halves.
#[utoipa::path(
    get, path = "/admin/v1/keys", tag = "admin", operation_id = "admin_list_keys",
    security(("service_key" = ["keys:read"]), ("access_token" = ["keys:read"]), ("access_cookie" = ["keys:read"])),
    responses((status = 200, body = view::Keys), Always, Administered)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::KeysRead>,
) -> Result<Answer<view::Keys>, Problem> {
    Ok(Answer(gate.list_keys(&by).into()))
}
