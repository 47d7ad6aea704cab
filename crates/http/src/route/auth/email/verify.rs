//! `POST /auth/email/verify`: prove an address, of an account or of a sign-up.

use axum::{extract::State, http::StatusCode};
use gatewright_core::Verified;

use crate::{
    Edge, Problem,
    extract::{BrowserCookie, Client, VerifyProof},
    route::{
        delivery::Delivery,
        doc::{Always, Conflicting, FromMail, Limited, Unsafe, WithBody},
    },
    view::{self, VerifiedStatus, VerifyAnswer},
};

/// Proves an address with what its mail carried. Of a sign-up it makes the account, and signs in if this is the browser that
/// signed up or `password` is the one of the sign-up.
#[utoipa::path(
    post, path = "/auth/email/verify", tag = "mail", operation_id = "verify_email",
    request_body = view::VerifyEmailRequest,
    security((), ("access_token" = []), ("access_cookie" = [])),
    responses((status = 200, body = VerifyAnswer), Always, Unsafe, WithBody, Limited, Conflicting, FromMail,
        (status = 401, description = "The token is not accepted: see `code`",
            body = view::Problem<'static>, content_type = "application/problem+json"))
)]
pub(crate) async fn verify(
    State(edge): State<Edge>,
    Client(client): Client,
    BrowserCookie(browser): BrowserCookie,
    proof: VerifyProof,
) -> Result<Delivery<VerifyAnswer>, Problem> {
    let verified = edge.gate().verify_email(&proof.shown, browser.as_ref(), proof.password.as_ref(), &client).await?;
    let said = |status| Delivery::plain(VerifyAnswer::Verified(view::Verified { status }));
    Ok(match verified {
        Verified::Proved => said(VerifiedStatus::EmailVerified),
        // What a mail carried is used once (SECURITY EM1).
        Verified::ProvedBefore => return Err(view::not_of_a_mail()),
        Verified::SignedUp => said(VerifiedStatus::SignedUp),
        Verified::SignedIn(signed_in) => {
            Delivery::opened(&edge, StatusCode::OK, &signed_in).map(VerifyAnswer::SignedIn)
        }
    })
}
