//! The PostgreSQL store: the conformance suite of every port, and what only this store has.

mod activity_chain;
pub(crate) mod backend;
mod bouncer;
mod lanes;
mod opening;
mod promotion;
mod text;
mod tls;

use backend::PostgresBackend;

mod conformance {
    use super::PostgresBackend;

    gatewright_testkit::conformance!(PostgresBackend);
}
