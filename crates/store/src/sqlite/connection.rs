//! How connections are opened. What must stay true: every connection goes through the layer that keeps a checksum in
//! each page; whoever writes has `synchronous=FULL` and foreign keys, and leaves no page unwritten; nobody but the checkpointer
//! checkpoints; readers cannot write.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::pages;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Changes rows.
    Write,
    /// Only looks.
    Read,
    /// Moves pages from the log into the database file.
    Checkpoint,
    /// Changes rows as the only connection that there is, of any process.
    Alone,
}

/// The log is cut back to this size when it starts anew, so that a burst does not occupy the disk for ever.
const LOG_LIMIT_BYTES: i64 = 64 * 1024 * 1024;
/// After so many pages of the log (32 MiB) the only connection moves them into the file.
const PAGES_PER_CHECKPOINT: i64 = 8 * 1024;
/// How many prepared statements a connection keeps; there are fewer than fifty in all.
const STATEMENTS: usize = 64;

/// Opens an existing database file. `secure_delete` overwrites what was deleted; and SQLite then writes a page also when it was
/// added and freed at once, which otherwise would stay a hole of zeros in the file, without a checksum.
pub(super) fn open(path: &Path, purpose: Purpose, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    // No mutex: each connection belongs to one thread. No URI: a path is a path, whatever characters it has.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(path, flags, pages::layer())?;
    connection.busy_timeout(busy_timeout)?;
    if purpose == Purpose::Alone {
        // Before anything else: the first reading then needs the lock that nobody else may hold at the same time.
        connection.pragma_update_and_check(None, "locking_mode", "exclusive", |row| row.get::<_, String>(0))?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without this guarantee, SQLite compiles a cached statement anew for each set of parameters, in the hope of a better
    // plan: ten times the work of the statement itself. All our plans are lookups by key.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Nobody needs to write into the schema's own tables, and a spoilt schema must not make us do it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    match purpose {
        Purpose::Write => {
            connection.pragma_update(None, "synchronous", "full")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "journal_size_limit", LOG_LIMIT_BYTES)?;
            connection.pragma_update(None, "secure_delete", true)?;
            connection.pragma_update(None, "cache_size", -16 * 1024)?;
        }
        Purpose::Read => {
            connection.pragma_update(None, "query_only", true)?;
            connection.pragma_update(None, "cache_size", -4 * 1024)?;
        }
        Purpose::Alone => {
            // A commit is in order with those before it, but may be lost with the power; the last one is made durable.
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "secure_delete", true)?;
            connection.pragma_update(None, "wal_autocheckpoint", PAGES_PER_CHECKPOINT)?;
            connection.pragma_update(None, "cache_size", -64 * 1024)?;
        }
        Purpose::Checkpoint => connection.pragma_update(None, "synchronous", "full")?,
    }
    Ok(connection)
}
