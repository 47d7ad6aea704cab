//! What happened, told to the rules that want to know: beside the requests, on every node.
//!
//! What must stay true: a rule that is slow keeps no other waiting, so a round begins while others are still under way; what is on its
//! way when the server is told to stop is waited for, and whatever happens to this task, what it had taken is in the store
//! and comes again.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{task::JoinHandle, time::sleep};

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
    let (mut pause, mut rest) = (IDLE, Box::pin(sleep(Duration::ZERO)));
    while !stop.is_requested() {
        tokio::select! {
            () = stop.requested() => {}
            () = &mut rest => {
                if rounds.len() < ROUNDS {
                    rounds.push(gate.deliver_events());
                }
                rest = Box::pin(sleep(pause));
            }
            Some(done) = rounds.next() => match after(done, pause, metrics) {
                Next::InTurn => pause = IDLE,
                Next::AtOnce => (pause, rest) = (IDLE, Box::pin(sleep(Duration::ZERO))),
                Next::After(longer) => (pause, rest) = (longer, Box::pin(sleep(longer))),
            }
        }
    }
    while let Some(done) = rounds.next().await {
        after(done, pause, metrics);
    }
}

/// When the next round begins.
enum Next {
    /// When it would have.
    InTurn,
    /// Now: there may be more.
    AtOnce,
    /// When the store may be there again.
    After(Duration),
}

fn after(done: Result<EventsDelivered, Error>, pause: Duration, metrics: &Metrics) -> Next {
    match done {
        Ok(delivered) => {
            metrics.told(delivered);
            if delivered == EventsDelivered::default() { Next::InTurn } else { Next::AtOnce }
        }
        Err(error) => {
            if pause == IDLE {
                tracing::warn!(error = %error, "the activity log cannot be reached; rules are told later");
            }
            Next::After((pause * 2).min(LONGEST_PAUSE))
        }
    }
}
