//! The headers by which a browser protects the user, on every answer, errors included (SECURITY WB7). A route that knows
//! better has set its own, and that stays.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::{Edge, Origin};

/// This is an API: nothing of it is ever rendered, framed or run.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // Nearly everything here tells of a session (SECURITY SE12).
    (header::CACHE_CONTROL, "no-store"),
];
/// Two years, which is what preload lists ask for.
const HSTS: &str = "max-age=63072000; includeSubDomains";

pub(super) async fn add(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if edge.own_origin().is_some_and(Origin::is_https) {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(HeaderValue::from_static(HSTS));
    }
    response
}
