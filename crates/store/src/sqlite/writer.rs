//! The one thread that writes. It takes all waiting steps, runs each in a savepoint, commits once, and only then answers
//! every caller. What must stay true:
//!
//! - Nobody is told "done" before the commit that holds it is durable (invariant P11).
//! - A step that fails undoes only itself; a commit that fails fails for everybody in the group.
//! - A step whose time is up when its turn comes is not done.
//!
//! Why one thread, and what it costs: `docs/decisions/0004-sqlite-writer.md`.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use gatewright_core::{
    model::Timestamp,
    port::{Clock, StoreError},
};
use rusqlite::{Connection, TransactionBehavior};

use super::{
    failure::{Failure, Refusal},
    identity::Identity,
    stats::Counters,
    threads,
};
use crate::sync::{
    JoinHandle,
    mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    oneshot,
};

#[cfg(all(test, shuttle))]
mod interleaving_tests;
#[cfg(test)]
#[cfg(not(shuttle))]
mod tests;

/// The most steps in one group: one commit of that many takes a few milliseconds, so nobody waits long for the others.
const MAX_GROUP: usize = 256;
/// After so many steps the checkpointer is told that there is something to do.
const STEPS_PER_CHECKPOINT: usize = 4000;
/// How often, at most, the latest moment seen is written down.
const CLOCK_EVERY: Duration = Duration::from_secs(1);

/// The callers' end of the queue. The thread ends when the last of these is gone.
#[derive(Clone)]
pub(super) struct Queue {
    messages: SyncSender<Message>,
    counters: Arc<Counters>,
}

pub(super) enum Message {
    Step(Box<dyn Work>),
    /// Stop writing between two groups: say so on the one channel, go on when the other is closed.
    Pause {
        paused: SyncSender<()>,
        resume: Receiver<()>,
    },
}

/// A step in the queue, together with the caller that waits for it.
pub(super) trait Work: Send {
    /// Whether the step may not be done at `now` any more.
    fn is_too_late(&self, now: Timestamp) -> bool;
    /// Does it. `Err` if it failed and has to be undone.
    fn run(&mut self, connection: &Connection) -> Result<(), ()>;
    /// Notes that it was not done.
    fn refuse(&mut self, error: StoreError);
    /// Tells the caller.
    fn answer(self: Box<Self>);
}

struct Step<T, F> {
    not_after: Option<Timestamp>,
    body: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Work for Step<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, Failure> + Send,
{
    fn is_too_late(&self, now: Timestamp) -> bool {
        self.not_after.is_some_and(|end| now > end)
    }

    fn run(&mut self, connection: &Connection) -> Result<(), ()> {
        let Some(body) = self.body.take() else { return Ok(()) };
        let outcome = catch_unwind(AssertUnwindSafe(|| body(connection))).unwrap_or(Err(Refusal::Panicked.into()));
        let outcome = outcome.map_err(StoreError::from);
        let verdict = outcome.as_ref().map(|_| ()).map_err(|_| ());
        self.outcome = Some(outcome);
        verdict
    }

    fn refuse(&mut self, error: StoreError) {
        self.outcome = Some(Err(error));
    }

    fn answer(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            // A caller that no longer waits has no use for it.
            let _gone = self.caller.send(outcome);
        }
    }
}

impl Queue {
    /// Queues a step and waits until it is durable, or was not done. The step is done even if the caller stops waiting.
    pub(super) async fn submit<T: Send + 'static>(
        &self,
        not_after: Option<Timestamp>,
        body: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, answer) = oneshot::channel();
        let step = Box::new(Step { not_after, body: Some(body), outcome: None, caller });
        self.counters.queued();
        if let Err(refused) = self.messages.try_send(Message::Step(step)) {
            self.counters.dequeued();
            let refusal = match refused {
                TrySendError::Full(_) => Refusal::QueueFull,
                TrySendError::Disconnected(_) => Refusal::Closed,
            };
            return Err(Failure::from(refusal).into());
        }
        answer.await.map_err(Failure::from)?
    }

    /// Has the writer stop between two groups while `body` runs. `None` if the writer has ended.
    pub(super) fn paused<T>(&self, body: impl FnOnce() -> T) -> Option<T> {
        let (paused, is_paused) = sync_channel(1);
        let (_until_dropped, resume) = sync_channel(1);
        self.messages.send(Message::Pause { paused, resume }).ok()?;
        is_paused.recv().ok()?;
        Some(body())
    }
}

