//! `GET /admin/v1/settings`: what is set.

use axum::{Json as Answer, extract::State};
use gatewright_core::rights;

use crate::{
    Edge, Problem,
    extract::Require,
    route::doc::{Administered, Always},
    view::admin as view,
};

/// Shows what is set, by the names of the settings. No secret is among it.
#[utoipa::path(
    get, path = "/admin/v1/settings", tag = "admin", operation_id = "admin_settings",
    security(("service_key" = ["stats:read"]), ("access_token" = ["stats:read"]), ("access_cookie" = ["stats:read"])),
    responses((status = 200, body = view::Settings), Always, Administered)
)]
pub(crate) async fn show(
    State(edge): State<Edge>,
    _: Require<rights::StatsRead>,
) -> Result<Answer<view::Settings>, Problem> {
    Ok(Answer((&edge).into()))
}
