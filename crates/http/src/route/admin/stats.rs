//! `GET /admin/v1/stats`: counts for a dashboard.

use axum::{Json as Answer, extract::State};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Require, StatsQuery},
    route::doc::{Administered, Always},
    view::admin as view,
};

/// Counts what there is now, and what happened by the hour: the last seven days, unless other moments are given, at most 92 days
/// apart.
#[utoipa::path(
    get, path = "/admin/v1/stats", tag = "admin", operation_id = "admin_stats",
    params(
        ("since" = Option<String>, Query, format = DateTime, description = "Hours that began at this moment or later"),
        ("until" = Option<String>, Query, format = DateTime, description = "Hours that began before this moment"),
    ),
    security(("service_key" = ["stats:read"]), ("access_token" = ["stats:read"]), ("access_cookie" = ["stats:read"])),
    responses((status = 200, body = view::Stats), Always, Administered)
)]
pub(crate) async fn show(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::StatsRead>,
    StatsQuery { since, until }: StatsQuery,
) -> Result<Answer<view::Stats>, Problem> {
    Ok(Answer(gate.stats(&by, since, until).await?.into()))
}
