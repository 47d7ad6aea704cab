//! `GET /admin/v1/activity`: what happened, to all accounts and to the instance.

pub(crate) mod export;

use axum::{Json as Answer, extract::State};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{ActivityFilterQuery, Require},
    route::doc::{Administered, Always},
    view::admin as view,
};

/// Reads the activity log, newest first. All filters that are given hold.
#[utoipa::path(
    get, path = "/admin/v1/activity", tag = "admin", operation_id = "admin_activity",
    params(
        ("account_id" = Option<String>, Query, format = Uuid),
        ("user_id" = Option<String>, Query, format = Uuid),
        ("session_id" = Option<String>, Query, format = Uuid),
        ("act" = Option<String>, Query, description = "One act, or several with commas between"),
        ("actor" = Option<String>, Query,
            description = "`account`, `operator` or `system`, or `admin:`, `impersonator:`, `service_key:` or \
                           `impersonating_key:` with an id"),
        ("since" = Option<String>, Query, format = DateTime, description = "From this moment on"),
        ("until" = Option<String>, Query, format = DateTime, description = "Before this moment"),
        ("cursor" = Option<String>, Query, format = Uuid, description = "`next_cursor` of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 1000, description = "Entries of a page; 50 without it"),
    ),
    security(("service_key" = ["activity:read"]), ("access_token" = ["activity:read"]), ("access_cookie" = ["activity:read"])),
    responses((status = 200, body = view::ActivityPage), Always, Administered)
)]
pub(crate) async fn page(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::ActivityRead>,
    ActivityFilterQuery(wanted): ActivityFilterQuery,
) -> Result<Answer<view::ActivityPage>, Problem> {
    Ok(Answer(gate.activity_of_all(&by, wanted).await?.into()))
}
