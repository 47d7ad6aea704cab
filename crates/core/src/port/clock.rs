//! Time. The one place of this crate where the system's clock is read.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::model::Timestamp;

/// How far the clocks of two nodes on one store may differ. A third of the leeway that SECURITY JW15 allows, and far more than
/// NTP leaves; small against every window that is judged by the clocks of two.
pub const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(10);

/// What time it is.
///
/// # Several nodes
///
/// Nodes that share a store have a clock each, and these may differ by [`MAX_CLOCK_DIFFERENCE`]; every moment that a row or a
/// token carries is from the clock of the node that wrote it. So a node may read of moments that are in its own future, and
/// this is what holds then:
///
/// - *Tokens.* At our own endpoints `iat` may be ahead by the difference, and `exp` counts to the second by the clock of the
///   node that is asked: a token may live longer or shorter by the difference.
/// - *Refreshing.* A session is judged at no moment before the last one that its row tells of (invariant P19), so a token that
///   another node has just minted is young and one that it has just replaced is a retry, never a theft. `lost_window` and
///   `min_age` may come out shorter or longer by the difference: `min_age` has to be longer than a request and its answer live,
///   and the difference.
/// - *Ends.* A session may end later or earlier by the difference. Ending it by hand is a state and an epoch, never a comparison
///   of clocks: that is final on every node at once (invariant P5).
/// - *Fresh sessions.* A proof from the future is fresh; one may stay fresh longer by the difference.
/// - *Removing.* What one node takes for dead is removed only when it is dead by every clock, so that a spent selection token is
///   not forgotten while it is still good elsewhere.
/// - *Limits.* A delay may be longer by the difference, and a rate may let pass what comes in at that time; neither is forgotten.
/// - *Order.* Ids are in order on one node; on several, what was made within the difference may be in another. A session that
///   replaces another is newer than that in any case. Two logins of one browser within the difference, at two nodes, are not:
///   the one of the node that is ahead counts.
/// - *Waiting.* How long a request waited (`not_after`) is measured by one clock, that of the node that it came to.
/// - *Keys and leases.* Both have waits of a minute and more.
/// - *Starting.* A node starts no earlier than the latest moment that the store has seen, so it begins with the clock of the one
///   that is furthest ahead.
///
/// A clock that is further off is a fault of the machine: signing in at one node may not be accepted at another.
pub trait Clock: Send + Sync {
    /// The present moment. Never earlier than an answer given before (invariant P19).
    fn now(&self) -> Timestamp;
}

/// The system's clock, made monotonic: when it is set back, time goes on from where it was.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    /// Microseconds that have to be added to the time since `started`; only ever raised.
    base: AtomicI64,
}

impl SystemClock {
    /// A clock that starts at the system's time, or at `floor` if the system's is earlier. `floor` is the latest moment that
    /// the store has seen, so that a clock set back while the process was down reopens no window either.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one named place where the clock is read")]
    pub fn starting_at(floor: Timestamp) -> Self {
        Self { started: Instant::now(), base: AtomicI64::new(wall().max(floor).micros()) }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let lead = wall().micros().saturating_sub(elapsed);
        let base = self.base.fetch_max(lead, Ordering::AcqRel).max(lead);
        Timestamp::from_micros(base.saturating_add(elapsed))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one named place where the clock is read")]
fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
