//! No request waits for ever. What is given up here may have been done: the client repeats it, and every call is made so that
//! repeating is safe.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gatewright_core::{Error, port::StoreError};
use tokio::time::timeout;

use crate::{Edge, Problem};

pub(super) async fn hold(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let limit: Duration = edge.options().request_deadline;
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(Error::Unavailable(StoreError::TooLate)).into_response(),
    }
}
