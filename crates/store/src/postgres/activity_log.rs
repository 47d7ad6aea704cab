//! The port `ActivityLog` on PostgreSQL. What must stay true: an entry is written by the very transaction of its change, and
//! waits for nobody because of the chain: it gets its place there afterwards.

mod chain;
mod page;

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, ChainedActivity, Checkpoint, Timestamp, commitment},
    port::{ActivityFilter, ActivityFound, ActivityLog, ChainState, Entry, HourlyCount, StoreError, StoredCheckpoint},
};
use tokio_postgres::Client;

use super::{
    PgStore,
    failure::Failure,
    mail_tokens, outbox, rows,
    rows::checkpoint_columns,
    statements,
    step::{Outcome, in_step},
    value::Value,
};
use crate::activity::{self, CHECKPOINTS, NOTHING};

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

    async fn page(&self, filter: ActivityFilter) -> Result<ActivityFound, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(page::page(&lent, &filter)).await?)
    }

    async fn chain(&self, limit: usize) -> Result<usize, StoreError> {
        Ok(in_step!(self, step => chain::chain(&step, limit)))
    }

    async fn chained(&self, after: u64, limit: usize) -> Result<Vec<ChainedActivity>, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(chain::chained(&lent, after, limit)).await?)
    }

    async fn chain_state(&self) -> Result<ChainState, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(chain::state(&lent)).await?)
    }

    async fn keep_checkpoint(&self, checkpoint: StoredCheckpoint) -> Result<(), StoreError> {
        in_step!(self, step => keep_checkpoint(&step, &checkpoint));
        Ok(())
    }

    async fn checkpoints(&self, limit: usize) -> Result<Vec<StoredCheckpoint>, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(checkpoints(&lent, limit)).await?)
    }

    async fn prune(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        Ok(in_step!(self, step => chain::prune(&step, before, limit)))
    }

    async fn erase_personal(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        Ok(in_step!(self, step => chain::erase_personal(&step, before, limit)))
    }

    async fn count(&self, counts: Vec<HourlyCount>) -> Result<(), StoreError> {
        let counts = activity::added(counts.into_iter());
        let lent = self.lend().await?;
        Ok(lent.bounded(count(&lent, &counts)).await?)
    }

    async fn counts(&self, since: Timestamp, until: Timestamp) -> Result<Vec<HourlyCount>, StoreError> {
        let sql = "SELECT hour, what, count FROM activity_counts WHERE hour >= $1 AND hour < $2 ORDER BY hour, what";
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::all(&lent, sql, &[since.into(), until.into()], rows::hourly_count)).await?)
    }

    async fn forget_counts(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(forget_counts(&lent, before, limit)).await?)
    }
}

async fn keep(client: &Client, entry: &Entry) -> Result<Outcome<()>, Failure> {
    insert(client, entry).await?;
    Ok(Outcome::Keep(()))
}

/// Writes an entry, its letters and what they carry as the last part of a step.
pub(super) async fn insert(client: &Client, entry: &Entry) -> Result<(), Failure> {
    let activity = &entry.activity;
    let sql = "INSERT INTO activity (account_id, id, at, user_id, session_id, act, reason, actor, actor_id, detail, ip,
                                     user_agent, salt, commitment)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let account = activity::account_bytes(activity.account_id);
    let detail = rows::object(&activity.detail);
    let ip = activity.ip.map(rows::ip_bytes);
    let commitment = commitment(activity);
    let params = [
        (&account).into(),
        activity.id.as_bytes().into(),
        activity.at.into(),
        Value::Id(activity.user_id.as_ref().map(|id| id.as_bytes())),
        Value::Id(activity.session_id.as_ref().map(|id| id.as_bytes())),
        activity.act.name().into(),
        activity.reason.map(|reason| reason.name()).into(),
        activity.actor.kind().into(),
        Value::Id(activity.actor.id()),
        detail.as_str().into(),
        Value::Bytes(ip.as_deref()),
        activity.user_agent.as_ref().map(|agent| agent.as_str()).into(),
        Value::Bytes(activity.salt.as_ref().map(|salt| &salt[..])),
        Value::Bytes(commitment.as_ref().map(|commitment| &commitment[..])),
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

/// Erases what is personal in all entries of an account that is being deleted. They are locked in the order of the chain, in which
/// whoever removes or erases old ones locks them, too.
pub(super) async fn erase_all(client: &Client, account: AccountId) -> Result<(), Failure> {
    let sql = "SELECT count(*) FROM (
                   SELECT 1 FROM activity WHERE account_id = $1 AND (salt IS NOT NULL OR commitment IS NULL)
                   ORDER BY seq FOR UPDATE) AS locked";
    statements::rows(client, sql, &[account.as_bytes().into()]).await?;
    let sql = "UPDATE activity SET ip = NULL, user_agent = NULL, salt = NULL, commitment = coalesce(commitment, $2)
               WHERE account_id = $1 AND (salt IS NOT NULL OR commitment IS NULL)";
    statements::run(client, sql, &[account.as_bytes().into(), Value::Bytes(Some(&NOTHING))]).await?;
    Ok(())
}

