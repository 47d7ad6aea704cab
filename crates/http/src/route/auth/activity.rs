//! `GET /auth/activity`: what happened.

use axum::{Json as Answer, extract::State};
use gatewright_core::{Caller, Gatewright};

use crate::{
    Problem, Signed,
    extract::ActivityQuery,
    route::doc::{Always, Authenticated},
    view,
};

/// Reads the activity log, newest first: an owner sees the account's, everybody else what names itself.
#[utoipa::path(
    get, path = "/auth/activity", tag = "account", operation_id = "activity",
    params(
        ("cursor" = Option<String>, Query, format = Uuid, description = "`next_cursor` of the page before"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries of a page; 50 without it"),
    ),
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = view::ActivityPage), Always, Authenticated)
)]
pub(crate) async fn page(
    State(gate): State<Gatewright>,
    Signed(caller): Signed<Caller>,
    query: ActivityQuery,
) -> Result<Answer<view::ActivityPage>, Problem> {
    Ok(Answer(gate.activity(&caller, query.before, query.limit).await?.into()))
}
