//! The ports on PostgreSQL, for when one machine is not enough: any number of nodes share one database.
//!
//! | file | what it is |
//! |---|---|
//! | `accounts` … `maintenance` | one port each |
//! | `step` | a transaction with a bound on its time |
//! | `guard` | turns that steps take which no row of their own keeps apart |
//! | `lanes` | many steps as one statement; `tasks` starts them |
//! | `register`, `space` | what is in SQL of sessions whose chains are in Redis |
//! | `promotion` | whether the database is still the one that it was |
//! | `address`, `tls`, `open`, `migrations` | where the server is, how it is spoken to, its schema |
//! | `condition` | how the server is doing, for whoever looks after it |
//! | `transfer` | the database as one side of a copy |
//! | `server_clock` | until when the server may do a step |
//! | `rows`, `value`, `statements`, `failure`, `stats` | what all of them share |
//!
//! Statements are never prepared under a name and no session state is kept, so that a transaction pooler (PgBouncer) may
//! stand between.

mod accounts;
mod activity_log;
mod address;
mod admins;
mod condition;
mod directory;
mod failure;
mod guard;
mod keys;
mod lanes;
mod limits;
mod mail_tokens;
mod maintenance;
mod migrations;
mod open;
mod outbox;
mod passwords;
mod promotion;
pub(crate) mod register;
mod roles;
mod rows;
mod rules;
mod server_clock;
mod service_keys;
mod sessions;
pub(crate) mod space;
mod statements;
mod stats;
mod step;
mod tasks;
mod tls;
pub(crate) mod transfer;
mod users;
mod value;

use std::{fmt, num::NonZeroUsize, sync::Arc, time::Duration};

use deadpool_postgres::Pool;
use gatewright_core::{
    model::Timestamp,
    port::{Clock, StoreError},
};

pub use self::{
    address::Address,
    condition::{Condition, Way},
    open::OpenError,
    stats::{GROUP_SIZE_BOUNDS, Groups, Stats},
};
use self::{
    lanes::Lanes,
    promotion::Historian,
    server_clock::ServerClock,
    sessions::{Due, Reading},
};
use crate::transfer::Use;

/// How a database is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many connections are open at most. PostgreSQL needs as many for each node.
    pub connections: NonZeroUsize,
    /// How long a step may wait for a connection.
    pub wait: Duration,
    /// How long connecting may take, over all hosts of the address.
    pub connect_time: Duration,
    /// How long a step may take once it has a connection. Then the connection is closed and the caller told that the store
    /// is unavailable.
    pub step_time: Duration,
    /// How many groups of rotations are on their way at once, and how many of readings. Each uses a connection of the pool.
    pub lanes: NonZeroUsize,
    /// How many steps may wait for each lane; more are refused as unavailable.
    pub queue: NonZeroUsize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: NonZeroUsize::new(16).expect("sixteen is not zero"),
            wait: Duration::from_secs(2),
            connect_time: Duration::from_secs(5),
            step_time: Duration::from_secs(5),
            lanes: NonZeroUsize::new(2).expect("two is not zero"),
            queue: NonZeroUsize::new(2048).expect("2048 is not zero"),
        }
    }
}

/// The storing ports on a PostgreSQL database. Clones share it.
#[derive(Clone)]
pub struct PgStore(Arc<Inner>);

struct Inner {
    address: Address,
    latest_moment: Timestamp,
    ground: Ground,
    rotations: Lanes<Due>,
    readings: Lanes<Reading>,
}

/// What every step stands on. A lane has it, too, and holds nothing else of the store: so it ends with it.
#[derive(Clone)]
struct Ground {
    options: Options,
    clock: Arc<dyn Clock>,
    server_clock: Arc<ServerClock>,
    pool: Pool,
}

impl PgStore {
    /// Connects to the database and makes or updates its schema. `clock` is called with the latest moment that the database
    /// has seen: a clock that starts no earlier reopens no window (invariant P19).
    ///
    /// # Errors
    /// See [`OpenError`]. A database that is refused is not changed.
    pub async fn open(
        address: &Address,
        options: Options,
        clock: impl FnOnce(Timestamp) -> Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let server_clock = Arc::new(ServerClock::default());
        let historian = Historian::default();
        let pool = open::pool(address, &options, &server_clock, &historian)?;
        let connection = pool.get().await.map_err(|error| OpenError::Database(Box::new(error)))?;
        open::prepare(&connection, Use::Serve).await?;
        let latest_moment = open::latest_moment(&connection).await?;
        let clock = clock(latest_moment);
        promotion::note_history(&connection, clock.now()).await?;
        transfer::forget_mark(&connection).await?;
        historian.begin(Arc::clone(&clock));
        drop(connection);
        let ground = Ground { options, clock, server_clock, pool };
        let (rotations, readings) = (Lanes::start(&ground), Lanes::start(&ground));
        Ok(Self(Arc::new(Inner { address: address.clone(), latest_moment, ground, rotations, readings })))
    }

    /// The latest moment that the database had seen when it was opened.
    #[must_use]
    pub fn latest_moment(&self) -> Timestamp {
        self.0.latest_moment
    }

    /// The clock that the store was opened with.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.ground.clock)
    }

    /// Where the database is.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.0.address
    }

    /// The number of the schema.
    #[must_use]
    pub fn schema_version(&self) -> u32 {
        migrations::known()
    }

    /// What the store has done since it was opened, and how its pool stands.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let pool = self.0.ground.pool.status();
        Stats {
            rotations: self.0.rotations.counters().read(),
            readings: self.0.readings.counters().read(),
            connections: pool.size,
            idle_connections: pool.available,
            waiting: pool.waiting,
        }
    }

    /// The server's time until which a step may be done whose time is up at `not_after`.
    fn server_deadline(&self, not_after: Timestamp) -> Result<i64, StoreError> {
        let now = self.0.ground.clock.now();
        if now > not_after {
            return Err(StoreError::TooLate);
        }
        Ok(self.0.ground.server_clock.after(not_after.since(now)))
    }
}

impl fmt::Debug for PgStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgStore").field("address", &self.0.address).finish_non_exhaustive()
    }
}
