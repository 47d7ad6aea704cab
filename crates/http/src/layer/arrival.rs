//! The outermost layer: notes when and from whom a request came, names it, and puts the name into answers and logs.

use axum::{
    extract::{MatchedPath, Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use crate::{Edge, Problem, extract::Arrival};

pub(super) async fn note(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let arrival = Arrival::of(request.extensions(), request.headers(), &edge);
    let id = arrival.request_id.clone();
    // The pattern that matched: what was asked for may hold ids, or a secret in the wrong place (SECURITY LG2).
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", request_id = %id, method = %request.method(), route);
    let source = arrival.client.source();
    request.extensions_mut().insert(arrival);
    let response = next.run(request).instrument(span).await;
    let mut response = with_id(response, &id);
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-request-id", value);
    }
    // For the access log of whoever serves us: the caller as the trusted proxies tell it, coarse enough for a log.
    response.extensions_mut().insert(source);
    response
}

/// Writes a problem's body anew, now that its request has a name; the headers that were added since stay.
fn with_id(mut response: Response, id: &str) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    // For the counts of whoever serves us.
    response.extensions_mut().insert(problem.code());
    let (_, body) = problem.into_response_of(Some(id)).into_parts();
    *response.body_mut() = body;
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    response
}
