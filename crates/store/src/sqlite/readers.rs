//! The threads that read, each with a connection of its own. What must stay true: a reading that begins after a write was
//! acknowledged sees it (invariant P5). SQLite gives that, as long as no statement is left open between two readings.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
};

use gatewright_core::port::StoreError;
use rusqlite::Connection;

use super::{
    failure::{Failure, Refusal},
    threads,
};
use crate::sync::{
    JoinHandle, Mutex,
    mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    oneshot,
};

type Reading = Box<dyn FnOnce(&Connection) + Send>;

/// The callers' end of the queue. The threads end when it is gone.
pub(super) struct Readers {
    readings: SyncSender<Reading>,
}

/// Starts one thread for each connection, with one queue of `capacity` readings for all.
pub(super) fn start(connections: Vec<Connection>, capacity: usize) -> io::Result<(Readers, Vec<JoinHandle<()>>)> {
    let (readings, queue) = sync_channel(capacity);
    let queue = Arc::new(Mutex::new(queue));
    let threads = connections.into_iter().map(|connection| {
        let queue = Arc::clone(&queue);
        threads::start("gw-sqlite-read", move || {
            while let Some(reading) = next(&queue) {
                reading(&connection);
            }
        })
    });
    Ok((Readers { readings }, threads.collect::<io::Result<_>>()?))
}

fn next(queue: &Mutex<Receiver<Reading>>) -> Option<Reading> {
    // Nothing that could panic is done under the lock.
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

impl Readers {
    /// Reads on one of the threads.
    pub(super) async fn submit<T: Send + 'static>(
        &self,
        body: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, answer) = oneshot::channel();
        let reading: Reading = Box::new(move |connection| {
            let outcome = catch_unwind(AssertUnwindSafe(|| body(connection))).unwrap_or(Err(Refusal::Panicked.into()));
            // A caller that no longer waits has no use for it.
            let _gone = caller.send(outcome);
        });
        self.readings.try_send(reading).map_err(|refused| match refused {
            TrySendError::Full(_) => Failure::from(Refusal::ReadersBusy),
            TrySendError::Disconnected(_) => Failure::from(Refusal::Closed),
        })?;
        Ok(answer.await.map_err(Failure::from)??)
    }
}
