//! Redis beside PostgreSQL: the conformance suite of every port, and what only this store has.

mod away;
pub(crate) mod backend;
mod limits;
mod loss;
mod opening;

use backend::PostgresRedisBackend;

mod conformance {
    use super::PostgresRedisBackend;

    gatewright_testkit::conformance!(PostgresRedisBackend);
}
