//! The way in and out: signing in and up, a forgotten password, who is known in this browser, and proving once more who one is.
//!
//! What must stay true: a page that signs somebody in does so by a form that this browser was shown (login CSRF, SECURITY WB6), begins
//! a session of its own whatever the browser had before (fixation), and leads on only to where [`Next`](super::next::Next) allows.

mod choose_account;
mod confirm_identity;
mod fault;
mod forgot_password;
mod front_door;
mod here;
mod known;
mod login;
mod logout;
mod signup;

use axum::{Router, routing::get};

pub(crate) use self::front_door::elsewhere;
pub(super) use self::here::{arrive, reach};
use crate::Edge;

/// Where the pages of this part stand.
pub(super) const PATHS: &[&str] =
    &[login::PATH, signup::PATH, forgot_password::PATH, confirm_identity::PATH, logout::PATH, choose_account::PATH];

pub(super) fn routes() -> Router<Edge> {
    Router::new()
        .route(login::PATH, get(login::show).post(login::act))
        .route(signup::PATH, get(signup::show).post(signup::act))
        .route(forgot_password::PATH, get(forgot_password::show).post(forgot_password::act))
        .route(confirm_identity::PATH, get(confirm_identity::show).post(confirm_identity::act))
        .route(logout::PATH, get(logout::show).post(logout::act))
        .route(choose_account::PATH, get(choose_account::show).post(choose_account::act))
}
