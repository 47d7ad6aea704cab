//! Somebody who copied a client's token, perhaps with its pending retry key, and tries to stay. What must stay true: but for the one
//! that the design cannot see (`Lockstep`), a thief never comes within `lost_window` after a rotation that its victim was told of;
//! and a session that somebody took part in is left alone by its owner, who neither logs out nor switches.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::sleep;

use super::{Device, Key, Place, open};
use crate::{
    book::{Book, Party},
    chance::{Chance, Stream},
    clock,
};

/// How a thief goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Refreshes at once, before its victim does, and comes again after about as long as a victim does.
    Lead,
    /// Waits until its victim has refreshed, and then for longer than the window.
    Follow,
    /// Comes again and again, much more often than its victim.
    Poll,
    /// Comes once within the window after its victim, and later as somebody who leads.
    Shadow,
    /// Found a token that had been replaced before.
    Old,
    /// Leads with a copied retry key that was pending.
    LeadWithKey,
    /// Polls with such a key.
    PollWithKey,
    /// Comes within the window of every rotation: no rotation of bearer tokens can see this one.
    Lockstep,
}

/// One theft.
pub(crate) struct Theft {
    pub(crate) kind: Kind,
    victim: Arc<Device>,
    /// When in the run.
    after: Duration,
    loot: Mutex<Option<Loot>>,
}

/// What a thief has, and how it fared.
pub(crate) struct Loot {
    pub(crate) book: Arc<Mutex<Book>>,
    pub(crate) place: Place,
    pub(crate) generation: u64,
    pub(crate) key: Option<Key>,
    /// When it first presented something.
    pub(crate) came: Option<Instant>,
    /// When it was refused.
    pub(crate) out: Option<Instant>,
}

/// Whether a thief was here before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    First,
    Later,
}

/// How often a thief looks whether its moment has come.
const GLANCE: Duration = Duration::from_millis(40);

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Lead,
        Self::Follow,
        Self::Poll,
        Self::Shadow,
        Self::Old,
        Self::LeadWithKey,
        Self::PollWithKey,
        Self::Lockstep,
    ];

    /// What the design says of it.
    pub(crate) fn is_bounded(self) -> bool {
        match self {
            Self::Lead | Self::Follow | Self::Poll | Self::Shadow | Self::Old => true,
            Self::LeadWithKey | Self::PollWithKey | Self::Lockstep => false,
        }
    }

    pub(crate) fn has_key(self) -> bool {
        match self {
            Self::LeadWithKey | Self::PollWithKey => true,
            Self::Lead | Self::Follow | Self::Poll | Self::Shadow | Self::Old | Self::Lockstep => false,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lead => "leads",
            Self::Follow => "follows later than the window",
            Self::Poll => "polls",
            Self::Shadow => "comes once within the window, then leads",
            Self::Old => "has a token that was replaced before",
            Self::LeadWithKey => "leads, with a copied pending key",
            Self::PollWithKey => "polls, with a copied pending key",
            Self::Lockstep => "comes within the window of every rotation",
        }
    }
}

impl Theft {
    /// The thefts of a run: whom, how and when, as the seed says.
    pub(crate) fn plan(devices: &[Arc<Device>]) -> Vec<Arc<Self>> {
        let Some(first) = devices.first() else { return Vec::new() };
        let profile = &first.world.profile;
        let mut chance = Chance::of(profile.seed, Stream::Thefts, 0);
        let mut victims: Vec<_> = devices.to_vec();
        (1..victims.len()).rev().for_each(|index| victims.swap(index, chance.below(index + 1)));
        // Without a key nobody can copy one.
        let has_key = |device: &Arc<Device>| device.kind.promise() == crate::book::Promise::AnyTime;
        let count = profile.clients * profile.thefts_per_hundred / 100;
        let kinds = Kind::ALL.iter().cycle().take(count);
        let thefts = kinds.filter_map(|kind| {
            let at = victims.iter().position(|victim| !kind.has_key() || has_key(victim))?;
            let after = chance.between(profile.length / 20..profile.length / 2);
            Some(Arc::new(Self { kind: *kind, victim: victims.swap_remove(at), after, loot: Mutex::new(None) }))
        });
        thefts.collect()
    }

    pub(crate) fn loot(&self) -> MutexGuard<'_, Option<Loot>> {
        self.loot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn victim(&self) -> &Arc<Device> {
        &self.victim
    }

