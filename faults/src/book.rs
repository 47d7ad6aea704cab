//! The book of one session: which tokens were presented and delivered when, by whom, and how it ended. What must stay true: it
//! knows only what was acknowledged and what the proxy saw, and it excuses a sign-out only where the design itself does not
//! promise to prevent it.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::record::Record;

/// What is promised to whom, and under which conditions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) min_age: Duration,
    pub(crate) lost_window: Duration,
    /// The longest that an answer lives before a client stops taking it.
    pub(crate) patience: Duration,
    /// Whether the session has one chain of tokens.
    pub(crate) chain: ChainKind,
}

/// See [`crate::profile::Policy::has_one_chain`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChainKind {
    One,
    Many,
}

/// What a client may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// It has a retry key: however late it comes back.
    AnyTime,
    /// It has none: within `lost_window` of the rotation.
    WithinLostWindow,
}

/// Who presents a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Party {
    Owner,
    Thief,
}

/// How somebody ended a session himself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnAct {
    Logout,
    Switch,
}

/// Why a client was signed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// For nothing. There must be none.
    False,
    /// It had logged out or switched itself, acknowledged or not.
    OwnAct,
    /// Somebody had its token.
    Theft,
    /// It has no retry key and came back too late.
    KeylessTooLate,
    /// A request lived longer than the windows bear: the machine that runs all this was too slow.
    NetworkTooSlow,
}

/// Something acknowledged that did not hold. There must be none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A token of a generation before one that had been acknowledged.
    RotationLost { acknowledged: u64, got: u64 },
    /// A session was continued after its end had been acknowledged.
    Undone(OwnAct),
    /// Two tokens of one generation.
    Fork { generation: u64 },
    /// Neither the presented generation nor the next.
    WrongGeneration { presented: u64, got: u64 },
}

/// See the file.
#[derive(Debug)]
pub(crate) struct Book {
    promise: Promise,
    presentations: Vec<Presentation>,
    tokens: BTreeMap<u64, String>,
    /// The first time that each generation was acknowledged, and to whom.
    acknowledged: BTreeMap<u64, (Instant, Party)>,
    end: Option<(OwnAct, Option<Instant>)>,
    /// When a thief first presented something.
    theft: Option<Instant>,
    owner_out: Option<Instant>,
    /// The last new token of each party.
    last_rotations: [Option<(u64, Instant)>; 2],
    /// How often a thief was served although its victim had been signed out.
    outlived: usize,
    /// Redeliveries to one party later than `lost_window` after the other had rotated.
    accepted_beyond: usize,
}

#[derive(Debug)]
struct Presentation {
    record: Arc<Record>,
    party: Party,
    generation: u64,
    /// The generation that a 200 spoke of.
    got: Option<u64>,
}

/// A presentation that is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(usize, Party);

impl Book {
    pub(crate) fn new(promise: Promise, generation: u64, token: &str, now: Instant) -> Self {
        Self {
            promise,
            presentations: Vec::new(),
            tokens: BTreeMap::from([(generation, token.to_owned())]),
            acknowledged: BTreeMap::from([(generation, (now, Party::Owner))]),
            end: None,
            theft: None,
            owner_out: None,
            last_rotations: [None; 2],
            outlived: 0,
            accepted_beyond: 0,
        }
    }

    /// Somebody presents the token of a generation.
    pub(crate) fn presented(&mut self, record: &Arc<Record>, party: Party, generation: u64) -> Ticket {
        if party == Party::Thief {
            self.theft.get_or_insert(record.sent);
        }
        self.presentations.push(Presentation { record: Arc::clone(record), party, generation, got: None });
        Ticket(self.presentations.len() - 1, party)
    }

