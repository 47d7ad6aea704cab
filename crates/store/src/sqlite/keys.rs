//! The port `Keys` on SQLite.

use async_trait::async_trait;
use gatewright_core::port::{Keys, StoreError, StoredKey, StoredKeys};
use rusqlite::{Connection, named_params};

use super::{SqliteStore, failure::Failure, rows::Cursor, statements};

#[async_trait]
impl Keys for SqliteStore {
    async fn keys(&self) -> Result<StoredKeys, StoreError> {
        self.read(read).await
    }

    async fn replace(&self, seen: i64, keys: Vec<StoredKey>) -> Result<bool, StoreError> {
        self.write(move |connection| replace(connection, seen, &keys)).await
    }
}

fn read(connection: &Connection) -> Result<StoredKeys, Failure> {
    // One consistent reading: version and keys belong together.
    let reading = connection.unchecked_transaction()?;
    let version = statements::value(&reading, "SELECT keys_version FROM meta", [])?.unwrap_or(0);
    let sql = "SELECT kid, state, created_at, published_at, signing_since, retiring_since, sealed
               FROM signing_keys ORDER BY position";
    let keys = statements::all(&reading, sql, [], |row| {
        let mut cursor = Cursor::new(row, "signing_keys", 0);
        Ok(StoredKey {
            kid: cursor.text()?,
            state: cursor.text()?,
            created_at: cursor.number()?,
            published_at: cursor.optional_number()?,
            signing_since: cursor.optional_number()?,
            retiring_since: cursor.optional_number()?,
            sealed: cursor.blob()?,
        })
    })?;
    Ok(StoredKeys { version, keys })
}

fn replace(connection: &Connection, seen: i64, keys: &[StoredKey]) -> Result<bool, Failure> {
    let sql = "UPDATE meta SET keys_version = keys_version + 1 WHERE keys_version = ?1";
    if statements::run(connection, sql, [seen])? == 0 {
        return Ok(false);
    }
    statements::run(connection, "DELETE FROM signing_keys", [])?;
    let sql = "INSERT INTO signing_keys (kid, position, state, created_at, published_at, signing_since, retiring_since,
                                         sealed)
               VALUES (:kid, :position, :state, :created_at, :published_at, :signing_since, :retiring_since, :sealed)";
    for (position, key) in (0_i64..).zip(keys) {
        statements::run(
            connection,
            sql,
            named_params! {
                ":kid": key.kid,
                ":position": position,
                ":state": key.state,
                ":created_at": key.created_at,
                ":published_at": key.published_at,
                ":signing_since": key.signing_since,
                ":retiring_since": key.retiring_since,
                ":sealed": key.sealed,
            },
        )?;
    }
    Ok(true)
}