/// What the thread owns.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) identity: Identity,
    pub(super) counters: Arc<Counters>,
    /// Wakes the checkpointer.
    pub(super) checkpoint: SyncSender<super::checkpointer::Signal>,
    /// The latest moment that was written down.
    pub(super) clock_high: Timestamp,
}

/// Starts the writer with a queue of `capacity` steps.
pub(super) fn start(writer: Writer, capacity: usize) -> io::Result<(Queue, JoinHandle<()>)> {
    let (messages, queue) = sync_channel(capacity);
    let counters = Arc::clone(&writer.counters);
    let thread = threads::start("gw-sqlite-write", move || writer.run(&queue))?;
    Ok((Queue { messages, counters }, thread))
}

impl Writer {
    fn run(mut self, queue: &Receiver<Message>) {
        let mut since_checkpoint = 0;
        while let Ok(first) = queue.recv() {
            let (group, pause) = collect(first, queue);
            since_checkpoint += group.len();
            if !group.is_empty() {
                group.iter().for_each(|_| self.counters.dequeued());
                self.run_group(group);
            }
            if let Some((paused, resume)) = pause {
                // Both fail only when whoever paused is gone, and then there is nothing to wait for.
                let _ = paused.send(());
                let _ = resume.recv();
            }
            if since_checkpoint >= STEPS_PER_CHECKPOINT {
                since_checkpoint = 0;
                // If it is already awake, it will see these steps, too.
                let _ = self.checkpoint.try_send(super::checkpointer::Signal::Look);
            }
        }
        self.close();
    }

    fn run_group(&mut self, mut group: Vec<Box<dyn Work>>) {
        let size = group.len();
        match self.attempt(&mut group) {
            Ok(()) => self.counters.committed(size),
            Err(failure) => {
                self.counters.failed();
                self.counters.met(&failure);
                let cause = StoreError::from(failure);
                tracing::warn!(steps = size, error = ?cause, "a group of steps was not committed");
                let refusal = Refusal::NotCommitted(format!("{cause:?}"));
                group.iter_mut().for_each(|work| work.refuse(StoreError::unavailable(refusal.clone())));
            }
        }
        group.into_iter().for_each(Work::answer);
    }

    /// Runs the group in one transaction. `Err` means that nothing of it was done.
    fn attempt(&mut self, group: &mut [Box<dyn Work>]) -> Result<(), Failure> {
        self.identity.check()?;
        // Dropped without a commit, it rolls back.
        let transaction = rusqlite::Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let now = self.clock.now();
        let clock_moved = now.since(self.clock_high) >= CLOCK_EVERY;
        if clock_moved {
            note_clock(&transaction, now)?;
        }
        for work in group {
            if work.is_too_late(self.clock.now()) {
                work.refuse(StoreError::TooLate);
                continue;
            }
            transaction.prepare_cached("SAVEPOINT step")?.execute([])?;
            let verdict = work.run(&transaction);
            if transaction.is_autocommit() {
                // A full disk or a broken one makes SQLite roll back everything, the steps before this one, too.
                return Err(Refusal::NotCommitted("the transaction was rolled back by SQLite".into()).into());
            }
            if verdict.is_err() {
                transaction.prepare_cached("ROLLBACK TO step")?.execute([])?;
            }
            transaction.prepare_cached("RELEASE step")?.execute([])?;
        }
        transaction.commit()?;
        if clock_moved {
            self.clock_high = now;
        }
        Ok(())
    }

    /// Writes down the latest moment. If that fails, the clock starts a little earlier next time.
    fn close(self) {
        if self.identity.check().is_ok()
            && let Err(error) = note_clock(&self.connection, self.clock.now())
        {
            tracing::warn!(%error, "the latest moment could not be written down");
        }
    }
}

fn note_clock(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE meta SET clock_high = max(clock_high, ?1)")?.execute([now.micros()]).map(|_| ())
}

type Paused = (SyncSender<()>, Receiver<()>);

/// Takes what waits, up to a full group or a pause.
fn collect(first: Message, queue: &Receiver<Message>) -> (Vec<Box<dyn Work>>, Option<Paused>) {
    let mut group = Vec::new();
    let mut next = Some(first);
    while let Some(message) = next {
        match message {
            Message::Step(step) => group.push(step),
            Message::Pause { paused, resume } => return (group, Some((paused, resume))),
        }
        next = if group.len() < MAX_GROUP { queue.try_recv().ok() } else { None };
    }
    (group, None)
}
