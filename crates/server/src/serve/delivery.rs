//! What lies in the outbox, sent: beside the requests, on every node, as long as there is something to send.
//!
//! What must stay true: a letter on its way is not given up because the server is told to stop; whatever happens to this task,
//! what it had taken is in the store and comes again.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use gatewright_mail::Postman;
use tokio::task::JoinHandle;

use super::{metrics::Metrics, shutdown::Stop};
use crate::{
    gate::{
        Delivered, Gatewright,
        model::Letter,
        port::{Courier, CourierError},
    },
    tasks,
};

/// How long the outbox is left alone after there was nothing in it.
const IDLE: Duration = Duration::from_secs(1);

/// How long it is left alone after the store did not answer; twice as long after each further time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Sends until `stop`; then what is on its way arrives first, and the connections are closed.
pub(crate) fn start(gate: Gatewright, postman: Postman, metrics: Arc<Metrics>, stop: Stop) -> JoinHandle<()> {
    tasks::start(async move {
        let courier = Counting { postman, metrics };
        send(&gate, &courier, stop).await;
        courier.postman.close().await;
    })
}

async fn send(gate: &Gatewright, courier: &Counting, mut stop: Stop) {
    let mut pause = FIRST_PAUSE;
    while !stop.is_requested() {
        let rest = match gate.deliver_letters(courier).await {
            Ok(delivered) => {
                pause = FIRST_PAUSE;
                courier.metrics.delivered(delivered);
                if delivered == Delivered::default() { IDLE } else { Duration::ZERO }
            }
            Err(error) => {
                tracing::warn!(error = %error, pause_secs = pause.as_secs(), "the outbox cannot be reached; mails wait");
                let rest = pause;
                pause = (pause * 2).min(LONGEST_PAUSE);
                rest
            }
        };
        tokio::select! {
            () = stop.requested() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
}

/// Counts what is sent, by the kind of letter.
#[derive(Debug)]
struct Counting {
    postman: Postman,
    metrics: Arc<Metrics>,
}

#[async_trait]
impl Courier for Counting {
    async fn deliver(&self, letter: &Letter) -> Result<(), CourierError> {
        self.postman.deliver(letter).await?;
        self.metrics.sent(letter.says.name());
        tracing::info!(letter = %letter.id, kind = letter.says.name(), "mail sent");
        Ok(())
    }
}
