//! `POST /admin/v1/rules/{id}/test`: whether a webhook can be reached.

use axum::{Json as Answer, extract::State};
use gatewright_core::{Gatewright, rights};

use crate::{
    Problem,
    extract::{Require, RuleInPath},
    route::doc::{Absent, Administered, Always},
    view::admin as view,
};

/// Sends a webhook a message of the type `test`, also if it is disabled, and says what came of it.
#[utoipa::path(
    post, path = "/admin/v1/rules/{id}/test", tag = "admin", operation_id = "admin_test_rule",
    params(("id" = String, Path, format = Uuid)),
    security(("service_key" = ["rules:write"]), ("access_token" = ["rules:write"]), ("access_cookie" = ["rules:write"])),
    responses((status = 200, body = view::RuleTested), Always, Administered, Absent)
)]
pub(crate) async fn test(
    State(gate): State<Gatewright>,
    Require(by): Require<rights::RulesWrite>,
    RuleInPath(id): RuleInPath,
) -> Result<Answer<view::RuleTested>, Problem> {
    Ok(Answer(gate.test_webhook(&by, id).await?.into()))
}
