//! `/admin/v1/rules`: webhooks, which are asked before somebody signs up or gets a token, and told of what happened.

pub(crate) mod rotate_secret;
pub(crate) mod test;

use axum::{Json as Answer, extract::State, http::StatusCode};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Client, Json, Require, RuleInPath},
    route::doc::{Absent, Administered, Always, WithBody},
    view::admin as view,
};

/// Lists the webhooks, in the order in which they were made.
#[utoipa::path(
    get, path = "/admin/v1/rules", tag = "admin", operation_id = "admin_list_rules",
    security(("service_key" = ["rules:read"]), ("access_token" = ["rules:read"]), ("access_cookie" = ["rules:read"])),
    responses((status = 200, body = view::Rules), Always, Administered)
)]
pub(crate) async fn list(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::RulesRead>,
) -> Result<Answer<view::Rules>, Problem> {
    Ok(Answer(gate.webhooks(&by).await?.into()))
}

/// Makes a webhook, and shows its secret this once. It is told of what happens from now on.
#[utoipa::path(
    post, path = "/admin/v1/rules", tag = "admin", operation_id = "admin_create_rule",
    request_body = view::CreateRuleRequest,
    security(("service_key" = ["rules:write"]), ("access_token" = ["rules:write"]), ("access_cookie" = ["rules:write"])),
    responses((status = 201, body = view::RuleWithSecret), Always, Administered, WithBody)
)]
pub(crate) async fn create(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::RulesWrite>,
    Json(body): Json<view::CreateRuleRequest>,
) -> Result<(StatusCode, Answer<view::RuleWithSecret>), Problem> {
    let made = gate.make_webhook(&by, body.try_into()?, &client).await?;
    Ok((StatusCode::CREATED, Answer((&made).into())))
}

/// Shows a webhook.
#[utoipa::path(
    get, path = "/admin/v1/rules/{id}", tag = "admin", operation_id = "admin_show_rule",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["rules:read"]), ("access_token" = ["rules:read"]), ("access_cookie" = ["rules:read"])),
    responses((status = 200, body = view::Rule), Always, Administered, Absent)
)]
pub(crate) async fn show(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::RulesRead>,
    RuleInPath(id): RuleInPath,
) -> Result<Answer<view::Rule>, Problem> {
    Ok(Answer((&gate.webhook(&by, id).await?).into()))
}

/// Changes a webhook; all nodes know a second later. One that is enabled is told of what happens from then on.
#[utoipa::path(
    patch, path = "/admin/v1/rules/{id}", tag = "admin", operation_id = "admin_change_rule",
    request_body = view::ChangeRuleRequest, params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["rules:write"]), ("access_token" = ["rules:write"]), ("access_cookie" = ["rules:write"])),
    responses((status = 200, body = view::Rule), Always, Administered, Absent, WithBody)
)]
pub(crate) async fn change(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::RulesWrite>,
    RuleInPath(id): RuleInPath,
    Json(body): Json<view::ChangeRuleRequest>,
) -> Result<Answer<view::Rule>, Problem> {
    Ok(Answer((&gate.change_webhook(&by, id, body.try_into()?, &client).await?).into()))
}

/// Removes a webhook. What was to be delivered to it is not any more.
#[utoipa::path(
    delete, path = "/admin/v1/rules/{id}", tag = "admin", operation_id = "admin_remove_rule",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["rules:write"]), ("access_token" = ["rules:write"]), ("access_cookie" = ["rules:write"])),
    responses((status = 204, description = "Removed"), Always, Administered, Absent)
)]
pub(crate) async fn remove(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Require(by): Require<rights::RulesWrite>,
    RuleInPath(id): RuleInPath,
) -> Result<StatusCode, Problem> {
    gate.remove_webhook(&by, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
