//! `POST /admin/v1/rules/{id}/rotate-secret`: a webhook's secret is changed in two steps, so that no call is refused meanwhile.

use axum::{Json as Answer, extract::State};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Client, Json, Require, RuleInPath},
    route::doc::{Absent, Administered, Always, WithBody},
    view::admin as view,
};

/// Makes a new secret and signs with both until the step `finish`, which forgets the one before. The new one is shown this once.
#[utoipa::path(
    post, path = "/admin/v1/rules/{id}/rotate-secret", tag = "admin", operation_id = "admin_rotate_rule_secret",
    request_body = view::RotateSecretRequest, params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["rules:write"]), ("access_token" = ["rules:write"]), ("access_cookie" = ["rules:write"])),
    responses((status = 200, body = view::RuleWithSecret), Always, Administered, Absent, WithBody)
)]
pub(crate) async fn rotate(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::RulesWrite>,
    RuleInPath(id): RuleInPath,
    Json(body): Json<view::RotateSecretRequest>,
) -> Result<Answer<view::RuleWithSecret>, Problem> {
    let made = gate.rotate_webhook_secret(&by, id, body.try_into()?, &client).await?;
    Ok(Answer((&made).into()))
}
