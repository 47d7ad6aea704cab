//! The session's row as the model keeps it: ages instead of moments, each of which stops growing once no window can tell it
//! from a greater one. What must stay true: two moments that the judgement could tell apart have different ages here.

use crate::token::{Key, Rel};

/// "It never happened", among ages.
pub const NEVER: u8 = u8::MAX;

/// The windows in ticks, and where ages stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// `min_age` in ticks.
    pub min_age: u8,
    /// `lost_window` in ticks.
    pub lost_window: u8,
}

impl Clock {
    /// Windows of so many ticks.
    #[must_use]
    pub const fn new(min_age: u8, lost_window: u8) -> Self {
        Self { min_age, lost_window }
    }

    /// From this age on every window has passed, also those of a mutation that is one tick longer.
    #[must_use]
    pub fn far(self) -> u8 {
        self.min_age.max(self.lost_window + 2)
    }

    /// A tick later: past every window the age goes round in a circle of `min_age`, because "in the same `min_age` since the
    /// rotation" goes on for ever.
    #[must_use]
    pub fn older(self, age: u8) -> u8 {
        if age + 1 >= self.far() + self.min_age { self.far() } else { age + 1 }
    }
}

/// A tick later, up to `end`; what never happened does not age.
#[must_use]
pub fn aged(age: u8, end: u8) -> u8 {
    if age == NEVER { NEVER } else { (age + 1).min(end) }
}

/// Whether the session lives, or why not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Life {
    /// It lives.
    Alive,
    /// Somebody logged out, switched or ended it.
    Ended,
    /// A spent token came back.
    Reused,
    /// All sessions of the account were ended.
    EpochMoved,
    /// The user was disabled.
    Disabled,
    /// Its absolute end has passed.
    Expired,
}

impl Life {
    /// Every way to be dead that is no reuse.
    pub const DEATHS: [Self; 4] = [Self::Ended, Self::EpochMoved, Self::Disabled, Self::Expired];
}

/// The part of the row that the judgement reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Row {
    /// Whether it lives.
    pub life: Life,
    /// Ticks since the current token was minted.
    pub age: u8,
    /// Ticks since it was handed out again, or [`NEVER`].
    pub redelivered: u8,
    /// How often that counted.
    pub redeliveries: u8,
    /// The retry key of the last rotation.
    pub key: Key,
}

impl Row {
    /// A session that was opened just now.
    pub const NEW: Self = Self { life: Life::Alive, age: 0, redelivered: NEVER, redeliveries: 0, key: Key::NONE };

    /// Whether it lives.
    #[must_use]
    pub fn lives(&self) -> bool {
        self.life == Life::Alive
    }

    pub(crate) fn tick(&mut self, clock: Clock) {
        self.age = clock.older(self.age);
        self.redelivered = aged(self.redelivered, clock.min_age);
    }

    pub(crate) fn shift(&mut self, by: Rel, floor: Rel) {
        self.key = self.key.shifted(by, floor);
    }
}
