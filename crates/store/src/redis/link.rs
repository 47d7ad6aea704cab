//! The way to Redis: one connection at a time, made when it is needed and made anew when it breaks. What must stay true:
//!
//! - Nothing is asked of a new connection before it was looked at, because another process, or an older state, may be at its
//!   end.
//! - While Redis is away, callers are told so quickly: one tries to connect, the others do not wait for it.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use gatewright_core::port::StoreError;
use rustls::ClientConfig;

use super::{Options, address::Address, failure::Failure, wire::Wire};

/// How long after a failed attempt nobody tries again.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(super) struct Link {
    pub(super) address: Address,
    tls: Option<Arc<ClientConfig>>,
    options: Options,
    current: Mutex<Option<Arc<Wire>>>,
    /// Whoever has it connects. It holds when that last failed.
    turn: tokio::sync::Mutex<Option<Instant>>,
    is_away: AtomicBool,
}

impl Link {
    pub(super) fn new(address: &Address, tls: Option<Arc<ClientConfig>>, options: &Options) -> Self {
        Self {
            address: address.clone(),
            tls,
            options: options.clone(),
            current: Mutex::new(None),
            turn: tokio::sync::Mutex::new(None),
            is_away: AtomicBool::new(false),
        }
    }

    /// The connection; a new one is looked at by `meet` before anybody gets it.
    pub(super) async fn wire(
        &self,
        meet: impl AsyncFnOnce(&Arc<Wire>) -> Result<(), StoreError>,
    ) -> Result<Arc<Wire>, StoreError> {
        if let Some(wire) = self.current() {
            return Ok(wire);
        }
        let mut failed_at = if self.is_away.load(Ordering::Acquire) {
            self.turn.try_lock().map_err(|_| Failure::Away)?
        } else {
            self.turn.lock().await
        };
        if let Some(wire) = self.current() {
            return Ok(wire);
        }
        if failed_at.is_some_and(|at| steady().duration_since(at) < PAUSE) {
            return Err(Failure::Away.into());
        }
        let connected = async {
            let wire = Arc::new(Wire::connect(&self.address, self.tls.as_ref(), &self.options).await?);
            meet(&wire).await?;
            Ok::<_, StoreError>(wire)
        };
        match connected.await {
            Ok(wire) => {
                *failed_at = None;
                if self.is_away.swap(false, Ordering::AcqRel) {
                    tracing::info!(address = %self.address, "Redis is back");
                }
                *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&wire));
                Ok(wire)
            }
            Err(error) => {
                *failed_at = Some(steady());
                if !self.is_away.swap(true, Ordering::AcqRel) {
                    let cause = super::causes(&error);
                    tracing::error!(address = %self.address, %cause, "Redis cannot be reached");
                }
                Err(error)
            }
        }
    }

    /// The connection, if there is one that works.
    fn current(&self) -> Option<Arc<Wire>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(|wire| wire.is_up())
    }

    /// The connection is of no use any more.
    pub(super) fn give_up(&self, wire: &Arc<Wire>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, wire)) {
            *current = None;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a steady clock that only measures how much time has passed")]
fn steady() -> Instant {
    Instant::now()
}
