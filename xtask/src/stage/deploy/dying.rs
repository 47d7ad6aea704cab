//! A server that dies: it takes a request and never answers. What must stay true: it counts what it was asked, and it ends with
//! the check that needs it.

use crate::Failure;
use crate::serving::free_address;
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Scope, sleep};
use std::time::Duration;

/// A node that reads a request and closes the connection without a word; or none at its address.
pub(super) struct Dying {
    pub(super) address: SocketAddr,
    listener: Option<TcpListener>,
    met: AtomicUsize,
    stops: AtomicBool,
}

impl Dying {
    /// Takes requests.
    pub(super) fn listening() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure(format!("a node that dies: {error}"));
        let listener = TcpListener::bind(free_address()?).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { address, listener: Some(listener), met: AtomicUsize::new(0), stops: AtomicBool::new(false) })
    }

    /// Takes none: nobody listens at its address.
    pub(super) fn absent() -> Result<Self, Failure> {
        let address = free_address()?;
        Ok(Self { address, listener: None, met: AtomicUsize::new(0), stops: AtomicBool::new(false) })
    }

    /// How many requests it has read.
    pub(super) fn met(&self) -> usize {
        self.met.load(Ordering::Relaxed)
    }

    pub(super) fn stop(&self) {
        self.stops.store(true, Ordering::Relaxed);
    }

    /// Until it is told to stop, a minute at most.
    pub(super) fn take<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        let Some(listener) = &self.listener else { return };
        scope.spawn(move || {
            for _ in 0..6000 {
                match listener.accept() {
                    Ok((stream, _)) => self.meet(stream),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(Duration::from_millis(10)),
                    Err(_) => return,
                }
                if self.stops.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
    }

    fn meet(&self, mut stream: TcpStream) {
        let _blocks = stream.set_nonblocking(false);
        let _bounded = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let mut bytes = [0; 32 * 1024];
        if stream.read(&mut bytes).is_ok_and(|length| length > 0) {
            self.met.fetch_add(1, Ordering::Relaxed);
        }
    }
}