    /// Steals when it is time, and stays as long as it can.
    pub(crate) async fn live(self: Arc<Self>, number: usize) {
        let world = &self.victim.world;
        let mut chance = Chance::of(world.profile.seed, Stream::Thefts, number as u64 + 1);
        sleep(self.after).await;
        while !world.is_over() && !self.steal() {
            sleep(GLANCE).await;
        }
        let min_age = world.profile.min_age();
        let mut due = clock::now();
        let mut visit = Visit::First;
        while !world.is_over() {
            if clock::now() < due || !self.may_come(visit) {
                sleep(GLANCE).await;
                continue;
            }
            if self.present().await == Some(Still::Out) {
                return;
            }
            visit = Visit::Later;
            due = clock::now()
                + match self.kind {
                    Kind::Poll | Kind::PollWithKey => min_age / 6,
                    Kind::Lockstep => world.profile.lost_window() / 4,
                    Kind::Lead | Kind::Follow | Kind::Shadow | Kind::Old | Kind::LeadWithKey => {
                        chance.between(min_age * 9 / 10..min_age * 3 / 2)
                    }
                };
        }
    }

    /// Copies what the victim holds, if that is what this thief is after.
    fn steal(&self) -> bool {
        let mut hold = self.victim.hold();
        let Some(hold) = hold.as_mut().filter(|hold| !hold.is_robbed) else { return false };
        let key = hold.key.clone().filter(|key| key.generation == hold.generation);
        let (token, generation) = match self.kind {
            Kind::Old => match &hold.previous {
                Some((token, generation)) => (token.clone(), *generation),
                None => return false,
            },
            Kind::LeadWithKey | Kind::PollWithKey if key.is_none() => return false,
            Kind::Lead
            | Kind::Follow
            | Kind::Poll
            | Kind::Shadow
            | Kind::LeadWithKey
            | Kind::PollWithKey
            | Kind::Lockstep => match hold.place.token() {
                Some(token) => (token.to_owned(), hold.generation),
                None => return false,
            },
        };
        hold.is_robbed = true;
        *self.loot() = Some(Loot {
            book: Arc::clone(&hold.book),
            place: hold.place.with_token(&token),
            generation,
            key: key.filter(|_| self.kind.has_key()),
            came: None,
            out: None,
        });
        true
    }

    /// Whether this is a moment for this thief.
    fn may_come(&self, visit: Visit) -> bool {
        let loot = self.loot();
        let Some(loot) = loot.as_ref() else { return false };
        let (limits, now) = (&self.victim.world.limits, clock::now());
        let rotated = open(&loot.book).last_rotation(Party::Owner);
        let since = rotated.map(|(_, at)| now.saturating_duration_since(at));
        let has_moved_on = rotated.is_some_and(|(generation, _)| generation > loot.generation);
        let is_far = since.is_none_or(|since| since > limits.lost_window + limits.patience / 2);
        match self.kind {
            Kind::Lockstep => true,
            Kind::Follow if visit == Visit::First => has_moved_on && is_far,
            Kind::Shadow if visit == Visit::First => {
                has_moved_on && since.is_some_and(|since| since < limits.lost_window / 2)
            }
            Kind::Lead
            | Kind::Follow
            | Kind::Poll
            | Kind::Shadow
            | Kind::Old
            | Kind::LeadWithKey
            | Kind::PollWithKey => is_far,
        }
    }

    /// Presents what it has. `None` if nobody answered.
    pub(crate) async fn present(&self) -> Option<Still> {
        let world = &self.victim.world;
        let record = world.calm();
        let (book, ticket, request, presented) = {
            let mut loot = self.loot();
            let loot = loot.as_mut()?;
            let mut request = loot.place.request("/auth/refresh", &self.victim.origin());
            if let Some(key) = loot.key.as_ref().filter(|key| key.generation == loot.generation) {
                request = request.with("idempotency-key", key.text.clone());
            }
            loot.came.get_or_insert(record.sent);
            let ticket = open(&loot.book).presented(&record, Party::Thief, loot.generation);
            (Arc::clone(&loot.book), ticket, request, loot.generation)
        };
        let answer = world.ask(&record, request).await?;
        let now = clock::now();
        let mut loot = self.loot();
        let loot = loot.as_mut()?;
        self.victim.note(
            &record,
            &format!("the thief ({}) presents generation {presented}: {}", self.kind.name(), answer.status),
        );
        match answer.status {
            200 => {
                let got = answer.json()["session"]["generation"].as_u64().unwrap_or_default();
                let token = loot.place.take(&answer);
                let broken = open(&book).accepted(ticket, got, token.as_deref(), now, &world.limits);
                if token.is_some() {
                    loot.generation = got;
                }
                self.victim.expose(broken.iter().map(|broken| format!("to a thief: {broken:?}")));
                Some(Still::In)
            }
            401 => {
                loot.out = Some(now);
                Some(Still::Out)
            }
            _ => None,
        }
    }
}

/// Whether a thief is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Still {
    In,
    Out,
}
