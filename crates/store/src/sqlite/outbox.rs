//! The port `Outbox` on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use gatewright_core::{
    model::{LetterId, Timestamp},
    port::{DueLetter, Entry, LetterFilter, LetterState, LetterSummary, Outbox, OutboxStats, SealedLetter, StoreError},
};
use rusqlite::{Connection, named_params, params};

use super::{
    SqliteStore, activity_log,
    failure::Failure,
    rows::{self, letter_columns},
    statements,
};

#[async_trait]
impl Outbox for SqliteStore {
    async fn put_letter(&self, letter: SealedLetter) -> Result<(), StoreError> {
        self.write(move |connection| insert(connection, &letter)).await
    }

    async fn take_letters(&self, now: Timestamp, hold: Duration, limit: usize) -> Result<Vec<DueLetter>, StoreError> {
        self.write(move |connection| {
            let sql = "UPDATE outbox SET attempts = attempts + 1, due_at = :until, last_error = NULL WHERE id IN
                           (SELECT id FROM outbox WHERE due_at <= :now ORDER BY due_at, id LIMIT :limit)
                       RETURNING id, kind, sealed, written_at, attempts";
            let params = named_params! {
                ":now": now.micros(),
                ":until": now.plus(hold).micros(),
                ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
            };
            let mut taken = statements::all(connection, sql, params, |row| rows::due_letter(row))?;
            taken.sort_by_key(|letter| letter.id);
            Ok(taken)
        })
        .await
    }

    async fn letter_sent(&self, id: LetterId, at: Timestamp) -> Result<bool, StoreError> {
        self.write(move |connection| finish(connection, id, at, LetterState::Sent, None)).await
    }

    async fn letter_failed(
        &self,
        id: LetterId,
        at: Timestamp,
        again: Option<Timestamp>,
        error: &str,
    ) -> Result<bool, StoreError> {
        let error = error.to_owned();
        self.write(move |connection| match again {
            Some(again) => {
                let sql = "UPDATE outbox SET due_at = ?2, last_error = ?3 WHERE id = ?1 AND due_at IS NOT NULL";
                Ok(statements::run(connection, sql, params![id.as_bytes(), again.micros(), error])? == 1)
            }
            None => finish(connection, id, at, LetterState::GivenUp, Some(&error)),
        })
        .await
    }

    async fn retry_letter(&self, id: LetterId, now: Timestamp, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |connection| {
            // While somebody sends it there is no error, and it is due when that has taken too long.
            let sql = "UPDATE outbox SET due_at = ?2 WHERE id = ?1 AND due_at > ?2 AND last_error IS NOT NULL";
            if statements::run(connection, sql, params![id.as_bytes(), now.micros()])? == 0 {
                return Ok(false);
            }
            activity_log::insert(connection, &entry)?;
            Ok(true)
        })
        .await
    }

    async fn letters(&self, filter: LetterFilter) -> Result<Vec<LetterSummary>, StoreError> {
        self.read(move |connection| {
            let sql = concat!(
                "SELECT ",
                letter_columns!(),
                " FROM outbox WHERE id < ?1 AND (?3 IS NULL OR state = ?3) ORDER BY id DESC LIMIT ?2"
            );
            let before = rows::before(filter.before.as_ref().map(LetterId::as_bytes));
            let params = params![before, rows::at_most(filter.limit), filter.state.map(LetterState::name)];
            statements::all(connection, sql, params, |row| rows::letter_summary(row))
        })
        .await
    }

    async fn letter(&self, id: LetterId) -> Result<Option<LetterSummary>, StoreError> {
        self.read(move |connection| {
            let sql = concat!("SELECT ", letter_columns!(), " FROM outbox WHERE id = ?1");
            statements::first(connection, sql, [id.as_bytes()], |row| rows::letter_summary(row))
        })
        .await
    }

    async fn outbox_stats(&self) -> Result<OutboxStats, StoreError> {
        self.read(|connection| {
            let waiting = "SELECT count(*) FROM outbox WHERE due_at IS NOT NULL";
            let given_up = "SELECT count(*) FROM outbox WHERE done_at IS NOT NULL AND state = 'given_up'";
            let oldest = "SELECT written_at FROM outbox WHERE due_at IS NOT NULL ORDER BY id LIMIT 1";
            let count = |sql| -> Result<u64, Failure> {
                Ok(statements::value::<i64>(connection, sql, [])?.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
            };
            let oldest = statements::value(connection, oldest, [])?.map(Timestamp::from_micros);
            Ok(OutboxStats { waiting: count(waiting)?, given_up: count(given_up)?, oldest })
        })
        .await
    }
}

/// Puts a letter into the outbox as part of a step. One to nobody is done at once.
pub(super) fn insert(connection: &Connection, letter: &SealedLetter) -> Result<(), Failure> {
    let sql =
        "INSERT INTO outbox (id, account_id, kind, state, sealed, written_at, attempts, due_at, done_at, last_error)
               VALUES (:id, :account_id, :kind, :state, :sealed, :at, 0, :due_at, :done_at, NULL)";
    let at = letter.at.micros();
    let (state, due_at, done_at) = match &letter.sealed {
        Some(_) => (LetterState::Waiting, Some(at), None),
        None => (LetterState::Sent, None, Some(at)),
    };
    statements::run(
        connection,
        sql,
        named_params! {
            ":id": letter.id.as_bytes(),
            ":account_id": letter.account_id.as_ref().map(|id| id.as_bytes()),
            ":kind": letter.kind,
            ":state": state.name(),
            ":sealed": letter.sealed,
            ":at": at,
            ":due_at": due_at,
            ":done_at": done_at,
        },
    )?;
    Ok(())
}

fn finish(
    connection: &Connection,
    id: LetterId,
    at: Timestamp,
    state: LetterState,
    error: Option<&str>,
) -> Result<bool, Failure> {
    let sql = "UPDATE outbox SET state = ?2, due_at = NULL, done_at = ?3, sealed = NULL, last_error = ?4
               WHERE id = ?1 AND due_at IS NOT NULL";
    Ok(statements::run(connection, sql, params![id.as_bytes(), state.name(), at.micros(), error])? == 1)
}
