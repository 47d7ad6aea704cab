//! The port `RoleDefinitions` on PostgreSQL.

use async_trait::async_trait;
use gatewright_core::{
    model::{Role, RoleName},
    port::{Entry, RoleDefinitions, StoreError},
};
use tokio_postgres::Client;

use super::{
    PgStore, activity_log,
    failure::Failure,
    guard::{self, Guard},
    rows, statements,
    step::{Outcome, in_step},
};

#[async_trait]
impl RoleDefinitions for PgStore {
    async fn roles(&self) -> Result<Vec<Role>, StoreError> {
        let sql = "SELECT name, permissions, changed_at FROM roles ORDER BY name";
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::all(&lent, sql, &[], rows::role)).await?)
    }

    async fn put_role(&self, role: Role, max: usize, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => put(&step, &role, max, &entry)))
    }

    async fn remove_role(&self, name: RoleName, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => remove(&step, &name, &entry)))
    }
}

async fn put(client: &Client, role: &Role, max: usize, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    guard::take(client, Guard::Roles).await?;
    let name = role.name.as_str();
    let others = statements::rows(client, "SELECT 1 FROM roles WHERE name <> $1", &[name.into()]).await?;
    if others.len() >= max && !statements::exists(client, "SELECT 1 FROM roles WHERE name = $1", &[name.into()]).await?
    {
        return Ok(Outcome::Undo(false));
    }
    let sql = "INSERT INTO roles (name, permissions, changed_at) VALUES ($1, $2, $3)
               ON CONFLICT (name) DO UPDATE SET permissions = $2, changed_at = $3";
    let permissions = rows::permission_names(&role.permissions);
    statements::run(client, sql, &[name.into(), permissions.as_str().into(), role.changed_at.into()]).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}

async fn remove(client: &Client, name: &RoleName, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    if statements::run(client, "DELETE FROM roles WHERE name = $1", &[name.as_str().into()]).await? == 0 {
        return Ok(Outcome::Undo(false));
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}
