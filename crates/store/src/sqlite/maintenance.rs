//! The port `Maintenance` on SQLite.

use async_trait::async_trait;
use gatewright_core::{
    model::Timestamp,
    port::{Maintenance, StoreError, Swept},
};
use rusqlite::{Connection, params};

use super::{SqliteStore, failure::Failure, statements};

#[async_trait]
impl Maintenance for SqliteStore {
    /// Reads a row and writes it back, so that a full disk, a lock and a vanished file all show.
    async fn ping(&self) -> Result<(), StoreError> {
        let clock_high: Option<i64> =
            self.read(|connection| statements::value(connection, "SELECT clock_high FROM meta", [])).await?;
        if clock_high.is_none() {
            return Err(Failure::inconsistent("meta", b"").into());
        }
        self.write(|connection| statements::run(connection, "UPDATE meta SET clock_high = clock_high", [])).await?;
        Ok(())
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.write(move |connection| sweep(connection, now, limit)).await
    }
}

fn sweep(connection: &Connection, now: Timestamp, limit: usize) -> Result<Swept, Failure> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let remove = |sql| statements::run(connection, sql, params![now.micros(), limit]);
    Ok(Swept {
        sessions: remove(
            "DELETE FROM sessions WHERE id IN
             (SELECT id FROM sessions WHERE absolute_end <= ?1 ORDER BY absolute_end LIMIT ?2)",
        )?,
        selections: remove(
            "DELETE FROM spent_selections WHERE token IN
             (SELECT token FROM spent_selections WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2)",
        )?,
        limits: remove(
            "DELETE FROM limits WHERE key IN
             (SELECT key FROM limits WHERE fades_at <= ?1 ORDER BY fades_at LIMIT ?2)",
        )?,
    })
}
