//! The users of an account, as the ones who share it see them: who is watching, and switching from anywhere.

pub(super) mod select;
mod steps;
mod switch;

use axum::{Router, routing::get};

use crate::Edge;

/// Where the pages of this part stand.
pub(super) const PATHS: &[&str] = &[select::PATH, switch::PATH];

pub(super) fn routes() -> Router<Edge> {
    Router::new()
        .route(select::PATH, get(select::show).post(select::act))
        .route(switch::PATH, get(switch::show).post(switch::act))
}
