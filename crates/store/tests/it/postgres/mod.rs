//! The PostgreSQL store: the conformance suite of every port, and what only this store has.

mod backend;
mod bouncer;
mod opening;
mod tls;

use backend::PostgresBackend;

mod conformance {
    use super::PostgresBackend;

    gatewright_testkit::conformance!(PostgresBackend);
}
