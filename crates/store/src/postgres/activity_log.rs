//! The port `ActivityLog` on PostgreSQL. What must stay true: an entry is written by the very transaction of its change.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, Activity},
    port::{ActivityFilter, ActivityLog, Entry, StoreError},
};
use tokio_postgres::Client;

use super::{
    PgStore,
    failure::Failure,
    mail_tokens, outbox, rows, statements,
    step::{Outcome, in_step},
    value::Value,
};

#[async_trait]
impl ActivityLog for PgStore {
    async fn append(&self, entry: Entry) -> Result<(), StoreError> {
        if entry.letters.is_empty() && entry.tokens.is_empty() {
            let lent = self.lend().await?;
            return Ok(lent.bounded(insert(&lent, &entry)).await?);
        }
        in_step!(self, step => keep(&step, &entry));
        Ok(())
    }

    async fn page(&self, filter: ActivityFilter) -> Result<Vec<Activity>, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(page(&lent, filter)).await?)
    }
}

async fn keep(client: &Client, entry: &Entry) -> Result<Outcome<()>, Failure> {
    insert(client, entry).await?;
    Ok(Outcome::Keep(()))
}

/// Writes an entry, its letters and what they carry as the last part of a step.
pub(super) async fn insert(client: &Client, entry: &Entry) -> Result<(), Failure> {
    let activity = &entry.activity;
    let sql = "INSERT INTO activity (account_id, id, at, user_id, session_id, act, reason, ip, user_agent)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let ip = activity.ip.map(rows::ip_bytes);
    let params = [
        activity.account_id.as_bytes().into(),
        activity.id.as_bytes().into(),
        activity.at.into(),
        Value::Id(activity.user_id.as_ref().map(|id| id.as_bytes())),
        Value::Id(activity.session_id.as_ref().map(|id| id.as_bytes())),
        activity.act.name().into(),
        activity.reason.map(|reason| reason.name()).into(),
        Value::Bytes(ip.as_deref()),
        activity.user_agent.as_ref().map(|agent| agent.as_str()).into(),
    ];
    statements::run(client, sql, &params).await?;
    for token in &entry.tokens {
        mail_tokens::insert(client, token).await?;
    }
    for letter in &entry.letters {
        outbox::insert(client, letter).await?;
    }
    Ok(())
}

/// Removes all entries of an account that is being deleted.
pub(super) async fn remove_all(client: &Client, account: AccountId) -> Result<(), Failure> {
    statements::run(client, "DELETE FROM activity WHERE account_id = $1", &[account.as_bytes().into()]).await?;
    Ok(())
}

async fn page(client: &Client, filter: ActivityFilter) -> Result<Vec<Activity>, Failure> {
    let sql = "SELECT id, at, account_id, user_id, session_id, act, reason, ip, user_agent
               FROM activity
               WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::uuid IS NULL OR user_id = $3)
               ORDER BY id DESC LIMIT $4";
    let params = [
        filter.account.as_bytes().into(),
        Value::Id(filter.before.as_ref().map(|id| id.as_bytes())),
        Value::Id(filter.user.as_ref().map(|id| id.as_bytes())),
        i64::try_from(filter.limit).unwrap_or(i64::MAX).into(),
    ];
    statements::all(client, sql, &params, rows::activity).await
}