/// Adds to what was counted.
async fn count(client: &Client, counts: &[HourlyCount]) -> Result<(), Failure> {
    let sql = "INSERT INTO activity_counts (hour, what, count) SELECT * FROM unnest($1::int8[], $2::text[], $3::int8[])
               ON CONFLICT (hour, what) DO UPDATE SET count = activity_counts.count + excluded.count";
    let hours: Vec<_> = counts.iter().map(|count| Some(count.hour.micros())).collect();
    let names: Vec<_> = counts.iter().map(|count| Some(count.what.as_str())).collect();
    let sums: Vec<_> = counts.iter().map(|count| Some(activity::number(count.count))).collect();
    statements::run(client, sql, &[Value::Numbers(&hours), Value::Texts(&names), Value::Numbers(&sums)]).await?;
    Ok(())
}

/// Removes the oldest counts. They are locked in the order in which whoever adds to them locks them.
async fn forget_counts(client: &Client, before: Timestamp, limit: usize) -> Result<usize, Failure> {
    let sql = "DELETE FROM activity_counts WHERE (hour, what) IN (
                   SELECT hour, what FROM activity_counts WHERE hour < $1 ORDER BY hour, what LIMIT $2 FOR UPDATE)";
    let removed = statements::run(client, sql, &[before.into(), activity::rows(limit).into()]).await?;
    Ok(usize::try_from(removed).unwrap_or(usize::MAX))
}

async fn keep_checkpoint(client: &Client, kept: &StoredCheckpoint) -> Result<Outcome<()>, Failure> {
    let Checkpoint { begin, head, personal_since, at } = kept.checkpoint;
    let sql =
        "INSERT INTO activity_checkpoints (head_seq, at, head_digest, begin_seq, begin_digest, personal_since, signed)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (head_seq, at) DO UPDATE
               SET head_digest = $3, begin_seq = $4, begin_digest = $5, personal_since = $6, signed = $7";
    let params = [
        activity::number(head.seq).into(),
        at.into(),
        Value::Bytes(Some(&head.digest)),
        activity::number(begin.seq).into(),
        Value::Bytes(Some(&begin.digest)),
        personal_since.into(),
        kept.signed.as_str().into(),
    ];
    statements::run(client, sql, &params).await?;
    let sql = "DELETE FROM activity_checkpoints WHERE (head_seq, at) <=
               (SELECT head_seq, at FROM activity_checkpoints ORDER BY head_seq DESC, at DESC LIMIT 1 OFFSET $1)";
    statements::run(client, sql, &[CHECKPOINTS.into()]).await?;
    Ok(Outcome::Keep(()))
}

async fn checkpoints(client: &Client, limit: usize) -> Result<Vec<StoredCheckpoint>, Failure> {
    let sql = concat!(
        "SELECT ",
        checkpoint_columns!(),
        " FROM activity_checkpoints ORDER BY head_seq DESC, at DESC LIMIT $1"
    );
    statements::all(client, sql, &[activity::rows(limit).into()], rows::checkpoint).await
}
