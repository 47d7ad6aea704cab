//! The port `LimitsPort` on SQLite. What must stay true: the rule is the model's, and it is asked inside the transaction.

use std::time::Duration;

use async_trait::async_trait;
use gatewright_core::{
    model::{LimitKey, LimitState, LimitVerdict, Timestamp},
    port::{Limited, LimitsPort, StoreError, Take},
};
use rusqlite::{Connection, params};

use super::{SqliteStore, failure::Failure, rows::Cursor, statements};

#[async_trait]
impl LimitsPort for SqliteStore {
    async fn take(&self, takes: &[Take], now: Timestamp) -> Result<Limited, StoreError> {
        let takes = takes.to_vec();
        self.write(move |connection| take(connection, &takes, now)).await
    }

    async fn forgive(&self, takes: &[Take]) -> Result<(), StoreError> {
        let takes = takes.to_vec();
        self.write(move |connection| forgive(connection, &takes)).await
    }
}

fn take(connection: &Connection, takes: &[Take], now: Timestamp) -> Result<Limited, Failure> {
    let mut granted: Vec<(&Take, LimitState)> = Vec::with_capacity(takes.len());
    let mut wait: Option<Duration> = None;
    for take in takes {
        // A key that is named twice is counted twice.
        let pending = granted.iter().rev().find(|(earlier, _)| earlier.key == take.key).map(|(_, state)| *state);
        let state = match pending {
            Some(state) => Some(state),
            None => read(connection, take.key)?,
        };
        match take.rule.judge(state, now) {
            LimitVerdict::Granted(next) => granted.push((take, next)),
            LimitVerdict::Wait(span) => wait = wait.max(Some(span)),
        }
    }
    if let Some(span) = wait {
        return Ok(Limited::Wait(span));
    }
    for (take, state) in granted {
        write(connection, take, state)?;
    }
    Ok(Limited::Granted)
}

fn forgive(connection: &Connection, takes: &[Take]) -> Result<(), Failure> {
    for take in takes {
        let Some(state) = read(connection, take.key)? else { continue };
        match take.rule.forgive(state) {
            Some(state) => write(connection, take, state)?,
            None => {
                statements::run(connection, "DELETE FROM limits WHERE key = ?1", [take.key.as_bytes()])?;
            }
        }
    }
    Ok(())
}

fn read(connection: &Connection, key: LimitKey) -> Result<Option<LimitState>, Failure> {
    let sql = "SELECT key, count, at FROM limits WHERE key = ?1";
    statements::first(connection, sql, [key.as_bytes()], |row| {
        let mut cursor = Cursor::new(row, "limits", 0);
        cursor.blob()?;
        Ok(LimitState { count: cursor.number()?, at: cursor.number().map(Timestamp::from_micros)? })
    })
}

fn write(connection: &Connection, take: &Take, state: LimitState) -> Result<(), Failure> {
    let sql = "INSERT INTO limits (key, count, at, fades_at) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (key) DO UPDATE SET count = ?2, at = ?3, fades_at = ?4";
    let fades_at = take.rule.fades_at(state).micros();
    statements::run(connection, sql, params![take.key.as_bytes(), state.count, state.at.micros(), fades_at])?;
    Ok(())
}
