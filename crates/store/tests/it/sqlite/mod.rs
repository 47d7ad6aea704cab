//! The SQLite store: the conformance suite of every port, and what only this store has.

mod activity_chain;
pub(crate) mod backend;
mod backup;
mod child;
mod crash;
mod damage;
mod disk;
mod faults;
mod isolation;
mod opening;
mod sealing;

use backend::SqliteBackend;

mod conformance {
    use super::SqliteBackend;

    gatewright_testkit::conformance!(SqliteBackend);
}
