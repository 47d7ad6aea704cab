//! The port `RoleDefinitions` on SQLite.

use async_trait::async_trait;
use gatewright_core::{
    model::{Role, RoleName},
    port::{Entry, RoleDefinitions, StoreError},
};
use rusqlite::{Connection, params};

use super::{SqliteStore, activity_log, failure::Failure, rows, statements};

#[async_trait]
impl RoleDefinitions for SqliteStore {
    async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT name, permissions, changed_at FROM roles ORDER BY name";
            statements::all(connection, sql, [], |row| rows::role(row))
        })
        .await
    }

    async fn put_role(&self, role: Role, max: usize, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| put(connection, &role, max, &entry)).await
    }

    async fn remove_role(&self, name: RoleName, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| remove(connection, &name, &entry)).await
    }
}

fn put(connection: &Connection, role: &Role, max: usize, entry: &Entry) -> Result<bool, Failure> {
    let name = role.name.as_str();
    let others: i64 =
        statements::value(connection, "SELECT count(*) FROM roles WHERE name <> ?1", [name])?.unwrap_or(0);
    let exists = statements::exists(connection, "SELECT 1 FROM roles WHERE name = ?1", [name])?;
    if !exists && usize::try_from(others).is_ok_and(|others| others >= max) {
        return Ok(false);
    }
    let sql = "INSERT INTO roles (name, permissions, changed_at) VALUES (?1, ?2, ?3)
               ON CONFLICT (name) DO UPDATE SET permissions = ?2, changed_at = ?3";
    let permissions = rows::permission_names(&role.permissions);
    statements::run(connection, sql, params![name, permissions, role.changed_at.micros()])?;
    activity_log::insert(connection, entry)?;
    Ok(true)
}

fn remove(connection: &Connection, name: &RoleName, entry: &Entry) -> Result<bool, Failure> {
    if statements::run(connection, "DELETE FROM roles WHERE name = ?1", [name.as_str()])? == 0 {
        return Ok(false);
    }
    activity_log::insert(connection, entry)?;
    Ok(true)
}