    /// It was answered with 200. `token` is what the answer set, if it set one.
    pub(crate) fn accepted(
        &mut self,
        ticket: Ticket,
        got: u64,
        token: Option<&str>,
        now: Instant,
        limits: &Limits,
    ) -> Vec<Broken> {
        let Ticket(index, party) = ticket;
        let presentation = &mut self.presentations[index];
        presentation.got = Some(got);
        let (sent, presented) = (presentation.record.sent, presentation.generation);
        let mut broken = Vec::new();
        if let Some((act, Some(at))) = self.end
            && sent > at
        {
            broken.push(Broken::Undone(act));
        }
        if token.is_some() {
            self.last_rotations[party as usize] = Some((got, now));
        }
        if party == Party::Thief && self.owner_out.is_some_and(|at| sent > at) {
            self.outlived += 1;
        }
        if limits.chain == ChainKind::Many {
            return broken;
        }
        if got != presented && got != presented + 1 {
            broken.push(Broken::WrongGeneration { presented, got });
        }
        let before =
            self.acknowledged.iter().filter(|(_, (at, _))| *at < sent).map(|(generation, _)| *generation).max();
        if let Some(acknowledged) = before.filter(|acknowledged| *acknowledged > got) {
            broken.push(Broken::RotationLost { acknowledged, got });
        }
        if let Some(token) = token
            && self.tokens.entry(got).or_insert_with(|| token.to_owned()) != token
        {
            broken.push(Broken::Fork { generation: got });
        }
        let rotated = *self.acknowledged.entry(got).or_insert((now, party));
        if got > presented && rotated.1 != party && sent > rotated.0 + limits.lost_window {
            self.accepted_beyond += 1;
        }
        broken
    }

    /// Its owner wants it ended.
    pub(crate) fn end_asked(&mut self, act: OwnAct) {
        self.end.get_or_insert((act, None));
    }

    /// That was acknowledged.
    pub(crate) fn end_acknowledged(&mut self, act: OwnAct, now: Instant) {
        self.end = Some((act, Some(now)));
    }

    /// It is certain that the request was never carried out and never will be.
    pub(crate) fn end_not_done(&mut self) {
        self.end = None;
    }

    /// How often a party was served although the other had rotated longer than `lost_window` before.
    pub(crate) fn accepted_beyond(&self) -> usize {
        self.accepted_beyond
    }

    /// How often a thief was served although its victim had been signed out.
    pub(crate) fn outlived(&self) -> usize {
        self.outlived
    }

    /// How many refreshes of either party were served since the thief came.
    pub(crate) fn served_since_theft(&self, party: Party) -> usize {
        let since = |one: &&Presentation| self.theft.is_some_and(|theft| one.record.sent >= theft);
        let of_party = self.presentations.iter().filter(|one| one.party == party && one.got.is_some());
        of_party.filter(since).count()
    }

    /// The last generation that came as a new token to this party, and when.
    pub(crate) fn last_rotation(&self, party: Party) -> Option<(u64, Instant)> {
        self.last_rotations[party as usize]
    }

    /// The owner was answered with 401.
    pub(crate) fn owner_signed_out(&mut self, now: Instant) {
        self.owner_out.get_or_insert(now);
    }

    /// Why the owner was answered with 401 now.
    pub(crate) fn why_signed_out(&self, now: Instant, limits: &Limits) -> Why {
        if self.end.is_some() {
            return Why::OwnAct;
        }
        if self.theft.is_some() {
            return Why::Theft;
        }
        let longest = self.presentations.iter().map(|one| one.record.life(now)).max().unwrap_or_default();
        if longest + limits.patience >= limits.min_age {
            return Why::NetworkTooSlow;
        }
        match self.promise {
            Promise::WithinLostWindow if self.came_too_late(now, limits) => Why::KeylessTooLate,
            Promise::WithinLostWindow | Promise::AnyTime => Why::False,
        }
    }

    /// Whether a token may have been judged later than `lost_window` after it was replaced.
    fn came_too_late(&self, now: Instant, limits: &Limits) -> bool {
        self.presentations.iter().any(|one| {
            let judged = one.record.judged_by(now);
            let replaced = self.may_be_replaced_from(one.generation);
            judged.zip(replaced).is_some_and(|(judged, replaced)| judged > replaced + limits.lost_window)
        })
    }

    /// The first moment at which a generation may have been replaced: when it was first presented to a node, but not before
    /// the last presentation that was answered as current.
    fn may_be_replaced_from(&self, generation: u64) -> Option<Instant> {
        let all = self.presentations.iter().filter(|one| one.generation == generation);
        let forwarded = |one: &Presentation| one.record.passage().forwarded;
        let (current, unclear): (Vec<_>, Vec<_>) = all.partition(|one| one.got == Some(generation));
        let first_unclear = unclear.into_iter().filter_map(forwarded).min()?;
        let last_current = current.into_iter().filter_map(forwarded).max();
        Some(last_current.map_or(first_unclear, |current| current.max(first_unclear)))
    }
}

#[cfg(test)]
mod tests;
