//! The binary on a real PostgreSQL. Each test has a database of its own; what stops a server has that, too.

mod commands;
mod nodes;
mod outage;
mod secrets;
mod start;

use gatewright_testkit::servers::{Database, Postgres};

use crate::child::Place;

/// What every node on a database of these tests is given.
const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";

/// A place whose commands work on `database`.
fn place(database: &Database) -> Place {
    Place::new().with("STORE", &database.url()).with("MASTER_KEY", MASTER)
}

/// A place with a database that nobody else has.
fn fresh_place() -> Place {
    place(&Postgres::shared().fresh_database())
}
