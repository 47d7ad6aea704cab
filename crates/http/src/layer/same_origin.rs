//! Refuses unsafe requests of foreign pages before anything is read: also those that carry no cookie yet, since an answer may
//! set one (SECURITY WB4, login CSRF). What is authenticated by a cookie is checked once more where the cookie is read, and
//! there a request has to say where it comes from.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    Edge,
    extract::{Guard, check_origin},
};

pub(super) async fn check(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    match check_origin(request.method(), request.headers(), &edge, Guard::Explicit) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}
