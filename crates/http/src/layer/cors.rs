//! Cross-origin requests: an exact list of origins, with credentials. An origin that is not on it is told nothing (SECURITY
//! WB5): it is never reflected, and `*` and `null` are never allowed.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{Code, Edge, Problem};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const REQUEST_HEADERS: &str = "Authorization, Content-Type, Gatewright-Session, Idempotency-Key, If-None-Match";
const EXPOSED_HEADERS: &str = "ETag, Retry-After, WWW-Authenticate, X-Request-Id";
/// Seconds that a browser may remember a preflight.
const MAX_AGE: &str = "600";

pub(super) async fn answer(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let allowed = allowed_origin(request.headers(), &edge);
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match (is_preflight, &allowed) {
        (true, Some(_)) => preflight(),
        (true, None) => Problem::new(Code::OriginRefused).into_response(),
        (false, _) => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin, Sec-Fetch-Site"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    }
    response
}

fn allowed_origin(headers: &HeaderMap, edge: &Edge) -> Option<HeaderValue> {
    let mut values = headers.get_all(header::ORIGIN).iter();
    let origin = values.next().filter(|_| values.next().is_none())?;
    origin.to_str().is_ok_and(|text| edge.allows_foreign(text)).then(|| origin.clone())
}

fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(REQUEST_HEADERS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    response
}
