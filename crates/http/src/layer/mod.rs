//! What is around every route, from the outside in: the request's id and the problem's last words, the headers that a browser
//! heeds, CORS, problems of pages, panics, the deadline, and whether a page of another origin is behind the request.

mod arrival;
mod cors;
mod deadline;
mod panic;
mod same_origin;
mod security_headers;

use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{Code, Edge, Problem, page};

/// Puts every layer around the routes, and answers what is no route.
pub(crate) fn around(routes: Router<Edge>, edge: &Edge) -> Router<Edge> {
    let state = edge.clone();
    routes
        .fallback(page::elsewhere)
        .method_not_allowed_fallback(|| async { Problem::new(Code::MethodNotAllowed) })
        .layer(middleware::from_fn_with_state(state.clone(), same_origin::check))
        .layer(middleware::from_fn_with_state(state.clone(), deadline::hold))
        .layer(CatchPanicLayer::custom(panic::answer))
        .layer(middleware::from_fn_with_state(state.clone(), page::as_pages))
        .layer(middleware::from_fn_with_state(state.clone(), cors::answer))
        .layer(middleware::from_fn_with_state(state.clone(), security_headers::add))
        .layer(middleware::from_fn_with_state(state, arrival::note))
}
