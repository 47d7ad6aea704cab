//! The port `ServiceKeys` on SQLite.

use async_trait::async_trait;
use gatewright_core::{
    model::{SecretHash, ServiceKey, ServiceKeyId, Timestamp},
    port::{Entry, ServiceKeys, StoreError},
};
use rusqlite::{Connection, named_params, params};

use super::{SqliteStore, activity_log, failure::Failure, rows, rows::NOTED_EVERY, statements};

#[async_trait]
impl ServiceKeys for SqliteStore {
    async fn keep_service_key(&self, key: ServiceKey, max: usize, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| keep(connection, &key, max, &entry)).await
    }

    async fn service_keys(&self) -> Result<Vec<ServiceKey>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT id, name, permissions, hash, created_at, ends_at, used_at FROM service_keys
                       ORDER BY created_at DESC, id DESC";
            statements::all(connection, sql, [], |row| rows::service_key(row))
        })
        .await
    }

    async fn service_key(&self, hash: SecretHash) -> Result<Option<ServiceKey>, StoreError> {
        self.read(move |connection| {
            let sql =
                "SELECT id, name, permissions, hash, created_at, ends_at, used_at FROM service_keys WHERE hash = ?1";
            statements::first(connection, sql, [hash.as_bytes()], |row| rows::service_key(row))
        })
        .await
    }

    /// Looks first: what has nothing to write does not wait for the writer.
    async fn note_service_key_use(&self, id: ServiceKeyId, at: Timestamp) -> Result<(), StoreError> {
        let (at, due) = (at.micros(), at.minus(NOTED_EVERY).micros());
        let sql = "SELECT 1 FROM service_keys WHERE id = ?1 AND (used_at IS NULL OR used_at <= ?2)";
        if !self.read(move |connection| statements::exists(connection, sql, params![id.as_bytes(), due])).await? {
            return Ok(());
        }
        let sql = "UPDATE service_keys SET used_at = ?3 WHERE id = ?1 AND (used_at IS NULL OR used_at <= ?2)";
        self.write(move |connection| statements::run(connection, sql, params![id.as_bytes(), due, at])).await?;
        Ok(())
    }

    async fn revoke_service_key(&self, id: ServiceKeyId, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| revoke(connection, id, &entry)).await
    }
}

fn keep(connection: &Connection, key: &ServiceKey, max: usize, entry: &Entry) -> Result<bool, Failure> {
    let count: i64 = statements::value(connection, "SELECT count(*) FROM service_keys", [])?.unwrap_or(0);
    if usize::try_from(count).is_ok_and(|count| count >= max) {
        return Ok(false);
    }
    let sql = "INSERT INTO service_keys (id, name, permissions, hash, created_at, ends_at, used_at)
               VALUES (:id, :name, :permissions, :hash, :created_at, :ends_at, :used_at)";
    statements::run(
        connection,
        sql,
        named_params! {
            ":id": key.id.as_bytes(),
            ":name": key.name,
            ":permissions": rows::permission_names(&key.permissions),
            ":hash": key.hash.as_bytes(),
            ":created_at": key.created_at.micros(),
            ":ends_at": key.ends_at.map(Timestamp::micros),
            ":used_at": key.used_at.map(Timestamp::micros),
        },
    )?;
    activity_log::insert(connection, entry)?;
    Ok(true)
}

fn revoke(connection: &Connection, id: ServiceKeyId, entry: &Entry) -> Result<bool, Failure> {
    if statements::run(connection, "DELETE FROM service_keys WHERE id = ?1", [id.as_bytes()])? == 0 {
        return Ok(false);
    }
    activity_log::insert(connection, entry)?;
    Ok(true)
}
