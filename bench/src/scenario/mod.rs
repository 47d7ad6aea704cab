//! What is measured, one file per question. Each takes the world, measures, and writes what it found into the report.

pub(crate) mod disk;
pub(crate) mod flood;
pub(crate) mod logins;
pub(crate) mod memory;
pub(crate) mod read;
pub(crate) mod refresh;
pub(crate) mod size;
pub(crate) mod start;

use std::time::Duration;

use crate::{
    load::{Pace, Plan},
    report::Report,
    server::{Gatewright, Server},
    session::Session,
};

/// What the scenarios share.
pub(crate) struct World {
    pub(crate) gatewright: Gatewright,
    /// The sessions that refresh, each with its newest token.
    pub(crate) sessions: Vec<Session>,
    /// How many passwords the server hashes at a time: one per core, its default.
    pub(crate) permits: usize,
    pub(crate) effort: Effort,
    pub(crate) report: Report,
}

/// How long to measure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// For figures.
    Full,
    /// To see that everything works; the figures say little and are not kept.
    Quick,
}

/// A running binary beside the bare server.
pub(crate) struct Pair {
    pub(crate) gatewright: Server,
    pub(crate) bare: Server,
}

impl Effort {
    /// A plan that measures for `window`, or a moment of it.
    pub(crate) fn plan(self, window: Duration, pace: Pace) -> Plan {
        match self {
            Self::Full => Plan { warm_up: Duration::from_secs(2), window, pace },
            Self::Quick => Plan { warm_up: Duration::from_millis(500), window: window / 10, pace },
        }
    }

    pub(crate) fn times(self, times: usize) -> usize {
        match self {
            Self::Full => times,
            Self::Quick => 2,
        }
    }

    pub(crate) fn wait(self, wait: Duration) -> Duration {
        match self {
            Self::Full => wait,
            Self::Quick => wait / 10,
        }
    }
}
