//! `/admin/v1/deliveries`: what rules were told of what happened, or are to be.

pub(crate) mod replay;

use axum::{Json as Answer, extract::State};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{DeliveriesQuery, Require},
    route::doc::{Administered, Always},
    view::admin as view,
};

/// Lists deliveries, newest first. They are kept for 30 days.
#[utoipa::path(
    get, path = "/admin/v1/deliveries", tag = "admin", operation_id = "admin_list_deliveries",
    params(
        ("rule_id" = Option<String>, Query, description = "To this webhook, or to `embedded:` and a name, only"),
        ("state" = Option<String>, Query, description = "`waiting`, `delivered` or `given_up` only"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "Deliveries per page; 50 if it is absent"),
    ),
    security(("service_key" = ["deliveries:read"]), ("access_token" = ["deliveries:read"]), ("access_cookie" = ["deliveries:read"])),
    responses((status = 200, body = view::Deliveries), Always, Administered)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::DeliveriesRead>,
    DeliveriesQuery(wanted): DeliveriesQuery,
) -> Result<Answer<view::Deliveries>, Problem> {
    Ok(Answer(gate.deliveries(&by, wanted).await?.into()))
}
