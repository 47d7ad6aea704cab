//! How the server is told to stop: SIGTERM or SIGINT once to finish what has begun, a second time to leave at once.

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

/// The signals that mean "stop".
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on the signals do not end the process by themselves.
    ///
    /// # Errors
    /// Only if the system refuses handlers.
    pub(crate) fn catch() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Tells everybody who has a [`Stop`].
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<Phase>);

/// Learns when to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<Phase>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Serving,
    Stopping,
}

impl Stopper {
    pub(crate) fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(Phase::Serving);
        (Self(sender), Stop(receiver))
    }

    pub(crate) fn stop(&self) {
        self.0.send_replace(Phase::Stopping);
    }
}

impl Stop {
    /// Ends when it is time to stop.
    pub(crate) async fn requested(&mut self) {
        // The sender going away means the same.
        let _sender_gone = self.0.wait_for(|phase| *phase == Phase::Stopping).await;
    }

    pub(crate) fn is_requested(&self) -> bool {
        *self.0.borrow() == Phase::Stopping
    }
}
