//! What the system itself is made of: service keys, mails that wait, rules and their deliveries.

use axum::Router;

use crate::Edge;

pub(super) fn routes() -> Router<Edge> {
    Router::new()
}
