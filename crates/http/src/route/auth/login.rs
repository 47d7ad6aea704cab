//! `POST /auth/login`: phase one of signing in; with one user also the last.

use axum::{extract::State, http::StatusCode};
use gatewright_core::LoggedIn;

use crate::{
    Edge, Problem,
    extract::{Client, Json},
    route::{
        delivery::Delivery,
        doc::{Absent, Always, Limited, Unsafe, WithBody},
    },
    view,
};

/// Proves the account by e-mail address or username and password. Signs its only or named user in, or says who can be chosen.
#[utoipa::path(
    post, path = "/auth/login", tag = "session", operation_id = "login", request_body = view::LoginRequest,
    responses((status = 200, body = view::LoginAnswer), Always, Unsafe, WithBody, Limited, Absent,
        (status = 401, description = "`invalid_credentials`",
            body = view::Problem<'static>, content_type = "application/problem+json"))
)]
pub(crate) async fn login(
    State(edge): State<Edge>,
    Client(client): Client,
    Json(body): Json<view::LoginRequest>,
) -> Result<Delivery<view::LoginAnswer>, Problem> {
    Ok(match edge.gate().login(body.try_into()?, &client).await? {
        LoggedIn::SignedIn(signed_in) => {
            Delivery::opened(&edge, StatusCode::OK, &signed_in).map(view::LoginAnswer::SignedIn)
        }
        LoggedIn::SelectUser(selection) => Delivery::plain(view::LoginAnswer::SelectUser(selection.into())),
    })
}
