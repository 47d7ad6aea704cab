//! What is known of one exchange from outside of the server: when it was sent, when it reached a node, by when that node had
//! judged it. What must stay true: the moments bound the truth from the safe side, so that a fault of the server is never
//! excused by a network that was in fact quick enough.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::proxy::Fate;

/// One exchange.
#[derive(Debug)]
pub(crate) struct Record {
    /// The number by which the proxy knows it.
    pub(crate) id: u64,
    /// What the network does with it.
    pub(crate) fate: Fate,
    /// When the client sent it.
    pub(crate) sent: Instant,
    passage: Mutex<Passage>,
}

/// How far it came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Passage {
    /// When its first copy was written to a node.
    pub(crate) forwarded: Option<Instant>,
    /// When its last copy had been answered, or its connection had ended.
    pub(crate) judged_by: Option<Instant>,
    /// What a node answered last.
    pub(crate) status: Option<u16>,
    /// The node that it was forwarded to first.
    pub(crate) node: Option<usize>,
    /// No copy of it is under way any more.
    pub(crate) is_over: bool,
}

impl Record {
    pub(crate) fn new(id: u64, fate: Fate, sent: Instant) -> Self {
        Self { id, fate, sent, passage: Mutex::default() }
    }

    pub(crate) fn passage(&self) -> Passage {
        *self.passage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Passage)) {
        change(&mut self.passage.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A copy is being written to a node.
    pub(crate) fn forwarded(&self, now: Instant, node: usize) {
        self.change(|passage| {
            passage.forwarded.get_or_insert(now);
            passage.node.get_or_insert(node);
        });
    }

    /// A node has answered a copy, or will not.
    pub(crate) fn judged(&self, now: Instant, status: Option<u16>) {
        self.change(|passage| {
            passage.judged_by = Some(now);
            passage.status = status.or(passage.status);
        });
    }

    /// Nothing of it is under way any more.
    pub(crate) fn over(&self) {
        self.change(|passage| passage.is_over = true);
    }

    /// By when it was judged, if it was at all; now, if it may still be.
    pub(crate) fn judged_by(&self, now: Instant) -> Option<Instant> {
        let passage = self.passage();
        if passage.is_over { passage.judged_by } else { Some(now) }
    }

    /// How long the request may have lived, at most.
    pub(crate) fn life(&self, now: Instant) -> Duration {
        self.judged_by(now).map_or(Duration::ZERO, |judged| judged.saturating_duration_since(self.sent))
    }
}
