//! `POST /auth/signup`: an account with its first user, signed in; or first a mail that proves the address.

use axum::{extract::State, http::StatusCode};
use gatewright_core::SignedUp;

use crate::{
    Edge, Problem,
    extract::{BrowserCookie, Client, Json},
    route::{
        delivery::Delivery,
        doc::{Always, Conflicting, Limited, Marked, Unsafe, WithBody},
    },
    view,
};

/// Makes an account with its first user, who owns it, and signs that user in. Where addresses have to be proved first, it
/// sends a mail instead and marks the browser; the answer is then the same for every address.
#[utoipa::path(
    post, path = "/auth/signup", tag = "session", operation_id = "sign_up", request_body = view::SignUpRequest,
    responses((status = 201, body = view::SignedIn),
        (status = 202, description = "The address has to be proved first", body = view::VerificationRequired),
        Always, Unsafe, WithBody, Limited, Conflicting, Marked,
        (status = 401, description = "`invalid_credentials`: the account was disabled or changed meanwhile",
            body = view::Problem<'static>, content_type = "application/problem+json"))
)]
pub(crate) async fn sign_up(
    State(edge): State<Edge>,
    Client(client): Client,
    BrowserCookie(browser): BrowserCookie,
    Json(body): Json<view::SignUpRequest>,
) -> Result<Delivery<view::SignUpAnswer>, Problem> {
    Ok(match edge.gate().sign_up(body.try_into()?, browser.as_ref(), &client).await? {
        SignedUp::SignedIn(signed_in) => {
            Delivery::opened(&edge, StatusCode::CREATED, &signed_in).map(view::SignUpAnswer::SignedIn)
        }
        SignedUp::VerificationRequired { browser, good_for } => {
            let body = view::SignUpAnswer::VerificationRequired(view::VerificationRequired::new(good_for));
            Delivery::mailed(&edge, &browser, body)
        }
    })
}
