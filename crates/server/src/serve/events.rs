//! What happened, told to the rules that want to know: beside the requests, on every node.
//!
//! What must stay true: a rule that is slow keeps no other waiting, so a round begins while others are still under way; what is on its
//! way when the server is told to stop is waited for, and whatever happens to this task, what it had taken is in the store
//! and comes again.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{task::JoinHandle, time::Instant};

use super::{metrics::Metrics, shutdown::Stop};
use crate::{
    gate::{Error, EventsDelivered, Gatewright},
    tasks,
};

/// How long the log is left alone after there was nothing new in it.
const IDLE: Duration = Duration::from_secs(1);
/// The longest that it is left alone after the store did not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How many rounds are under way at most. A rule is busy with one of them at a time, and none takes longer than a rule may: 15
/// seconds.
const ROUNDS: usize = 32;

/// Delivers until `stop`.
pub(crate) fn start(gate: Gatewright, metrics: Arc<Metrics>, stop: Stop) -> JoinHandle<()> {
    tasks::start(async move { deliver(&gate, &metrics, stop).await })
}

async fn deliver(gate: &Gatewright, metrics: &Metrics, mut stop: Stop) {
    let mut rounds = FuturesUnordered::new();
    let (mut pause, mut next) = (IDLE, Instant::now());
    while !stop.is_requested() {
        tokio::select! {
            () = stop.requested() => {}
            () = tokio::time::sleep_until(next) => {
                if rounds.len() < ROUNDS {
                    rounds.push(gate.deliver_events());
                }
                next = Instant::now() + pause;
            }
            Some(done) = rounds.next() => {
                let rest;
                (rest, pause) = after(done, pause, metrics);
                next = next.min(Instant::now() + rest);
            }
        }
    }
    while let Some(done) = rounds.next().await {
        after(done, pause, metrics);
    }
}

/// How soon the next round begins, and how long the log is left alone from now on.
fn after(done: Result<EventsDelivered, Error>, pause: Duration, metrics: &Metrics) -> (Duration, Duration) {
    match done {
        Ok(delivered) => {
            metrics.told(delivered);
            let is_idle = delivered == EventsDelivered::default();
            (if is_idle { IDLE } else { Duration::ZERO }, IDLE)
        }
        Err(error) => {
            let longer = (pause * 2).min(LONGEST_PAUSE);
            if pause == IDLE {
                tracing::warn!(error = %error, "the activity log cannot be reached; rules are told later");
            }
            (longer, longer)
        }
    }
}
