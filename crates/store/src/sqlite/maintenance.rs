//! The port `Maintenance` on SQLite.

use async_trait::async_trait;
use gatewright_core::{
    model::{NodeId, Timestamp, Work},
    port::{DELIVERIES_KEPT, Maintenance, StoreError, Swept},
};
use rusqlite::{Connection, named_params, params};

use super::{SqliteStore, failure::Failure, rows::LETTERS_KEPT, statements};

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

    async fn lease(&self, work: Work, holder: NodeId, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let sql = "INSERT INTO leases (work, holder, until) VALUES (:work, :holder, :until)
                   ON CONFLICT (work) DO UPDATE SET holder = :holder, until = :until
                   WHERE holder = :holder OR until <= :now";
        self.write(move |connection| {
            let params = named_params! {
                ":work": work.name(), ":holder": holder.as_bytes(), ":now": now.micros(), ":until": until.micros(),
            };
            Ok(statements::run(connection, sql, params)? == 1)
        })
        .await
    }

    async fn release(&self, work: Work, holder: NodeId) -> Result<(), StoreError> {
        let sql = "DELETE FROM leases WHERE work = ?1 AND holder = ?2";
        self.write(move |connection| statements::run(connection, sql, params![work.name(), holder.as_bytes()])).await?;
        Ok(())
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
        mail_tokens: remove(
            "DELETE FROM mail_tokens WHERE id IN
             (SELECT id FROM mail_tokens WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2)",
        )?,
        letters: statements::run(
            connection,
            "DELETE FROM outbox WHERE id IN
             (SELECT id FROM outbox WHERE done_at <= ?1 ORDER BY done_at LIMIT ?2)
             OR id IN (SELECT id FROM outbox WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2)",
            params![now.minus(LETTERS_KEPT).micros(), limit],
        )?,
        deliveries: statements::run(
            connection,
            "DELETE FROM deliveries WHERE id IN
             (SELECT id FROM deliveries WHERE created_at <= ?1 ORDER BY created_at LIMIT ?2)",
            params![now.minus(DELIVERIES_KEPT).micros(), limit],
        )?,
    })
}
