//! Stores on a real server that this test process starts for itself. Each has a database of its own.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use async_trait::async_trait;
use gatewright_core::port::Clock;
use gatewright_store::postgres::{Address, Options, PgStore};
use gatewright_testkit::{
    FrozenClock,
    conformance::{Backend, Ports},
    servers::{Database, Postgres},
};

/// A database of its own on the server that all tests share.
pub(super) struct PostgresBackend;

#[async_trait]
impl Backend for PostgresBackend {
    async fn fresh(clock: Arc<FrozenClock>) -> Ports {
        Ports::of(open(&database(), clock).await, ())
    }
}

/// A few connections, because many tests share one server, and patience, because they share the machine.
pub(super) fn options() -> Options {
    Options {
        connections: NonZeroUsize::new(6).unwrap(),
        wait: Duration::from_secs(20),
        connect_time: Duration::from_secs(20),
        step_time: Duration::from_secs(20),
        ..Options::default()
    }
}

/// A new, empty database on the server that all tests share.
pub(crate) fn database() -> Database {
    Postgres::shared().fresh_database()
}

/// A store on this database that reads this clock.
pub(crate) async fn open(database: &Database, clock: Arc<dyn Clock>) -> PgStore {
    let address = Address::parse(&database.url()).unwrap();
    PgStore::open(&address, options(), |_| clock).await.unwrap()
}
