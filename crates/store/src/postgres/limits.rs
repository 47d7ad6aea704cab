//! The port `LimitsPort` on PostgreSQL. What must stay true: the rule is the model's, and it is asked inside the transaction,
//! while every key of the call is locked. The locks are advisory ones, because a key that was never seen has no row to lock;
//! they belong to the transaction, so that they work behind a pooler, and are taken in one order, so that nobody waits in a
//! circle. A refused attempt writes nothing at all.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use gatewright_core::{
    model::{LimitKey, LimitState, LimitVerdict, Timestamp},
    port::{Limited, LimitsPort, StoreError, Take},
};
use tokio_postgres::Client;

use super::{
    PgStore,
    failure::Failure,
    rows::Cursor,
    statements,
    step::{Outcome, in_step},
    value::Value,
};

/// The states of the keys of one call, by the bytes of the key.
type States = BTreeMap<[u8; 16], LimitState>;

#[async_trait]
impl LimitsPort for PgStore {
    async fn take(&self, takes: &[Take], now: Timestamp) -> Result<Limited, StoreError> {
        if takes.is_empty() {
            return Ok(Limited::Granted);
        }
        Ok(in_step!(self, step => take(&step, takes, now)))
    }

    async fn forgive(&self, takes: &[Take]) -> Result<(), StoreError> {
        if takes.is_empty() {
            return Ok(());
        }
        in_step!(self, step => forgive(&step, takes));
        Ok(())
    }
}

async fn take(client: &Client, takes: &[Take], now: Timestamp) -> Result<Outcome<Limited>, Failure> {
    let mut states = lock(client, takes).await?;
    let mut wait: Option<Duration> = None;
    for take in takes {
        // A key that is named twice is counted twice: the second time it is judged by what the first left.
        let key = *take.key.as_bytes();
        match take.rule.judge(states.get(&key).copied(), now) {
            LimitVerdict::Granted(next) => {
                states.insert(key, next);
            }
            LimitVerdict::Wait(span) => wait = wait.max(Some(span)),
        }
    }
    if let Some(span) = wait {
        return Ok(Outcome::Undo(Limited::Wait(span)));
    }
    write(client, takes, &states).await?;
    Ok(Outcome::Keep(Limited::Granted))
}

async fn forgive(client: &Client, takes: &[Take]) -> Result<Outcome<()>, Failure> {
    let mut states = lock(client, takes).await?;
    let mut forgotten = Vec::new();
    for take in takes {
        let key = *take.key.as_bytes();
        let Some(state) = states.remove(&key) else { continue };
        match take.rule.forgive(state) {
            Some(state) => {
                states.insert(key, state);
            }
            None => forgotten.push(key),
        }
    }
    if !forgotten.is_empty() {
        let keys: Vec<_> = forgotten.iter().map(|key| Some(key.as_slice())).collect();
        statements::run(client, "DELETE FROM limits WHERE key = ANY ($1)", &[Value::ManyBytes(&keys)]).await?;
    }
    if !states.is_empty() {
        write(client, takes, &states).await?;
    }
    Ok(Outcome::Keep(()))
}

/// Locks every key, and then reads those that have a state.
async fn lock(client: &Client, takes: &[Take]) -> Result<States, Failure> {
    let mut locks: Vec<_> = takes.iter().map(|take| Some(lock_of(take.key))).collect();
    locks.sort_unstable();
    locks.dedup();
    let keys: Vec<_> = takes.iter().map(|take| Some(take.key.as_bytes().as_slice())).collect();
    let locks = [Value::Numbers(&locks)];
    let locked = statements::rows(client, "SELECT pg_advisory_xact_lock(lock) FROM unnest($1::int8[]) AS lock", &locks);
    let keys = [Value::ManyBytes(&keys)];
    let read = statements::all(client, "SELECT key, count, at FROM limits WHERE key = ANY ($1)", &keys, |row| {
        let mut cursor = Cursor::new(row, "limits", 0);
        let key = cursor.bytes()?;
        Ok((key, LimitState { count: cursor.number()?, at: cursor.moment()? }))
    });
    // Sent one behind the other: the second begins, and looks, only when the first has its locks.
    let (_, states) = tokio::try_join!(biased; locked, read)?;
    Ok(states.into_iter().collect())
}

/// The number that stands for a key among the locks. That two keys share one costs them a short wait.
fn lock_of(key: LimitKey) -> i64 {
    let [first @ .., _, _, _, _, _, _, _, _] = *key.as_bytes();
    i64::from_be_bytes(first)
}

async fn write(client: &Client, takes: &[Take], states: &States) -> Result<(), Failure> {
    let fades_at = |key: &[u8; 16], state: LimitState| {
        takes.iter().rev().find(|take| take.key.as_bytes() == key).map(|take| take.rule.fades_at(state).micros())
    };
    let keys: Vec<_> = states.keys().map(|key| Some(key.as_slice())).collect();
    let counts: Vec<_> = states.values().map(|state| Some(i64::from(state.count))).collect();
    let moments: Vec<_> = states.values().map(|state| Some(state.at.micros())).collect();
    let fading: Vec<_> = states.iter().map(|(key, state)| fades_at(key, *state)).collect();
    let sql = "INSERT INTO limits (key, count, at, fades_at)
               SELECT key, count, at, fades_at
               FROM unnest($1::bytea[], $2::int8[], $3::int8[], $4::int8[]) AS state (key, count, at, fades_at)
               ON CONFLICT (key) DO UPDATE SET count = excluded.count, at = excluded.at, fades_at = excluded.fades_at";
    let params = [Value::ManyBytes(&keys), Value::Numbers(&counts), Value::Numbers(&moments), Value::Numbers(&fading)];
    statements::run(client, sql, &params).await?;
    Ok(())
}
