//! `POST /auth/logout`: this session, the user's others, or all of the account.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
};
use gatewright_core::{LogoutScope, model::Transport};

use crate::{
    ClearSiteData, Edge, Problem,
    extract::{Client, LogoutOrigin, LogoutToken},
    route::{
        delivery::forget,
        doc::{Always, Authenticated, Unsafe, WithBody},
    },
    view,
};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Logs out, with the access token or with the refresh token by any transport. Ending a session that has ended is no error.
/// Deletes the cookies of the ended session and of no other.
#[utoipa::path(
    post, path = "/auth/logout", tag = "session", operation_id = "logout",
    request_body = Option<view::LogoutRequest>,
    security(("access_token" = []), ("access_cookie" = []), ("refresh_cookie" = []), ("refresh_token" = []), ()),
    responses((status = 204, description = "Logged out"), Always, Unsafe, Authenticated, WithBody)
)]
pub(crate) async fn logout(
    State(edge): State<Edge>,
    Client(client): Client,
    token: LogoutToken,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let session = edge.gate().logout(token.proof(), token.scope, &client).await?;
    let mut headers = HeaderMap::new();
    match token.scope {
        LogoutScope::Others => {}
        LogoutScope::Session | LogoutScope::Account => {
            // Which transport the session had is not asked: it may be forgotten already, and deleting nothing is no harm.
            forget(&mut headers, &edge, session, Transport::Cookie);
            clear_site_data(&mut headers, &edge, token.origin);
        }
    }
    Ok((StatusCode::NO_CONTENT, headers))
}

/// `docs/decisions/0006-cookies.md`: `"cookies"` would take the cookies of every other session of this browser along, so it
/// is sent only when there are none.
pub(crate) fn clear_site_data(headers: &mut HeaderMap, edge: &Edge, origin: LogoutOrigin) {
    match (edge.options().clear_site_data, origin) {
        (ClearSiteData::WithLastSession, LogoutOrigin::OnlyCookie) => {
            headers.insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cookies\", \"storage\""));
        }
        (ClearSiteData::WithLastSession, LogoutOrigin::Explicit | LogoutOrigin::OneOfSeveral)
        | (ClearSiteData::Never, _) => {}
    }
}
