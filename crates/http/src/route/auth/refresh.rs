//! `POST /auth/refresh`: stay signed in.

use axum::extract::State;

use crate::{
    Edge, Problem,
    extract::{Client, OptionalRetryKey, RefreshToken},
    route::{
        delivery::Delivery,
        doc::{Always, Authenticated, Unsafe, WithBody},
    },
    view,
};

/// Trades a refresh token for a fresh access token, and when it is time for its successor. `Idempotency-Key` makes it safe to
/// repeat at any time. A refused refresh sets and deletes no cookie.
#[utoipa::path(
    post, path = "/auth/refresh", tag = "session", operation_id = "refresh",
    request_body = Option<view::RefreshRequest>,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "Random, 16 to 128 visible ASCII characters; the same for every refresh of one token")),
    security(("refresh_cookie" = []), ("refresh_token" = []), ()),
    responses((status = 200, body = view::SignedIn), Always, Unsafe, Authenticated, WithBody)
)]
pub(crate) async fn refresh(
    State(edge): State<Edge>,
    Client(client): Client,
    OptionalRetryKey(retry_key): OptionalRetryKey,
    RefreshToken(presented): RefreshToken,
) -> Result<Delivery<view::SignedIn>, Problem> {
    let signed_in = edge.gate().refresh(&presented, retry_key.as_ref(), &client).await?;
    Ok(Delivery::continued(&edge, &signed_in, &presented))
}
