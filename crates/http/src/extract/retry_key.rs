//! The header `Idempotency-Key`: the client's retry key (DESIGN 4.3).

use axum::{extract::FromRequestParts, http::request::Parts};
use gatewright_core::model::RetryKey;

use crate::Problem;

const HEADER: &str = "Idempotency-Key";

/// The retry key, if there is one.
#[derive(Debug)]
pub(crate) struct OptionalRetryKey(pub(crate) Option<RetryKey>);

impl<S: Send + Sync> FromRequestParts<S> for OptionalRetryKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        if values.next().is_some() {
            return Err(Problem::invalid(HEADER, "`Idempotency-Key` came twice"));
        }
        // Bytes beyond ASCII become something that no retry key may hold.
        Ok(Self(Some(RetryKey::parse(value.to_str().unwrap_or_default())?)))
    }
}
