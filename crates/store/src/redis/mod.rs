//! Redis beside PostgreSQL: the chains of the sessions and the rate limits are there, everything else stays in SQL
//! (DESIGN 4.5, `docs/decisions/0011-redis.md`).
//!
//! | file | what it is |
//! |---|---|
//! | `sessions`, `limits`, `passwords`, `maintenance` | one port each |
//! | `row`, `script` | what is kept of a session, and the steps on it, each one script |
//! | `space` | whether Redis has lost something, and what follows from it |
//! | `local` | the limits of this process, for when Redis is away |
//! | `address`, `open`, `link`, `wire` | where Redis is, and how it is spoken to |
//! | `failure` | what can go wrong |
//!
//! What must stay true: a session lives only if its row in the register of SQL says so **and** its chain is here. Whatever
//! Redis forgets costs logins; whatever it remembers wrongly revives nothing.

mod address;
mod failure;
mod limits;
mod link;
mod local;
mod maintenance;
mod open;
mod passwords;
mod row;
mod script;
mod sessions;
mod space;
mod wire;

use std::{
    error::Error,
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use ::redis::{FromRedisValue, ScriptInvocation};
use gatewright_core::{model::Timestamp, port::StoreError};

pub use self::{address::Address, open::OpenError};
use self::{link::Link, local::LocalLimits, wire::Wire};
use crate::postgres::{PgStore, register::Register};

/// How Redis is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long connecting may take.
    pub connect_time: Duration,
    /// How long Redis may take for an answer. Then its connection is given up and the caller told that the store is
    /// unavailable.
    pub response_time: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { connect_time: Duration::from_secs(2), response_time: Duration::from_secs(2) }
    }
}

/// The ports that Redis has a part in, on a PostgreSQL database and a Redis. The other ports are those of the [`PgStore`].
/// Clones share both.
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

struct Inner {
    sql: PgStore,
    register: Register,
    link: Link,
    local: LocalLimits,
    /// Begins every key of a limit. Never changes.
    instance: String,
    /// The last beat of this process. Whoever has it is writing the next one.
    last_beat: tokio::sync::Mutex<Timestamp>,
    /// How far this process has looked for chains that belong to nobody.
    cursor: AtomicU64,
}

/// What Redis says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What runs there, as in `Redis 7.0.15`.
    pub version: String,
    /// How many bytes its data takes.
    pub used_memory: u64,
    /// What it should not be set to, in whole sentences.
    pub warnings: Vec<String>,
}

impl RedisStore {
    /// Connects to the Redis that keeps the sessions of this database from now on. Sessions that were opened before go on in
    /// the database.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(sql: PgStore, address: &Address, options: Options) -> Result<Self, OpenError> {
        let tls = address.roots.as_ref().map(crate::roots::Roots::client).transpose();
        let tls = tls.map_err(|none| OpenError::Certificates { file: none.file })?;
        let wire =
            Wire::connect(address, tls.as_ref(), &options).await.map_err(|failure| OpenError::Redis(failure.into()))?;
        let instance = space::begin(&sql, &wire).await.map_err(OpenError::Redis)?;
        for says in open::warnings(&wire).await {
            tracing::warn!("{says}");
        }
        let store = Self(Arc::new(Inner {
            register: Register::of(&sql),
            sql,
            link: Link::new(address, tls, &options),
            local: LocalLimits::default(),
            instance,
            last_beat: tokio::sync::Mutex::default(),
            cursor: AtomicU64::new(0),
        }));
        store.wire().await.map_err(OpenError::Redis)?;
        Ok(store)
    }

    /// Where Redis is.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.0.link.address
    }

    /// Whether the limits are counted in this process alone, because Redis is away.
    #[must_use]
    pub fn limits_are_local(&self) -> bool {
        self.0.local.is_in_use()
    }

    /// Asks what runs there.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn condition(&self) -> Result<Condition, StoreError> {
        let wire = self.wire().await?;
        let told: String = wire.ask(::redis::cmd("INFO").arg("memory")).await?;
        let used = wire::facts(&told).get("used_memory").and_then(|bytes| bytes.parse().ok());
        let warnings = open::warnings(&wire).await;
        Ok(Condition { version: wire.version.clone(), used_memory: used.unwrap_or_default(), warnings })
    }

    fn now(&self) -> Timestamp {
        self.0.sql.clock().now()
    }

    /// The connection to Redis. A new one is settled before anybody gets it.
    async fn wire(&self) -> Result<Arc<Wire>, StoreError> {
        self.0.link.wire(async |wire| self.settle(wire).await).await
    }

    /// Runs a script; a connection that breaks is given up.
    async fn run<T: FromRedisValue>(&self, wire: &Arc<Wire>, script: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        wire.run(script).await.map_err(|failure| {
            if failure.breaks() {
                self.0.link.give_up(wire);
            }
            failure.into()
        })
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("sql", &self.0.sql).field("address", self.address()).finish_non_exhaustive()
    }
}

/// What went wrong, down to the driver's words.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Bytes in hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |text, byte| format!("{text}{byte:02x}"))
}
