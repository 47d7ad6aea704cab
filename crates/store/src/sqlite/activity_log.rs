//! The port `ActivityLog` on SQLite. What must stay true: an entry is written by the very transaction of its change.

use async_trait::async_trait;
use gatewright_core::{
    model::{AccountId, Activity},
    port::{ActivityFilter, ActivityLog, Entry, StoreError},
};
use rusqlite::{Connection, named_params};

use super::{SqliteStore, failure::Failure, mail_tokens, outbox, rows, statements};

#[async_trait]
impl ActivityLog for SqliteStore {
    async fn append(&self, entry: Entry) -> Result<(), StoreError> {
        self.write(move |connection| insert(connection, &entry)).await
    }

    async fn page(&self, filter: ActivityFilter) -> Result<Vec<Activity>, StoreError> {
        self.read(move |connection| page(connection, filter)).await
    }
}

/// Writes an entry, its letters and what they carry as the last part of a step.
pub(super) fn insert(connection: &Connection, entry: &Entry) -> Result<(), Failure> {
    let activity = &entry.activity;
    let sql = "INSERT INTO activity (account_id, id, at, user_id, session_id, act, reason, ip, user_agent)
               VALUES (:account_id, :id, :at, :user_id, :session_id, :act, :reason, :ip, :user_agent)";
    statements::run(
        connection,
        sql,
        named_params! {
            ":account_id": activity.account_id.as_bytes(),
            ":id": activity.id.as_bytes(),
            ":at": activity.at.micros(),
            ":user_id": activity.user_id.as_ref().map(|id| id.as_bytes()),
            ":session_id": activity.session_id.as_ref().map(|id| id.as_bytes()),
            ":act": activity.act.name(),
            ":reason": activity.reason.map(|reason| reason.name()),
            ":ip": activity.ip.map(rows::ip_bytes),
            ":user_agent": activity.user_agent.as_ref().map(|agent| agent.as_str()),
        },
    )?;
    entry.tokens.iter().try_for_each(|token| mail_tokens::insert(connection, token))?;
    entry.letters.iter().try_for_each(|letter| outbox::insert(connection, letter))
}

/// Removes all entries of an account that is being deleted.
pub(super) fn remove_all(connection: &Connection, account: AccountId) -> Result<(), Failure> {
    statements::run(connection, "DELETE FROM activity WHERE account_id = ?1", [account.as_bytes()])?;
    Ok(())
}

fn page(connection: &Connection, filter: ActivityFilter) -> Result<Vec<Activity>, Failure> {
    let sql = "SELECT id, at, account_id, user_id, session_id, act, reason, ip, user_agent
               FROM activity
               WHERE account_id = :account AND (:before IS NULL OR id < :before) AND (:user IS NULL OR user_id = :user)
               ORDER BY id DESC LIMIT :limit";
    let params = named_params! {
        ":account": filter.account.as_bytes(),
        ":before": filter.before.as_ref().map(|id| id.as_bytes()),
        ":user": filter.user.as_ref().map(|id| id.as_bytes()),
        ":limit": i64::try_from(filter.limit).unwrap_or(i64::MAX),
    };
    statements::all(connection, sql, params, |row| rows::activity(row))
}
