//! The server's clock, as far as this process knows it. Needed for one thing: a step says to the server until when it may be
//! done, so that a server that stood still does not do it after everybody has given up (DESIGN 4.3: a request that waited
//! longer than 10 s changes nothing). The clocks of the two machines may differ by anything.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio_postgres::Client;

use super::{
    failure::{Failure, Refusal},
    rows::{Cell, Columns},
    statements,
};

/// How much later than its request's last moment a step may be done. A step that is sent in that moment takes a while until it
/// is there, and the two clocks run apart a little. A request lives ten seconds, and what is done after it is a lost answer.
const SLACK: Duration = Duration::from_secs(2);

/// What was read last, and when by our own steady clock.
#[derive(Debug, Default)]
pub(super) struct ServerClock(Mutex<Option<Reading>>);

#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Instant,
    micros: i64,
}

impl ServerClock {
    /// Reads the clock of the server behind this connection; refuses one that can only be read from, because it is a replica.
    pub(super) async fn set_by(&self, client: &Client) -> Result<(), Failure> {
        let before = steady();
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8, pg_is_in_recovery()::int4::int8";
        let rows = statements::rows(client, sql, &[]).await?;
        let row = rows.first().ok_or(Refusal::NoAnswer)?;
        if row.number(1) == Cell::Value(1) {
            return Err(Refusal::Replica.into());
        }
        let Cell::Value(micros) = row.number(0) else { return Err(Refusal::NoAnswer.into()) };
        // The middle of the exchange is nearest to when the server looked at its clock.
        let at = before + steady().duration_since(before) / 2;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Reading { at, micros });
        Ok(())
    }

    /// The server's time in microseconds when `span` from now has passed, and a little more.
    pub(super) fn after(&self, span: Duration) -> i64 {
        let reading = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Reading { at, micros }) = reading else { return i64::MAX };
        let passed = steady().duration_since(at).saturating_add(span).saturating_add(SLACK);
        micros.saturating_add(i64::try_from(passed.as_micros()).unwrap_or(i64::MAX))
    }
}

#[expect(clippy::disallowed_methods, reason = "a steady clock that only measures how much time has passed")]
fn steady() -> Instant {
    Instant::now()
}
