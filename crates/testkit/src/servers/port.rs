//! Free ports of the loopback. What must stay true: a port that was handed out is not handed out again by this process,
//! and it lies below the range from which the kernel takes the ports of outgoing connections. A client that reconnects
//! to a stopped server in a loop would otherwise meet itself sooner or later: the kernel gives it the very port that it
//! connects to, and the server cannot have it back.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
/// So that test processes that run side by side do not begin at the same port; a prime, to spread neighbours.
const STRIDE: u32 = 311;

static HANDED_OUT: AtomicU16 = AtomicU16::new(0);

/// A port that nobody listens on now. Another process may still take it: the server then says so, and is given another.
pub(super) fn free() -> u16 {
    let start = std::process::id().wrapping_mul(STRIDE) % u32::from(COUNT);
    let candidates = (0..COUNT).map(|_| {
        let step = HANDED_OUT.fetch_add(1, Ordering::Relaxed);
        let offset = (start + u32::from(step)) % u32::from(COUNT);
        FIRST + u16::try_from(offset).expect("an offset is below COUNT, which is a u16")
    });
    let mut free = candidates.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().expect("one of twelve thousand ports is free")
}
