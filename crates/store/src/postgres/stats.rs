//! Numbers for metrics. What must stay true: counting never waits for anybody.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// The upper bounds of the classes in [`Groups::group_sizes`].
pub const GROUP_SIZE_BOUNDS: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// What the store has done since it was opened, and how its pool stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Rotations, of which many are one statement.
    pub rotations: Groups,
    /// Readings of a session's standing, of which many are one statement.
    pub readings: Groups,
    /// Connections that are open.
    pub connections: usize,
    /// Connections that nobody uses now.
    pub idle_connections: usize,
    /// Steps and groups that wait for a connection now.
    pub waiting: usize,
}

/// What the lanes of one kind of step have done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Steps that wait for their lane now.
    pub queue_length: usize,
    /// Steps that were in a group that was done. A step that answered "not done" counts, too.
    pub steps: u64,
    /// Groups that were done.
    pub groups: u64,
    /// Groups that were not.
    pub failed_groups: u64,
    /// How many groups were at most as large as the bound of the same index in [`GROUP_SIZE_BOUNDS`], and larger than the one
    /// before.
    pub group_sizes: [u64; 9],
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    queue_length: AtomicUsize,
    steps: AtomicU64,
    groups: AtomicU64,
    failed_groups: AtomicU64,
    group_sizes: [AtomicU64; 9],
}

impl Counters {
    pub(super) fn queued(&self) {
        self.queue_length.fetch_add(1, Relaxed);
    }

    pub(super) fn dequeued(&self, steps: usize) {
        self.queue_length.fetch_sub(steps, Relaxed);
    }

    pub(super) fn done(&self, steps: usize) {
        self.groups.fetch_add(1, Relaxed);
        self.steps.fetch_add(u64::try_from(steps).unwrap_or(u64::MAX), Relaxed);
        let class = GROUP_SIZE_BOUNDS.partition_point(|bound| *bound < steps).min(GROUP_SIZE_BOUNDS.len() - 1);
        self.group_sizes[class].fetch_add(1, Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failed_groups.fetch_add(1, Relaxed);
    }

    pub(super) fn read(&self) -> Groups {
        Groups {
            queue_length: self.queue_length.load(Relaxed),
            steps: self.steps.load(Relaxed),
            groups: self.groups.load(Relaxed),
            failed_groups: self.failed_groups.load(Relaxed),
            group_sizes: std::array::from_fn(|class| self.group_sizes[class].load(Relaxed)),
        }
    }
}
