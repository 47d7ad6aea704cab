//! Query parameters. Tokens are never read from here (SECURITY SE14).

use axum::{extract::FromRequestParts, http::request::Parts};
use gatewright_core::model::ActivityId;

use super::path::one_spelling;
use crate::Problem;

/// Which page of the activity log.
#[derive(Debug)]
pub(crate) struct ActivityQuery {
    /// Where it begins.
    pub(crate) before: Option<ActivityId>,
    /// How many entries.
    pub(crate) limit: usize,
}

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

impl<S: Send + Sync> FromRequestParts<S> for ActivityQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut query = Self { before: None, limit: DEFAULT_LIMIT };
        let (mut cursors, mut limits) = (0, 0);
        for pair in parts.uri.query().unwrap_or_default().split('&') {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("cursor", text) => {
                    cursors += 1;
                    let cursor = one_spelling::<ActivityId>(text);
                    query.before = Some(cursor.ok_or_else(|| Problem::invalid("cursor", "`cursor` is not from us"))?);
                }
                ("limit", text) => {
                    limits += 1;
                    let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                    let says = || Problem::invalid("limit", "`limit` is a number from 1 to 200");
                    query.limit = limit.ok_or_else(says)?;
                }
                _ => {}
            }
        }
        match (cursors, limits) {
            (0 | 1, 0 | 1) => Ok(query),
            (0 | 1, _) => Err(Problem::invalid("limit", "`limit` came twice")),
            _ => Err(Problem::invalid("cursor", "`cursor` came twice")),
        }
    }
}
