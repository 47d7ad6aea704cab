//! Lanes: few connections on which many steps of one kind are done together, each group as one statement. What must stay
//! true:
//!
//! - Nobody is told "done" before the statement that did it was committed (invariant P11).
//! - What goes wrong fails its group and nobody else; a lane goes on.
//! - A queue has a bound, and so has the time that a caller waits in it: a slow server is answered with refusals, never with
//!   a pile of waiting requests.
//! - What nobody waits for any more is not begun.
//!
//! Why, and what it brings: `docs/decisions/0010-postgresql.md`.

use std::sync::Arc;

use async_trait::async_trait;
use gatewright_core::{model::SessionId, port::StoreError};
use tokio::sync::{
    mpsc::{Receiver, Sender, channel, error::TrySendError},
    oneshot,
};

use super::{
    Ground,
    failure::{Failure, Refusal},
    stats::Counters,
    tasks,
};

/// The most steps in one group: more gain nothing, and a group takes a few milliseconds.
const MAX_GROUP: usize = 256;

/// What each step of a group is answered, in the order of the group. `None` as long as it is not known.
pub(super) type Answers<A> = Vec<Option<Result<A, StoreError>>>;

/// A step of which many are done as one statement.
#[async_trait]
pub(super) trait Grouped: Sized + Send + Sync + 'static {
    /// What its caller is told.
    type Answer: Send + 'static;

    /// Whose row it is about: steps on one session are done in one lane.
    fn session(&self) -> SessionId;

    /// Does the steps of a group. With `Err`, those that have no answer yet were not done, or nobody knows whether they were.
    async fn run(ground: &Ground, group: &[Self], answers: &mut Answers<Self::Answer>) -> Result<(), Failure>;
}

/// The callers' end. The lanes end when it is dropped.
pub(super) struct Lanes<S: Grouped> {
    queues: Vec<Sender<Waiting<S>>>,
    ground: Ground,
    counters: Arc<Counters>,
}

/// A step together with the caller that waits for it.
struct Waiting<S: Grouped> {
    step: S,
    caller: oneshot::Sender<Result<S::Answer, StoreError>>,
}

impl<S: Grouped> Lanes<S> {
    pub(super) fn start(ground: &Ground) -> Self {
        let counters = Arc::new(Counters::default());
        let queues = (0..ground.options.lanes.get()).map(|_| {
            let (queue, steps) = channel(ground.options.queue.get());
            tasks::start(drive(steps, ground.clone(), Arc::clone(&counters)));
            queue
        });
        Self { queues: queues.collect(), ground: ground.clone(), counters }
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Queues a step and waits until its group was done.
    pub(super) async fn submit(&self, step: S) -> Result<S::Answer, StoreError> {
        let (caller, answer) = oneshot::channel();
        // The last byte of an id is random.
        let lane = usize::from(step.session().as_bytes()[15]) % self.queues.len();
        self.counters.queued();
        if let Err(refused) = self.queues[lane].try_send(Waiting { step, caller }) {
            self.counters.dequeued(1);
            let refusal = match refused {
                TrySendError::Full(_) => Refusal::QueueFull,
                TrySendError::Closed(_) => Refusal::Closed,
            };
            return Err(Failure::from(refusal).into());
        }
        let patience = self.ground.options.wait + self.ground.options.step_time;
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(told)) => told,
            Ok(Err(_)) => Err(Failure::from(Refusal::Closed).into()),
            Err(_) => Err(Failure::from(Refusal::NoAnswer).into()),
        }
    }
}

/// What a lane does all its life.
async fn drive<S: Grouped>(mut steps: Receiver<Waiting<S>>, ground: Ground, counters: Arc<Counters>) {
    let mut waiting = Vec::with_capacity(MAX_GROUP);
    while steps.recv_many(&mut waiting, MAX_GROUP).await > 0 {
        counters.dequeued(waiting.len());
        let awaited = waiting.drain(..).filter(|waiting| !waiting.caller.is_closed());
        let (group, callers): (Vec<S>, Vec<_>) = awaited.map(|Waiting { step, caller }| (step, caller)).unzip();
        if group.is_empty() {
            continue;
        }
        let answers = run(group, &ground, &counters).await;
        for (caller, answer) in callers.into_iter().zip(answers) {
            // A caller that no longer waits has no use for it.
            let _gone = caller.send(answer);
        }
    }
}

async fn run<S: Grouped>(group: Vec<S>, ground: &Ground, counters: &Counters) -> Vec<Result<S::Answer, StoreError>> {
    let (size, ground) = (group.len(), ground.clone());
    // In a task of its own, so that a panic ends the group and not the lane.
    let done = tasks::start(async move {
        let mut answers: Answers<S::Answer> = group.iter().map(|_| None).collect();
        let outcome = S::run(&ground, &group, &mut answers).await;
        (answers, outcome)
    });
    let (answers, cause) = match done.await {
        Ok((answers, Ok(()))) => {
            counters.done(size);
            (answers, String::new())
        }
        Ok((answers, Err(failure))) => (answers, format!("{:?}", StoreError::from(failure))),
        Err(panicked) => ((0..size).map(|_| None).collect(), panicked.to_string()),
    };
    if !cause.is_empty() {
        counters.failed();
        tracing::warn!(steps = size, %cause, "a group of steps was not done");
    }
    let refusal = || StoreError::unavailable(Refusal::NotCommitted(cause.clone()));
    answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(refusal()))).collect()
}
