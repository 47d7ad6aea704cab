//! `POST /auth/magic-link`: ask for a mail that signs in.

pub(crate) mod redeem;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};

use crate::{
    Edge, Problem,
    extract::{BrowserCookie, Client, Json},
    route::{
        delivery::remember,
        doc::{Absent, Always, Marked, Unsafe, WithBody},
    },
    view,
};

/// Sends a mail that signs in, and marks the browser: only here its link works by itself. The answer is the same for every
/// address, and when there were too many.
#[utoipa::path(
    post, path = "/auth/magic-link", tag = "mail", operation_id = "ask_magic_link", request_body = view::EmailRequest,
    responses((status = 202, description = "If somebody can sign in with this address, a mail is on its way"),
        Always, Unsafe, WithBody, Marked, Absent)
)]
pub(crate) async fn ask(
    State(edge): State<Edge>,
    Client(client): Client,
    BrowserCookie(browser): BrowserCookie,
    Json(body): Json<view::EmailRequest>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let mark = edge.gate().ask_magic_link(&body.parse()?, browser.as_ref(), &client).await?;
    Ok((StatusCode::ACCEPTED, remember(&edge, &mark)))
}
