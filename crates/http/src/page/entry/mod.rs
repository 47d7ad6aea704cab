//! The way in and out: signing in and up, a forgotten password, who is known in this browser, and proving once more who one is.

use axum::Router;

use crate::Edge;

/// Where the pages of this part stand.
pub(super) const PATHS: &[&str] = &[];

pub(super) fn routes() -> Router<Edge> {
    Router::new()
}
