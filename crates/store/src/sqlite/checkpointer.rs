//! The thread that moves pages from the write-ahead log into the database file, so that the writer never does. What must
//! stay true: the log does not grow without bound, and the writer waits at most for one small step.

use std::{io, sync::Arc, time::Duration};

use rusqlite::Connection;

use super::{failure::Failure, stats::Counters, threads, writer::Queue};
use crate::sync::{
    JoinHandle,
    mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
};

/// Why the thread wakes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// There is something to move.
    Look,
    /// The store is being closed.
    Stop,
}

/// A quiet store is looked at so often: what a burst left in the log is moved, too.
const IDLE: Duration = Duration::from_secs(1);
/// SQLite starts the log anew by itself when everything was moved and nobody reads it. Under constant load that never
/// happens. From so many pages on (64 MiB) the writer is stopped for a moment so that it does.
const RESTART_FROM_PAGES: u64 = 16 * 1024;

/// How long a restart of the log waits for readings that are under way, with the writer stopped.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);

/// The channel that wakes the thread: one signal fits, more would say the same.
pub(super) fn signals() -> (SyncSender<Signal>, Receiver<Signal>) {
    sync_channel(1)
}

/// Starts the thread. It ends at [`Signal::Stop`], or when nobody is left to signal.
pub(super) fn start(
    connection: Connection,
    signals: Receiver<Signal>,
    writer: Queue,
    counters: Arc<Counters>,
) -> io::Result<JoinHandle<()>> {
    threads::start("gw-sqlite-ckpt", move || {
        let mut moved = 0;
        loop {
            match signals.recv_timeout(IDLE) {
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Signal::Look) | Err(RecvTimeoutError::Timeout) => {}
            }
            match step(&connection, &writer, &counters, moved) {
                Ok(pages) => moved = pages,
                Err(failure) => {
                    counters.met(&failure);
                    tracing::warn!(error = ?failure, "the write-ahead log could not be moved into the database");
                }
            }
        }
    })
}

/// One small step. Answers how many pages of the log are in the database file now.
fn step(connection: &Connection, writer: &Queue, counters: &Counters, before: u64) -> Result<u64, Failure> {
    let (log, moved) = checkpoint(connection, "PASSIVE")?;
    if moved != before {
        counters.checkpointed(log);
    }
    if log < RESTART_FROM_PAGES {
        return Ok(moved);
    }
    // Almost everything is moved already; what came since is little. With the writer stopped, the log can start anew.
    if let Some(restarted) = writer.paused(|| checkpoint(connection, "RESTART")) {
        restarted?;
        counters.log_restarted();
    }
    Ok(0)
}

/// Pages in the log, and pages of it that are in the database file.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<(u64, u64)> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        // -1 where there is no log yet.
        let pages = |index| row.get::<_, i64>(index).map(|count| u64::try_from(count).unwrap_or(0));
        Ok((pages(1)?, pages(2)?))
    })
}
