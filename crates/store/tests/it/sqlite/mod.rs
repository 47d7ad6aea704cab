//! The SQLite store: the conformance suite of every port, and what only this store has.

mod backend;

use backend::SqliteBackend;

mod conformance {
    use super::SqliteBackend;

    gatewright_testkit::conformance!(SqliteBackend);
}
