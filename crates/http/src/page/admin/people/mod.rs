//! Accounts, their users and sessions, and roles.

use axum::Router;

use crate::Edge;

pub(super) fn routes() -> Router<Edge> {
    Router::new()
}
