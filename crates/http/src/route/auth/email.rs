//! `PUT /auth/email`: ask for another address. Below it: proving an address, and taking a change back.

pub(crate) mod confirm;
pub(crate) mod resend;
pub(crate) mod undo;
pub(crate) mod verify;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use gatewright_core::{Fresh, Owner};

use crate::{
    Edge, Problem, Signed,
    extract::{BrowserCookie, Client, Json},
    route::{
        delivery::remember,
        doc::{Always, Authenticated, Marked, Unsafe, WithBody},
    },
    view,
};

/// Asks for another address. Takes an owner whose session is fresh. A mail goes there; nothing changes until what it carries
/// comes back. The answer is the same whether anybody has the address.
#[utoipa::path(
    put, path = "/auth/email", tag = "mail", operation_id = "ask_email_change", request_body = view::EmailRequest,
    security(("access_token" = []), ("access_cookie" = [])),
    responses((status = 202, description = "Asked for"), Always, Unsafe, Authenticated, WithBody, Marked)
)]
pub(crate) async fn ask(
    State(edge): State<Edge>,
    Client(client): Client,
    BrowserCookie(browser): BrowserCookie,
    Signed(owner): Signed<Fresh<Owner>>,
    Json(body): Json<view::EmailRequest>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let mark = edge.gate().ask_email_change(&owner, body.parse()?, browser.as_ref(), &client).await?;
    Ok((StatusCode::ACCEPTED, remember(&edge, &mark)))
}
