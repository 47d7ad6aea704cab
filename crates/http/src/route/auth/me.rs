//! `/auth/me`: who is signed in.

use axum::{Json as Answer, extract::State};
use gatewright_core::{Caller, Gatewright};

use crate::{
    Problem, Signed,
    extract::{Client, Json},
    route::doc::{Always, Authenticated, Unsafe, WithBody},
    view,
};

/// Shows the user, the account and the session.
#[utoipa::path(
    get, path = "/auth/me", tag = "account", operation_id = "show_me",
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = view::Me), Always, Authenticated)
)]
pub(crate) async fn show(Signed(caller): Signed<Caller>) -> Answer<view::Me> {
    Answer(view::Me::new(caller.standing(), &caller.standing().user))
}

/// Changes the own profile as JSON merge patch (RFC 7396).
#[utoipa::path(
    patch, path = "/auth/me", tag = "account", operation_id = "change_me", request_body = view::ChangeMeRequest,
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = view::Me), Always, Unsafe, Authenticated, WithBody,
        (status = 404, description = "`user_not_found`: removed meanwhile",
            body = view::Problem<'static>, content_type = "application/problem+json"))
)]
pub(crate) async fn change(
    State(gate): State<Gatewright>,
    Client(client): Client,
    Signed(caller): Signed<Caller>,
    Json(body): Json<view::ChangeMeRequest>,
) -> Result<Answer<view::Me>, Problem> {
    let id = caller.standing().user.id;
    let user = gate.change_user(&caller, id, None, &body.profile.into(), &client).await?;
    Ok(Answer(view::Me::new(caller.standing(), &user)))
}
