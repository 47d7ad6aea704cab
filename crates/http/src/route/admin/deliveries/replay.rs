//! `POST /admin/v1/deliveries/{id}/replay`: something is delivered again.

use axum::{Json as Answer, extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Client, DeliveryInPath, Require},
    route::doc::{Absent, Administered, Always},
    view::admin as view,
};

/// Has something delivered again, or now instead of later, under the same `webhook-id`.
#[utoipa::path(
    post, path = "/admin/v1/deliveries/{id}/replay", tag = "admin", operation_id = "admin_replay_delivery",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["deliveries:write"]), ("access_token" = ["deliveries:write"]), ("access_cookie" = ["deliveries:write"])),
    responses((status = 202, body = view::Delivery), Always, Administered, Absent)
)]
pub(crate) async fn replay(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::DeliveriesWrite>,
    DeliveryInPath(id): DeliveryInPath,
) -> Result<(StatusCode, Answer<view::Delivery>), Problem> {
    let delivery = gate.replay_delivery(&by, id, &client).await?;
    Ok((StatusCode::ACCEPTED, Answer((&delivery).into())))
}
