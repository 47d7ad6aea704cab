//! Verifying the activity log, with what anybody may know: the log and the public key. What must stay true: nothing is
//! trusted but what the key signed, and a log that is written, pruned and erased meanwhile as the settings say is clean.

mod fault;
mod walk;

use std::time::Duration;

pub use self::fault::{ActivityFault, Witness};
pub(super) use self::walk::next_page;
use crate::{
    model::{Checkpoint, CheckpointKey, Link, Timestamp},
    port::{ActivityLog, StoreError},
};

/// What a log is verified with.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The keys that may have signed, one for each master key that the instance has had.
    pub keys: &'a [CheckpointKey],
    /// Checkpoints that were kept elsewhere, verified already. Only they show that the end of a log is missing together with
    /// its own checkpoints, or that an older copy was put in its place.
    pub kept: &'a [Checkpoint],
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityReport {
    /// The log begins after this entry.
    pub begin: Link,
    /// Its last entry.
    pub head: Link,
    /// How many entries were verified.
    pub entries: u64,
    /// How many checkpoints it holds.
    pub checkpoints: usize,
    /// The last one that is signed.
    pub last: Option<Checkpoint>,
    /// Entries that no checkpoint vouches for yet.
    pub unsigned: Option<Unsigned>,
    /// Since when an entry waits for its place in the chain. Where that is more than a moment, no server runs that gives it one.
    pub waiting_since: Option<Timestamp>,
    /// What is wrong, the first [`MAX_FAULTS`]. None means that the log is what was written.
    pub faults: Vec<ActivityFault>,
    /// How many more there are.
    pub more_faults: u64,
}

/// Entries that no checkpoint vouches for yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// How many.
    pub entries: u64,
    /// When the first of them was written.
    pub since: Timestamp,
}

/// So many faults are told one by one.
pub const MAX_FAULTS: usize = 100;

/// A server signs ten minutes after the last checkpoint at the latest. Another one that takes its work over does so within a minute,
/// and clocks may differ a little.
pub(super) const SIGNED_WITHIN: Duration = Duration::from_secs(15 * 60);

/// How often the log may be pruned past the place where it is read.
const MAX_OVERTAKEN: usize = 8;

impl ActivityReport {
    /// Whether the log is what was written.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, fault: ActivityFault) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        } else {
            self.more_faults += 1;
        }
    }
}

/// Verifies the whole log: every entry from the beginning to the end, every checkpoint, and what is missing.
///
/// # Errors
/// When the log cannot be read. What is read and cannot be is no error, it is a fault.
pub async fn verify_activity(log: &dyn ActivityLog, evidence: &Evidence<'_>) -> Result<ActivityReport, StoreError> {
    for _ in 0..MAX_OVERTAKEN {
        match walk::verify(log, evidence).await {
            Ok(Some(report)) => return Ok(report),
            Ok(None) => {}
            Err(StoreError::Inconsistent { table, id }) => {
                return Ok(unreadable(ActivityFault::Unreadable { table, id }));
            }
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::unavailable("the log was pruned faster than it could be read"))
}

fn unreadable(fault: ActivityFault) -> ActivityReport {
    ActivityReport {
        begin: Link::START,
        head: Link::START,
        entries: 0,
        checkpoints: 0,
        last: None,
        unsigned: None,
        waiting_since: None,
        faults: vec![fault],
        more_faults: 0,
    }
}
