//! The port `ActivityLog` on SQLite. What must stay true: an entry is written by the very transaction of its change, and gets
//! its place in the chain by it: there is one writer, so nobody waits for another because of that.

mod chain;
mod page;

use std::iter;

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, ChainedActivity, Checkpoint, Link, Timestamp, link},
    port::{ActivityFilter, ActivityFound, ActivityLog, ChainState, Entry, HourlyCount, StoreError, StoredCheckpoint},
};
use rusqlite::{Connection, named_params, params};

use super::{SqliteStore, failure::Failure, mail_tokens, outbox, rows, rows::checkpoint_columns, statements};
use crate::activity::{self, CHECKPOINTS, NOTHING};

#[async_trait]
impl ActivityLog for SqliteStore {
    async fn append(&self, entry: Entry) -> Result<(), StoreError> {
        self.write(move |connection| insert(connection, &entry)).await
    }

    async fn page(&self, filter: ActivityFilter) -> Result<ActivityFound, StoreError> {
        self.read(move |connection| page::page(connection, &filter)).await
    }

    async fn chain(&self, limit: usize) -> Result<usize, StoreError> {
        self.write(move |connection| chain::chain(connection, limit)).await
    }

    async fn chained(&self, after: u64, limit: usize) -> Result<Vec<ChainedActivity>, StoreError> {
        self.read(move |connection| chain::chained(connection, after, limit)).await
    }

    async fn chain_state(&self) -> Result<ChainState, StoreError> {
        self.read(chain::state).await
    }

    async fn keep_checkpoint(&self, checkpoint: StoredCheckpoint) -> Result<(), StoreError> {
        self.write(move |connection| keep_checkpoint(connection, &checkpoint)).await
    }

    async fn checkpoints(&self, limit: usize) -> Result<Vec<StoredCheckpoint>, StoreError> {
        self.read(move |connection| checkpoints(connection, limit)).await
    }

    async fn prune(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.write(move |connection| chain::prune(connection, before, limit)).await
    }

    async fn erase_personal(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.write(move |connection| chain::erase_personal(connection, before, limit)).await
    }

    async fn count(&self, counts: Vec<HourlyCount>) -> Result<(), StoreError> {
        self.write(move |connection| count(connection, &activity::added(counts.into_iter()))).await
    }

    async fn counts(&self, since: Timestamp, until: Timestamp) -> Result<Vec<HourlyCount>, StoreError> {
        let sql = "SELECT hour, what, count FROM activity_counts WHERE hour >= ?1 AND hour < ?2 ORDER BY hour, what";
        self.read(move |connection| {
            statements::all(connection, sql, [since.micros(), until.micros()], |row| rows::hourly_count(row))
        })
        .await
    }

    async fn forget_counts(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.write(move |connection| forget_counts(connection, before, limit)).await
    }
}

/// Writes an entry in its place, its letters and what they carry as the last part of a step.
pub(super) fn insert(connection: &Connection, entry: &Entry) -> Result<(), Failure> {
    let activity = &entry.activity;
    let commitment = activity::committed(activity);
    let place = link(&chain::head(connection)?, activity, &commitment);
    let sql = "INSERT INTO activity (account_id, id, at, user_id, session_id, act, reason, actor, actor_id, detail, ip,
                                     user_agent, salt, commitment, seq, digest)
               VALUES (:account_id, :id, :at, :user_id, :session_id, :act, :reason, :actor, :actor_id, :detail, :ip,
                       :user_agent, :salt, :commitment, :seq, :digest)";
    statements::run(
        connection,
        sql,
        named_params! {
            ":account_id": activity::account_bytes(activity.account_id),
            ":id": activity.id.as_bytes(),
            ":at": activity.at.micros(),
            ":user_id": activity.user_id.as_ref().map(|id| id.as_bytes()),
            ":session_id": activity.session_id.as_ref().map(|id| id.as_bytes()),
            ":act": activity.act.name(),
            ":reason": activity.reason.map(|reason| reason.name()),
            ":actor": activity.actor.kind(),
            ":actor_id": activity.actor.id(),
            ":detail": rows::object(&activity.detail),
            ":ip": activity.ip.map(rows::ip_bytes),
            ":user_agent": activity.user_agent.as_ref().map(|agent| agent.as_str()),
            ":salt": activity.salt,
            ":commitment": commitment,
            ":seq": activity::number(place.seq),
            ":digest": place.digest,
        },
    )?;
    chain::added(connection, place, iter::once(activity))?;
    entry.tokens.iter().try_for_each(|token| mail_tokens::insert(connection, token))?;
    entry.letters.iter().try_for_each(|letter| outbox::insert(connection, letter))
}

/// Erases what is personal in all entries of an account that is being deleted.
pub(super) fn erase_all(connection: &Connection, account: AccountId) -> Result<(), Failure> {
    let sql = "UPDATE activity SET ip = NULL, user_agent = NULL, salt = NULL, commitment = coalesce(commitment, ?2)
               WHERE account_id = ?1 AND (salt IS NOT NULL OR commitment IS NULL)";
    statements::run(connection, sql, params![account.as_bytes(), NOTHING])?;
    Ok(())
}

/// Adds to what was counted.
fn count(connection: &Connection, counts: &[HourlyCount]) -> Result<(), Failure> {
    let sql = "INSERT INTO activity_counts (hour, what, count) VALUES (?1, ?2, ?3)
               ON CONFLICT (hour, what) DO UPDATE SET count = count + excluded.count";
    for HourlyCount { hour, what, count } in counts {
        statements::run(connection, sql, params![hour.micros(), what, activity::number(*count)])?;
    }
    Ok(())
}

/// Removes the oldest counts.
fn forget_counts(connection: &Connection, before: Timestamp, limit: usize) -> Result<usize, Failure> {
    let sql = "DELETE FROM activity_counts WHERE (hour, what) IN (
                   SELECT hour, what FROM activity_counts WHERE hour < ?1 ORDER BY hour, what LIMIT ?2)";
    statements::run(connection, sql, [before.micros(), activity::rows(limit)])
}

fn keep_checkpoint(connection: &Connection, kept: &StoredCheckpoint) -> Result<(), Failure> {
    let Checkpoint { begin, head, personal_since, at } = kept.checkpoint;
    let sql =
        "INSERT INTO activity_checkpoints (head_seq, at, head_digest, begin_seq, begin_digest, personal_since, signed)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (head_seq, at) DO UPDATE
               SET head_digest = ?3, begin_seq = ?4, begin_digest = ?5, personal_since = ?6, signed = ?7";
    let Link { seq, digest } = begin;
    statements::run(
        connection,
        sql,
        params![
            activity::number(head.seq),
            at.micros(),
            head.digest,
            activity::number(seq),
            digest,
            personal_since.micros(),
            kept.signed,
        ],
    )?;
    let sql = "DELETE FROM activity_checkpoints WHERE (head_seq, at) <=
               (SELECT head_seq, at FROM activity_checkpoints ORDER BY head_seq DESC, at DESC LIMIT 1 OFFSET ?1)";
    statements::run(connection, sql, [CHECKPOINTS])?;
    Ok(())
}

fn checkpoints(connection: &Connection, limit: usize) -> Result<Vec<StoredCheckpoint>, Failure> {
    let sql = concat!(
        "SELECT ",
        checkpoint_columns!(),
        " FROM activity_checkpoints ORDER BY head_seq DESC, at DESC LIMIT ?1"
    );
    statements::all(connection, sql, [activity::rows(limit)], |row| rows::checkpoint(row))
}
