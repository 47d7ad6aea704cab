//! Numbers for metrics. What must stay true: counting never waits for anybody.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::failure::Failure;

/// The upper bounds of the classes in [`Stats::group_sizes`].
pub const GROUP_SIZE_BOUNDS: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// What the store has done since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Steps that wait for the writer now.
    pub queue_length: usize,
    /// Steps that were in a committed group. A step that answered "not done" counts, too.
    pub steps: u64,
    /// Groups that were committed.
    pub groups: u64,
    /// Groups that were not.
    pub failed_groups: u64,
    /// How many committed groups were at most as large as the bound of the same index in [`GROUP_SIZE_BOUNDS`], and larger
    /// than the one before.
    pub group_sizes: [u64; 9],
    /// How often pages were moved from the log into the database file.
    pub checkpoints: u64,
    /// How often the writer was stopped so that the log could start anew.
    pub log_restarts: u64,
    /// Pages in the log when it was last looked at.
    pub log_pages: u64,
    /// How often something met a damaged page of the file or its log, and was refused.
    pub damaged: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    queue_length: AtomicUsize,
    steps: AtomicU64,
    groups: AtomicU64,
    failed_groups: AtomicU64,
    group_sizes: [AtomicU64; 9],
    checkpoints: AtomicU64,
    log_restarts: AtomicU64,
    log_pages: AtomicU64,
    damaged: AtomicU64,
}

impl Counters {
    pub(super) fn queued(&self) {
        self.queue_length.fetch_add(1, Relaxed);
    }

    pub(super) fn dequeued(&self) {
        self.queue_length.fetch_sub(1, Relaxed);
    }

    pub(super) fn committed(&self, steps: usize) {
        self.groups.fetch_add(1, Relaxed);
        self.steps.fetch_add(u64::try_from(steps).unwrap_or(u64::MAX), Relaxed);
        let class = GROUP_SIZE_BOUNDS.partition_point(|bound| *bound < steps).min(GROUP_SIZE_BOUNDS.len() - 1);
        self.group_sizes[class].fetch_add(1, Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failed_groups.fetch_add(1, Relaxed);
    }

    pub(super) fn checkpointed(&self, log_pages: u64) {
        self.checkpoints.fetch_add(1, Relaxed);
        self.log_pages.store(log_pages, Relaxed);
    }

    pub(super) fn log_restarted(&self) {
        self.log_restarts.fetch_add(1, Relaxed);
        self.log_pages.store(0, Relaxed);
    }

    /// Counts what failed because of damage. An operator has to know, but not from a line for each request: the first, the
    /// second, the fourth and so on are told.
    pub(super) fn met(&self, failure: &Failure) {
        if let Failure::Damaged(damage) = failure {
            let times = self.damaged.fetch_add(1, Relaxed) + 1;
            if times.is_power_of_two() {
                tracing::error!(times, "{damage}; nothing was served from it: see `gatewright doctor`");
            }
        }
    }

    pub(super) fn read(&self) -> Stats {
        Stats {
            queue_length: self.queue_length.load(Relaxed),
            steps: self.steps.load(Relaxed),
            groups: self.groups.load(Relaxed),
            failed_groups: self.failed_groups.load(Relaxed),
            group_sizes: std::array::from_fn(|class| self.group_sizes[class].load(Relaxed)),
            checkpoints: self.checkpoints.load(Relaxed),
            log_restarts: self.log_restarts.load(Relaxed),
            log_pages: self.log_pages.load(Relaxed),
            damaged: self.damaged.load(Relaxed),
        }
    }
}
