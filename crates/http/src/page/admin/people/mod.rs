//! Accounts, their users and sessions, and roles: who there is and what each may do.
//!
//! What must stay true: each page takes the right that the act behind it demands, shows no form to whoever lacks the right for it,
//! and says in words what was refused and why. No page sees or sets a password (SECURITY PW18).

mod accounts;
mod fault;
mod listing;
mod roles;
mod sessions;
mod users;

use axum::{Router, routing::get};

use super::right;
use crate::Edge;

pub(super) fn routes() -> Router<Edge> {
    Router::new()
        .route("/admin/accounts", get(accounts::list))
        .route("/admin/accounts/add", get(accounts::add::show).post(accounts::add::act))
        .route("/admin/accounts/{id}", get(accounts::one::show).post(accounts::one::act))
        .route("/admin/accounts/{id}/delete", get(accounts::delete::show).post(accounts::delete::act))
        .route("/admin/users", get(users::list))
        .route("/admin/users/{id}", get(users::one::show).post(users::one::act))
        .route("/admin/users/{id}/impersonate", get(users::impersonate::show).post(users::impersonate::act))
        .route("/admin/users/{id}/remove", get(users::remove::show).post(users::remove::act))
        .route("/admin/roles", get(roles::list))
        // Beside the roles: any name of a page below them is also one that a role can have.
        .route("/admin/add-role", get(roles::add::show).post(roles::add::act))
        .route("/admin/roles/{name}", get(roles::one::show).post(roles::one::act))
        .route("/admin/roles/{name}/remove", get(roles::remove::show).post(roles::remove::act))
}
