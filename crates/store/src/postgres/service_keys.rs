//! The port `ServiceKeys` on PostgreSQL.

use async_trait::async_trait;
use gatewright_core::{
    model::{SecretHash, ServiceKey, ServiceKeyId, Timestamp},
    port::{Entry, ServiceKeys, StoreError},
};
use tokio_postgres::Client;

use super::{
    PgStore, activity_log,
    failure::Failure,
    guard::{self, Guard},
    rows,
    rows::NOTED_EVERY,
    statements,
    step::{Outcome, in_step},
    value::Value,
};

#[async_trait]
impl ServiceKeys for PgStore {
    async fn keep_service_key(&self, key: ServiceKey, max: usize, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => keep(&step, &key, max, &entry)))
    }

    async fn service_keys(&self) -> Result<Vec<ServiceKey>, StoreError> {
        let sql = "SELECT id, name, permissions, hash, created_at, ends_at, used_at FROM service_keys
                   ORDER BY created_at DESC, id DESC";
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::all(&lent, sql, &[], rows::service_key)).await?)
    }

    async fn service_key(&self, hash: SecretHash) -> Result<Option<ServiceKey>, StoreError> {
        let sql = "SELECT id, name, permissions, hash, created_at, ends_at, used_at FROM service_keys WHERE hash = $1";
        let params = [Value::Bytes(Some(hash.as_bytes()))];
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::first(&lent, sql, &params, rows::service_key)).await?)
    }

    /// Of several at once one writes: the others wait for it, and find that it was noted.
    async fn note_service_key_use(&self, id: ServiceKeyId, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE service_keys SET used_at = $3 WHERE id = $1 AND (used_at IS NULL OR used_at <= $2)";
        let params = [id.as_bytes().into(), at.minus(NOTED_EVERY).into(), at.into()];
        let lent = self.lend().await?;
        lent.bounded(statements::run(&lent, sql, &params)).await?;
        Ok(())
    }

    async fn revoke_service_key(&self, id: ServiceKeyId, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => revoke(&step, id, &entry)))
    }
}

async fn keep(client: &Client, key: &ServiceKey, max: usize, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    guard::take(client, Guard::ServiceKeys).await?;
    if statements::rows(client, "SELECT 1 FROM service_keys", &[]).await?.len() >= max {
        return Ok(Outcome::Undo(false));
    }
    let sql = "INSERT INTO service_keys (id, name, permissions, hash, created_at, ends_at, used_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let permissions = rows::permission_names(&key.permissions);
    let params = [
        key.id.as_bytes().into(),
        key.name.as_str().into(),
        permissions.as_str().into(),
        Value::Bytes(Some(key.hash.as_bytes())),
        key.created_at.into(),
        key.ends_at.into(),
        key.used_at.into(),
    ];
    statements::run(client, sql, &params).await?;
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}

async fn revoke(client: &Client, id: ServiceKeyId, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    if statements::run(client, "DELETE FROM service_keys WHERE id = $1", &[id.as_bytes().into()]).await? == 0 {
        return Ok(Outcome::Undo(false));
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}
