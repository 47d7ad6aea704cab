//! A PgBouncer in transaction mode between store and server: the whole suite again. Two statements of one connection may meet
//! two sessions of the server, and one session serves many connections.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use gatewright_core::port::Maintenance;
use gatewright_store::postgres::{Address, PgStore};
use gatewright_testkit::{
    FrozenClock,
    conformance::{Backend, Ports},
    servers::{PgBouncer, Postgres},
};
use tokio::task::JoinSet;

use super::{
    backend::{database, options, warm},
    opening::try_open,
};

/// The one pooler of this test process. It has fewer sessions for a database than a store has connections.
fn pooler() -> &'static PgBouncer {
    static SHARED: OnceLock<PgBouncer> = OnceLock::new();
    let settings = ["default_pool_size = 3", "server_idle_timeout = 1"];
    SHARED.get_or_init(|| PgBouncer::in_front_of(Postgres::shared(), &settings))
}

/// A database of its own, reached through the pooler.
struct PgBouncerBackend;

#[async_trait]
impl Backend for PgBouncerBackend {
    async fn fresh(clock: Arc<FrozenClock>) -> Ports {
        let address = Address::parse(&pooler().url(database().name())).unwrap();
        let store = PgStore::open(&address, options(), |_| clock).await.unwrap();
        warm(&store).await;
        Ports::of(store, ())
    }
}

#[tokio::test]
async fn of_eight_nodes_that_start_at_once_behind_a_pooler_one_makes_the_schema_and_all_start() {
    let database = database();
    let mut nodes = JoinSet::new();
    for _ in 0..8 {
        let url = pooler().url(database.name());
        nodes.spawn(async move { try_open(&url).await.unwrap() });
    }
    let nodes = nodes.join_all().await;
    for node in &nodes {
        node.ping().await.unwrap();
    }
    assert_eq!(database.superuser_sql("SELECT count(*) FROM migrations"), nodes[0].schema_version().to_string());
    assert_eq!(database.superuser_sql("SELECT count(*) FROM meta"), "1");
}

mod conformance {
    use super::PgBouncerBackend;

    gatewright_testkit::conformance!(PgBouncerBackend);
}
