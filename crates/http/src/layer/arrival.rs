//! The outermost layer: notes when and from whom a request came, names it, and puts the name into answers and logs.

use axum::{
    extract::{Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use crate::{Edge, Problem, extract::Arrival};

pub(super) async fn note(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let arrival = Arrival::of(request.extensions(), request.headers(), &edge);
    let id = arrival.request_id.clone();
    // The path alone: a query may hold what does not belong into logs (SECURITY LG2).
    let span =
        tracing::info_span!("request", request_id = %id, method = %request.method(), path = request.uri().path());
    request.extensions_mut().insert(arrival);
    let response = next.run(request).instrument(span).await;
    let mut response = with_id(response, &id);
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// Writes a problem's body anew, now that its request has a name; the headers that were added since stay.
fn with_id(mut response: Response, id: &str) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let (_, body) = problem.into_response_of(Some(id)).into_parts();
    *response.body_mut() = body;
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    response
}
