//! Stores on a real server that this test process starts for itself. Each has a database of its own.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use async_trait::async_trait;
use gatewright_core::{
    model::{Act, Standing},
    port::{Accounts, Clock, Keys, NewAccount, Opened, Sessions},
};
use gatewright_store::postgres::{Address, Options, PgStore};
use gatewright_testkit::{
    FrozenClock, Sample,
    conformance::{Backend, Ports},
    servers::{Database, Postgres},
};
use tokio::task::JoinSet;

/// A database of its own on the server that all tests share.
pub(super) struct PostgresBackend;

#[async_trait]
impl Backend for PostgresBackend {
    async fn fresh(clock: Arc<FrozenClock>) -> Ports {
        let store = open(&database(), clock).await;
        warm(&store).await;
        Ports::of(store, ())
    }
}

/// Has every connection opened. Otherwise the first of sixteen callers is done before the others are connected, and a race
/// is none.
pub(crate) async fn warm(store: &PgStore) {
    let mut readings = JoinSet::new();
    for _ in 0..options().connections.get() {
        let store = store.clone();
        readings.spawn(async move { store.keys().await.unwrap() });
    }
    readings.join_all().await;
}

/// A few connections, because many tests share one server, and patience, because they share the machine.
pub(crate) fn options() -> Options {
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

/// An account with this name, its owner, and a session.
pub(super) async fn signed_in(store: &PgStore, sample: &Sample, name: &str) -> Standing {
    let new = sample.new_account(name);
    let NewAccount { account, owner, .. } = new.clone();
    store.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
    let opening = sample.opening(sample.session(&account, &owner));
    match store.open(opening, sample.entry(account.id, Act::LoggedIn)).await.unwrap() {
        Opened::Done(standing) => standing,
        refused @ (Opened::Stale | Opened::Spent) => panic!("{refused:?}"),
    }
}
