//! `POST /auth/magic-link/redeem`: sign in with what a mail carried.

use axum::{extract::State, http::StatusCode};
use gatewright_core::LoggedIn;

use crate::{
    Edge, Problem,
    extract::{BrowserCookie, Client, Json},
    route::{
        delivery::Delivery,
        doc::{Absent, Always, FromMail, Limited, Unsafe, WithBody},
    },
    view,
};

/// Signs in with what the mail carried, like a login. In another browser than the one that asked, a `token` alone answers
/// `other_browser` and is not used up: there it takes the `code`, too.
#[utoipa::path(
    post, path = "/auth/magic-link/redeem", tag = "mail", operation_id = "redeem_magic_link",
    request_body = view::RedeemRequest,
    responses((status = 200, body = view::LoginAnswer), Always, Unsafe, WithBody, Limited, Absent, FromMail,
        (status = 401, description = "`invalid_credentials`: the account was disabled or changed meanwhile",
            body = view::Problem<'static>, content_type = "application/problem+json"))
)]
pub(crate) async fn redeem(
    State(edge): State<Edge>,
    Client(client): Client,
    BrowserCookie(browser): BrowserCookie,
    Json(body): Json<view::RedeemRequest>,
) -> Result<Delivery<view::LoginAnswer>, Problem> {
    Ok(match edge.gate().redeem_magic_link(body.with(browser)?, &client).await? {
        LoggedIn::SignedIn(signed_in) => {
            Delivery::opened(&edge, StatusCode::OK, &signed_in).map(view::LoginAnswer::SignedIn)
        }
        LoggedIn::SelectUser(selection) => Delivery::plain(view::LoginAnswer::SelectUser(selection.into())),
    })
}
