//! The port `Outbox` on PostgreSQL. Of several nodes each takes what no other is taking at the moment.

use std::time::Duration;

use async_trait::async_trait;
use gatewright_core::{
    model::{LetterId, Timestamp},
    port::{DueLetter, Entry, LetterFilter, LetterState, LetterSummary, Outbox, OutboxStats, SealedLetter, StoreError},
};
use tokio_postgres::Client;

use super::{
    PgStore, activity_log,
    failure::Failure,
    rows::{self, Cursor, letter_columns},
    statements,
    step::{Outcome, in_step},
    value::Value,
};

#[async_trait]
impl Outbox for PgStore {
    async fn put_letter(&self, letter: SealedLetter) -> Result<(), StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(insert(&lent, &letter)).await?)
    }

    async fn take_letters(&self, now: Timestamp, hold: Duration, limit: usize) -> Result<Vec<DueLetter>, StoreError> {
        let sql = "UPDATE outbox SET attempts = attempts + 1, due_at = $2, last_error = NULL WHERE id = ANY (ARRAY(
                       SELECT id FROM outbox WHERE due_at <= $1 ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED))
                   RETURNING id, kind, sealed, written_at, attempts";
        let params = [now.into(), now.plus(hold).into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
        let lent = self.lend().await?;
        let mut taken = lent.bounded(statements::all(&lent, sql, &params, rows::due_letter)).await?;
        taken.sort_by_key(|letter| letter.id);
        Ok(taken)
    }

    async fn letter_sent(&self, id: LetterId, at: Timestamp) -> Result<bool, StoreError> {
        let lent = self.lend().await?;
        Ok(lent.bounded(finish(&lent, id, at, LetterState::Sent, None)).await?)
    }

    async fn letter_failed(
        &self,
        id: LetterId,
        at: Timestamp,
        again: Option<Timestamp>,
        error: &str,
    ) -> Result<bool, StoreError> {
        let lent = self.lend().await?;
        let Some(again) = again else {
            return Ok(lent.bounded(finish(&lent, id, at, LetterState::GivenUp, Some(error))).await?);
        };
        let sql = "UPDATE outbox SET due_at = $2, last_error = $3 WHERE id = $1 AND due_at IS NOT NULL";
        let params = [id.as_bytes().into(), again.into(), error.into()];
        Ok(lent.bounded(statements::run(&lent, sql, &params)).await? == 1)
    }

    async fn retry_letter(&self, id: LetterId, now: Timestamp, entry: Entry) -> Result<bool, StoreError> {
        Ok(in_step!(self, step => retry(&step, id, now, &entry)))
    }

    async fn letters(&self, filter: LetterFilter) -> Result<Vec<LetterSummary>, StoreError> {
        let lent = self.lend().await?;
        let before = rows::before(filter.before.as_ref().map(LetterId::as_bytes));
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let Some(state) = filter.state else {
            let sql = concat!("SELECT ", letter_columns!(), " FROM outbox WHERE id < $1 ORDER BY id DESC LIMIT $2");
            let params = [(&before).into(), limit.into()];
            return Ok(lent.bounded(statements::all(&lent, sql, &params, rows::letter_summary)).await?);
        };
        let sql = concat!(
            "SELECT ",
            letter_columns!(),
            " FROM outbox WHERE id < $1 AND state = $3 ORDER BY id DESC LIMIT $2"
        );
        let params = [(&before).into(), limit.into(), state.name().into()];
        Ok(lent.bounded(statements::all(&lent, sql, &params, rows::letter_summary)).await?)
    }

    async fn letter(&self, id: LetterId) -> Result<Option<LetterSummary>, StoreError> {
        let sql = concat!("SELECT ", letter_columns!(), " FROM outbox WHERE id = $1");
        let lent = self.lend().await?;
        Ok(lent.bounded(statements::first(&lent, sql, &[id.as_bytes().into()], rows::letter_summary)).await?)
    }

    async fn outbox_stats(&self) -> Result<OutboxStats, StoreError> {
        let sql = "SELECT (SELECT count(*) FROM outbox WHERE due_at >= 0),
                          (SELECT count(*) FROM outbox WHERE done_at >= 0 AND state = 'given_up'),
                          (SELECT min(written_at) FROM outbox WHERE due_at >= 0)";
        let lent = self.lend().await?;
        let stats = statements::first(&lent, sql, &[], |row| {
            let mut cursor = Cursor::new(row, "outbox", 0);
            Ok(OutboxStats { waiting: cursor.number()?, given_up: cursor.number()?, oldest: cursor.optional_moment()? })
        });
        Ok(lent.bounded(stats).await?.unwrap_or_default())
    }
}

/// Puts a letter into the outbox as part of a step. One to nobody is done at once.
pub(super) async fn insert(client: &Client, letter: &SealedLetter) -> Result<(), Failure> {
    let sql =
        "INSERT INTO outbox (id, account_id, kind, state, sealed, written_at, attempts, due_at, done_at, last_error)
               VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, NULL)";
    let (state, due_at, done_at) = match &letter.sealed {
        Some(_) => (LetterState::Waiting, Some(letter.at), None),
        None => (LetterState::Sent, None, Some(letter.at)),
    };
    let params = [
        letter.id.as_bytes().into(),
        Value::Id(letter.account_id.as_ref().map(|id| id.as_bytes())),
        letter.kind.into(),
        state.name().into(),
        Value::Bytes(letter.sealed.as_deref()),
        letter.at.into(),
        due_at.into(),
        done_at.into(),
    ];
    statements::run(client, sql, &params).await?;
    Ok(())
}

async fn retry(client: &Client, id: LetterId, now: Timestamp, entry: &Entry) -> Result<Outcome<bool>, Failure> {
    // While somebody sends it there is no error, and it is due when that has taken too long.
    let sql = "UPDATE outbox SET due_at = $2 WHERE id = $1 AND due_at > $2 AND last_error IS NOT NULL";
    if statements::run(client, sql, &[id.as_bytes().into(), now.into()]).await? == 0 {
        return Ok(Outcome::Undo(false));
    }
    activity_log::insert(client, entry).await?;
    Ok(Outcome::Keep(true))
}

async fn finish(
    client: &Client,
    id: LetterId,
    at: Timestamp,
    state: LetterState,
    error: Option<&str>,
) -> Result<bool, Failure> {
    let sql = "UPDATE outbox SET state = $2, due_at = NULL, done_at = $3, sealed = NULL, last_error = $4
               WHERE id = $1 AND due_at IS NOT NULL";
    let params = [id.as_bytes().into(), state.name().into(), at.into(), error.into()];
    Ok(statements::run(client, sql, &params).await? == 1)
}
