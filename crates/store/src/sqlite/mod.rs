//! The ports on one SQLite file: embedded, nothing to install, durable. One thread writes, a few read, one moves pages from
//! the log into the file; each has a connection of its own, and there is no runtime.
//!
//! | file | what it is |
//! |---|---|
//! | `accounts` … `maintenance` | one port each |
//! | `writer`, `readers`, `checkpointer` | the threads; `threads` starts them |
//! | `open`, `migrations`, `connection`, `identity` | the file: whose it is, its schema, how it is opened, whether it is still there |
//! | `pages`, `sealing`, `log` | damage: a checksum in each page, how old files get it, a log that breaks off too early |
//! | `backup` | online backups |
//! | `transfer` | the file as one side of a copy |
//! | `rows`, `statements`, `failure`, `stats` | what all of them share |

mod accounts;
mod activity_log;
mod admins;
mod backup;
mod checkpointer;
mod connection;
mod directory;
mod failure;
mod identity;
mod keys;
mod limits;
mod log;
mod mail_tokens;
mod maintenance;
mod migrations;
mod open;
mod outbox;
mod pages;
mod passwords;
mod readers;
mod roles;
mod rows;
mod rules;
mod sealing;
mod service_keys;
mod sessions;
mod statements;
mod stats;
mod threads;
pub(crate) mod transfer;
mod users;
mod writer;

use std::{
    fmt,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use gatewright_core::{
    model::Timestamp,
    port::{Clock, StoreError},
};
use rusqlite::Connection;

use self::{
    checkpointer::Signal, connection::Purpose, failure::Failure, identity::Identity, readers::Readers, stats::Counters,
    writer::Queue,
};
pub use self::{
    open::OpenError,
    pages::layer,
    stats::{GROUP_SIZE_BOUNDS, Stats},
};
use crate::{
    sync::{JoinHandle, mpsc::SyncSender},
    transfer::Use,
};

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many threads read. Each costs a connection with at most 4 MiB of cache.
    pub readers: NonZeroUsize,
    /// How many steps may wait for the writer, and how many readings for the readers; more are refused as unavailable.
    pub queue: usize,
    /// How long a group waits for a lock that another process holds.
    pub busy_timeout: Duration,
    /// When the file is looked over for damage.
    pub check: StartCheck,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: NonZeroUsize::new(3).expect("three is not zero"),
            queue: 4096,
            busy_timeout: Duration::from_secs(2),
            check: StartCheck::AfterCrash,
        }
    }
}

/// When the file is looked over for damage at the start. It reads every page: about a second per gigabyte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartCheck {
    /// When the last process did not close it, which shows in a log that was left behind; and when it is a restored backup.
    #[default]
    AfterCrash,
    /// Always.
    Always,
}

/// The storing ports on one SQLite file. Clones share it; the last one closes it and waits until everything is written.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    path: PathBuf,
    options: Options,
    latest_moment: Timestamp,
    clock: Arc<dyn Clock>,
    counters: Arc<Counters>,
    signals: SyncSender<Signal>,
    // Both queues are taken when the store is closed: their threads end then.
    writer: Option<Queue>,
    readers: Option<Readers>,
    checkpointing: Vec<JoinHandle<()>>,
    reading: Vec<JoinHandle<()>>,
    writing: Vec<JoinHandle<()>>,
}

impl SqliteStore {
    /// Opens the database at `path`, and makes it (mode 0600, its folder 0700) if there is nothing. `clock` is called with
    /// the latest moment that the database has seen: a clock that starts no earlier reopens no window (invariant P19).
    ///
    /// # Errors
    /// See [`OpenError`]. A file that is refused is not changed.
    pub fn open(
        path: &Path,
        options: Options,
        clock: impl FnOnce(Timestamp) -> Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let mut connection = open::prepare(path, &options, Use::Serve)?;
        let latest_moment = open::latest_moment(&connection)?;
        let clock = clock(latest_moment);
        open::revive(&mut connection, &*clock)?;
        let counters = Arc::new(Counters::default());
        let connect = |purpose| connection::open(path, purpose, options.busy_timeout);
        let reading = (0..options.readers.get()).map(|_| connect(Purpose::Read)).collect::<Result<_, _>>()?;
        let moving = connection::open(path, Purpose::Checkpoint, checkpointer::PATIENCE)?;
        let (signals, wake) = checkpointer::signals();
        let writer = writer::Writer {
            connection,
            clock: Arc::clone(&clock),
            identity: Identity::of(path)?,
            counters: Arc::clone(&counters),
            checkpoint: signals.clone(),
            clock_high: latest_moment,
        };
        let (writer, writing) = writer::start(writer, options.queue)?;
        let (readers, reading) = readers::start(reading, options.queue)?;
        let checkpointing = checkpointer::start(moving, wake, writer.clone(), Arc::clone(&counters))?;
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            options,
            latest_moment,
            clock,
            counters,
            signals,
            writer: Some(writer),
            readers: Some(readers),
            checkpointing: vec![checkpointing],
            reading,
            writing: vec![writing],
        })))
    }

    /// The latest moment that the database had seen when it was opened.
    #[must_use]
    pub fn latest_moment(&self) -> Timestamp {
        self.0.latest_moment
    }

    /// The clock that the store was opened with.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The number of the schema.
    #[must_use]
    pub fn schema_version(&self) -> u32 {
        migrations::known()
    }

    /// What the store has done since it was opened.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.counters.read()
    }

    /// Has SQLite compare every page that is in use with its checksum, and every row and index with each other. Takes seconds
    /// per gigabyte on one of the reading threads.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] names the first damage that was found.
    pub async fn integrity_check(&self) -> Result<(), StoreError> {
        // A connection of its own, which has nothing in its cache yet and therefore reads everything from the file.
        let fresh = self.connect(Purpose::Read).map_err(Failure::from)?;
        let checked = self.read(move |_| Ok(open::check(&fresh, "integrity_check"))).await?;
        checked.map_err(StoreError::unavailable)
    }

    async fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.writer().submit(None, self.watched(step)).await
    }

    async fn write_before<T: Send + 'static>(
        &self,
        not_after: Timestamp,
        step: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.writer().submit(Some(not_after), self.watched(step)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        reading: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.readers().submit(self.watched(reading)).await
    }

    /// The same, with what met damage counted and told.
    fn watched<T>(
        &self,
        step: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static {
        let counters = Arc::clone(&self.0.counters);
        move |connection| step(connection).inspect_err(|failure| counters.met(failure))
    }

    fn connect(&self, purpose: Purpose) -> rusqlite::Result<Connection> {
        connection::open(&self.0.path, purpose, self.0.options.busy_timeout)
    }
}

impl Inner {
    fn writer(&self) -> &Queue {
        self.writer.as_ref().expect("it is only taken when nobody has the store any more")
    }

    fn readers(&self) -> &Readers {
        self.readers.as_ref().expect("it is only taken when nobody has the store any more")
    }
}

/// Closes one after the other: the checkpointer, which holds the writer's queue; the readers; and the writer, whose
/// connection is the last and therefore moves the whole log into the file and removes it.
impl Drop for Inner {
    fn drop(&mut self) {
        // Fails only if the thread is gone already.
        let _ = self.signals.send(Signal::Stop);
        join(&mut self.checkpointing);
        self.readers = None;
        join(&mut self.reading);
        self.writer = None;
        join(&mut self.writing);
    }
}

fn join(threads: &mut Vec<JoinHandle<()>>) {
    for thread in threads.drain(..) {
        if thread.join().is_err() {
            tracing::error!("a thread of the store had panicked");
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.0.path).finish_non_exhaustive()
    }
}
