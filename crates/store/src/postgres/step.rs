//! A step: one statement, or one transaction, on one connection of the pool, with a bound on its time. What must stay true:
//! what is not kept is undone; a connection whose state nobody knows (no answer came, or the caller went away in the middle)
//! is closed and never used again.

use std::{
    future::Future,
    ops::Deref,
    sync::atomic::{AtomicBool, Ordering},
};

use deadpool_postgres::Object;
use tokio::time::Instant;
use tokio_postgres::Client;

use super::{
    Ground, PgStore,
    failure::{Failure, Refusal},
};

/// How a transaction ends.
#[derive(Debug)]
pub(super) enum Outcome<T> {
    /// With a commit.
    Keep(T),
    /// With a rollback: nothing of it was done.
    Undo(T),
}

/// A connection of the pool, for one step.
pub(super) struct Lent {
    connection: Option<Object>,
    /// Until when the step has to be done.
    deadline: Instant,
    /// Whether the server is known to have answered everything. Otherwise the connection is closed.
    is_settled: AtomicBool,
}

impl Deref for Lent {
    type Target = Client;

    fn deref(&self) -> &Client {
        self.connection.as_ref().expect("it is only taken when it is dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.is_settled.load(Ordering::Acquire)
            && let Some(connection) = self.connection.take()
        {
            // Taken out of the pool and dropped: the socket closes, and the server rolls back.
            drop(Object::take(connection));
        }
    }
}

impl Lent {
    /// Waits for `work`, which only talks to this connection, until the step's time is up.
    pub(super) async fn bounded<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.is_settled.store(false, Ordering::Release);
        let outcome = tokio::time::timeout_at(self.deadline, work).await.unwrap_or(Err(Refusal::NoAnswer.into()));
        let is_settled = match &outcome {
            Ok(_) | Err(Failure::Inconsistent { .. }) => true,
            Err(Failure::Database(error)) => !error.is_closed(),
            Err(Failure::Pool(_) | Failure::Refused(_)) => false,
        };
        self.is_settled.store(is_settled, Ordering::Release);
        outcome
    }

    /// Ends the transaction as its body says, and with a rollback if that failed.
    pub(super) async fn end<T>(self, outcome: Result<Outcome<T>, Failure>) -> Result<T, Failure> {
        if !self.is_settled.load(Ordering::Acquire) {
            return outcome.map(|(Outcome::Keep(told) | Outcome::Undo(told))| told);
        }
        let (statement, told) = match outcome {
            Ok(Outcome::Keep(told)) => ("COMMIT", Ok(told)),
            Ok(Outcome::Undo(told)) => ("ROLLBACK", Ok(told)),
            Err(failure) => ("ROLLBACK", Err(failure)),
        };
        self.bounded(async { Ok(self.batch_execute(statement).await?) }).await?;
        told
    }
}

/// Each statement sees what is committed by then. A lock that somebody does not give up is waited for a while only, because the
/// server does not notice that we have gone: whoever waits there for ever holds one of its connections.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '3s'";

/// How often a step is done again that lost against another one.
pub(super) const MAX_RACES: usize = 5;

/// Runs `$body` as one transaction on `$step`, again if it loses against another one (a deadlock).
macro_rules! in_step {
    ($store:expr, $step:ident => $body:expr) => {{
        let mut races = 0;
        loop {
            let $step = $store.begin().await?;
            let outcome = $step.bounded($body).await;
            match $step.end(outcome).await {
                Err(failure) if failure.is_lost_race() && races < $crate::postgres::step::MAX_RACES => races += 1,
                ended => break ended?,
            }
        }
    }};
}
pub(super) use in_step;

impl Ground {
    /// Lends a connection, waiting for one no longer than the options say.
    #[expect(clippy::disallowed_methods, reason = "a steady clock that only bounds how long a step may take")]
    pub(super) async fn lend(&self) -> Result<Lent, Failure> {
        let connection = Some(self.pool.get().await?);
        let deadline = Instant::now() + self.options.step_time;
        Ok(Lent { connection, deadline, is_settled: AtomicBool::new(true) })
    }
}

impl PgStore {
    /// Lends a connection, waiting for one no longer than the options say.
    pub(super) async fn lend(&self) -> Result<Lent, Failure> {
        self.0.ground.lend().await
    }

    /// Lends a connection with a transaction begun on it.
    pub(super) async fn begin(&self) -> Result<Lent, Failure> {
        let lent = self.lend().await?;
        lent.bounded(async { Ok(lent.batch_execute(BEGIN).await?) }).await?;
        // Until it has ended, nobody else can use the connection.
        lent.is_settled.store(false, Ordering::Release);
        Ok(lent)
    }
}
