//! The outermost layer: notes when and from whom a request came, names it, puts the name into answers and logs, and counts how long the
//! answer took.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use crate::{Edge, Problem, extract::Arrival};

pub(super) async fn note(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let arrival = Arrival::of(request.extensions(), request.headers(), &edge);
    let id = arrival.request_id.clone();
    // The pattern that matched: what was asked for may hold ids, or a secret in the wrong place (SECURITY LG2).
    let matched = request.extensions().get::<MatchedPath>();
    // What nobody serves says nothing about how fast we are, and preflights are answered before anything is looked at.
    let is_counted = matched.is_some() && *request.method() != Method::OPTIONS;
    let route = matched.map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", request_id = %id, method = %request.method(), route);
    let source = arrival.client.source();
    let came_at = arrival.client.received_at;
    request.extensions_mut().insert(arrival);
    let response = next.run(request).instrument(span).await;
    if is_counted {
        edge.gate().count_answer(edge.gate().now().since(came_at));
    }
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
