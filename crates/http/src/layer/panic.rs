//! A panic is one request's 500 (SECURITY LG4). What it said goes to the log, never into the answer.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::{Code, Problem};

#[expect(clippy::needless_pass_by_value, reason = "the signature that tower-http calls")]
pub(super) fn answer(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = said.unwrap_or("something that is no text"), "a request panicked");
    Problem::new(Code::InternalError).into_response()
}
