//! Stores on a real PostgreSQL and a real Redis that this test process starts for itself.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use gatewright_store::{
    postgres::PgStore,
    redis::{Address, Options, RedisStore},
};
use gatewright_testkit::{
    FrozenClock, Sample,
    conformance::{Backend, Fading, Ports, World},
    servers::{Database, Redis, RedisSetup},
};

use crate::postgres::backend as postgres;

/// A database of its own on each of the servers that all tests share.
pub(super) struct PostgresRedisBackend;

#[async_trait]
impl Backend for PostgresRedisBackend {
    async fn fresh(clock: Arc<FrozenClock>) -> Ports {
        let sql = postgres::open(&postgres::database(), clock).await;
        let redis = open(&sql, &Redis::shared().url(), patient()).await;
        ports(sql, redis)
    }
}

/// Patience, because the tests share the machine.
pub(crate) fn patient() -> Options {
    Options { connect_time: Duration::from_secs(20), response_time: Duration::from_secs(20) }
}

pub(crate) async fn open(sql: &PgStore, url: &str, options: Options) -> RedisStore {
    RedisStore::open(sql.clone(), &Address::parse(url).unwrap(), options).await.unwrap()
}

/// Both as the ports of one store.
pub(crate) fn ports(sql: PgStore, redis: RedisStore) -> Ports {
    let (sessions, fading) = (Arc::new(redis.clone()), Fading::ByItself);
    let (limits, passwords, maintenance) = (Arc::new(redis.clone()), Arc::new(redis.clone()), Arc::new(redis));
    Ports { sessions, limits, passwords, maintenance, fading, ..Ports::of(sql, ()) }
}

/// A world with a Redis of its own, which may be stopped, emptied and restored.
pub(super) struct Lab {
    pub(super) world: World,
    pub(super) server: Redis,
    pub(super) database: Database,
    pub(super) store: RedisStore,
}

impl Lab {
    pub(super) async fn start() -> Self {
        Self::start_with(&RedisSetup::default(), Options::default()).await
    }

    pub(super) async fn start_with(setup: &RedisSetup, options: Options) -> Self {
        let (server, database, sample) = (Redis::start(setup), postgres::database(), Sample::default());
        let sql = postgres::open(&database, sample.clock.clone()).await;
        let store = open(&sql, &server.url(), options).await;
        let world = World { store: ports(sql, store.clone()), sample };
        Self { world, server, database, store }
    }

    /// Another node on the same servers.
    pub(super) async fn another_node(&self) -> World {
        let sql = postgres::open(&self.database, self.world.clock.clone()).await;
        let store = open(&sql, &self.server.url(), Options::default()).await;
        World { store: ports(sql, store), sample: self.world.sample.clone() }
    }
}
