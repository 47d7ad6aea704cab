//! The store of a house: SQLite's file, or a PostgreSQL database with or without a Redis beside it, opened as the settings say.
//!
//! What must stay true: no command waits for a database that is away, only `serve` does, and not for ever; and nothing that is
//! said of a database holds its password (SECURITY LG2).

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use gatewright_password::{CommonPasswords, Engine};
use gatewright_store::{
    postgres::{self, Address, PgStore},
    redis::{self, RedisStore},
    sqlite::{self, SqliteStore},
};

use crate::{
    config::{Database, Settings},
    failure::Failure,
    gate::{
        Ports,
        model::Timestamp,
        port::{Accounts, ActivityLog, Clock, Entropy, Outbox, SystemClock},
    },
    house::Stay,
    material,
};

/// Where a house keeps everything.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// In a file of this machine.
    Sqlite(SqliteStore),
    /// In a database that other nodes may share.
    Postgres(PgStore),
    /// In such a database, with the sessions and the limits in a Redis.
    PostgresAndRedis(PgStore, RedisStore),
}

/// By which clock a store is used.
#[derive(Clone)]
pub(crate) enum Time {
    /// The system's, which starts no earlier than what the store has seen.
    OfTheSystem,
    /// This one, whatever the store has seen: to make a past for a store that has none.
    Of(Arc<dyn Clock>),
}

/// For so long `serve` tries to reach a database server that is away: longer than a failover or a restart takes, shorter
/// than what a service manager waits for a start (90 s by default).
const START_PATIENCE: Duration = Duration::from_secs(30);

/// How long it waits between two attempts.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// One connection for a command, and one for what it does meanwhile.
const CONNECTIONS_OF_A_COMMAND: NonZeroUsize = NonZeroUsize::new(2).expect("two is not zero");

impl Store {
    /// Opens the database of the settings. SQLite's is made if there is none. Another time than the system's is for a file alone:
    /// what nodes share is in the present.
    pub(crate) async fn open(settings: &Settings, stay: Stay, time: Time) -> Result<Self, Failure> {
        match &settings.database {
            Database::File(path) => {
                let data_dir = material::make_data_dir(&settings.data_dir);
                data_dir.map_err(|error| Failure::because(settings.data_dir.display(), &error))?;
                open_file_at(path, time).map(Self::Sqlite)
            }
            Database::Postgres(address) => {
                let store = open_postgres(address, settings, stay).await?;
                match &settings.sessions {
                    None => Ok(Self::Postgres(store)),
                    Some(address) => {
                        let redis = open_redis(&store, address, stay).await?;
                        Ok(Self::PostgresAndRedis(store, redis))
                    }
                }
            }
        }
    }

    /// The clock that it was opened with.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Sqlite(store) => store.clock(),
            Self::Postgres(store) | Self::PostgresAndRedis(store, _) => store.clock(),
        }
    }

    /// The latest moment that it had seen when it was opened.
    pub(crate) fn latest_moment(&self) -> Timestamp {
        match self {
            Self::Sqlite(store) => store.latest_moment(),
            Self::Postgres(store) | Self::PostgresAndRedis(store, _) => store.latest_moment(),
        }
    }

    /// The outbox, which is in the database in any case.
    pub(crate) fn outbox(&self) -> &dyn Outbox {
        match self {
            Self::Sqlite(store) => store,
            Self::Postgres(store) | Self::PostgresAndRedis(store, _) => store,
        }
    }

    /// The accounts, which are in the database in any case.
    pub(crate) fn accounts(&self) -> &dyn Accounts {
        match self {
            Self::Sqlite(store) => store,
            Self::Postgres(store) | Self::PostgresAndRedis(store, _) => store,
        }
    }

    /// The activity log, which is in the database in any case.
    pub(crate) fn activity(&self) -> &dyn ActivityLog {
        match self {
            Self::Sqlite(store) => store,
            Self::Postgres(store) | Self::PostgresAndRedis(store, _) => store,
        }
    }

    /// The ports of an instance that keeps everything here.
    pub(crate) fn ports(&self, engine: Arc<Engine>, entropy: Arc<dyn Entropy>) -> Ports {
        let (blocklist, clock) = (Arc::new(CommonPasswords::new()), self.clock());
        match self {
            Self::Sqlite(store) => Ports::on_store(Arc::new(store.clone()), engine, blocklist, clock, entropy),
            Self::Postgres(store) => Ports::on_store(Arc::new(store.clone()), engine, blocklist, clock, entropy),
            Self::PostgresAndRedis(store, redis) => {
                let redis = Arc::new(redis.clone());
                Ports {
                    passwords: redis.clone(),
                    sessions: redis.clone(),
                    limits: redis.clone(),
                    maintenance: redis,
                    ..Ports::on_store(Arc::new(store.clone()), engine, blocklist, clock, entropy)
                }
            }
        }
    }
}

/// Opens the file; makes it if there is none.
pub(crate) fn open_file(path: &Path) -> Result<SqliteStore, Failure> {
    open_file_at(path, Time::OfTheSystem)
}

fn open_file_at(path: &Path, time: Time) -> Result<SqliteStore, Failure> {
    let clock = |floor| match time {
        Time::OfTheSystem => clock(floor),
        Time::Of(clock) => clock,
    };
    SqliteStore::open(path, sqlite::Options::default(), clock).map_err(|error| Failure::because(path.display(), &error))
}

fn clock(floor: Timestamp) -> Arc<dyn Clock> {
    Arc::new(SystemClock::starting_at(floor))
}

async fn open_postgres(address: &Address, settings: &Settings, stay: Stay) -> Result<PgStore, Failure> {
    let (connections, patience) = match stay {
        Stay::Long => (settings.store_connections, START_PATIENCE),
        Stay::Short => (CONNECTIONS_OF_A_COMMAND, Duration::ZERO),
    };
    let begun = steady();
    loop {
        let options = postgres::Options { connections, ..postgres::Options::default() };
        let error = match PgStore::open(address, options, clock).await {
            Ok(store) => return Ok(store),
            Err(error) => error,
        };
        let failure = Failure::because(address, &error);
        if !error.is_passing() || begun.elapsed() >= patience {
            return Err(failure);
        }
        tracing::warn!(%failure, patience_secs = patience.as_secs(), "the database is away; trying again");
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

async fn open_redis(store: &PgStore, address: &redis::Address, stay: Stay) -> Result<RedisStore, Failure> {
    let patience = match stay {
        Stay::Long => START_PATIENCE,
        Stay::Short => Duration::ZERO,
    };
    let begun = steady();
    loop {
        let error = match RedisStore::open(store.clone(), address, redis::Options::default()).await {
            Ok(redis) => return Ok(redis),
            Err(error) => error,
        };
        let failure = Failure::because(address, &error);
        if !error.is_passing() || begun.elapsed() >= patience {
            return Err(failure);
        }
        tracing::warn!(%failure, patience_secs = patience.as_secs(), "Redis is away; trying again");
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a steady clock that only measures how long the database has been away")]
fn steady() -> Instant {
    Instant::now()
}
