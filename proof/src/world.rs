//! The state of a run: the row, what a failover would bring back, the client, what is under way, the thief, and what the
//! properties have to remember. What must stay true: nothing in it grows without end, and equal situations are equal states.

use crate::{
    mutation::Outcome,
    property::Broken,
    row::{NEVER, Row, aged},
    setup::Setup,
    token::{Key, NOTHING, Rel, floor, shifted},
};

/// How many exchanges may be under way at once, of all parties.
pub const SLOTS: usize = 4;

/// One situation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct World {
    /// The session's row.
    pub row: Row,
    /// Ticks since the store was promoted, or [`NEVER`].
    pub promoted: u8,
    /// The row before its last rotation or roll-forward, if a failover may still forget that.
    pub before_rotation: Option<Row>,
    /// The row before its last redelivery.
    pub before_redelivery: Option<Row>,
    /// How many rollbacks may still come.
    pub rollbacks: u8,
    /// The newest token that was ever minted.
    pub newest: Rel,
    /// The honest client.
    pub client: Holder,
    /// What is under way, sorted: which slot an exchange has means nothing.
    pub flights: [Option<Flight>; SLOTS],
    /// The thief.
    pub thief: Loot,
    /// What the properties remember.
    pub ghosts: Ghosts,
    /// Properties that fell. Nothing happens after that.
    pub broken: Broken,
}

/// What the honest client holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Holder {
    /// The token in the jar, or in the mobile client's storage.
    pub token: Rel,
    /// A token that was received and is not stored yet (mobile), or [`NOTHING`].
    pub memory: Rel,
    /// Whether a retry key for the stored token was made.
    pub key_made: bool,
    /// Which one (more than one only in mutations).
    pub variant: u8,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum By {
    /// The honest client.
    Client,
    /// The honest client, which no longer waits for the answer.
    Abandoned,
    /// Forward-auth, for the honest client.
    ForwardAuth,
    /// The thief.
    Thief,
    /// Anybody.
    Anybody,
}

/// An exchange under way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Flight {
    /// Whose.
    pub by: By,
    /// The token that it presents, or carries back.
    pub token: Rel,
    /// The retry key.
    pub key: Key,
    /// Ticks since the request, or the answer, left.
    pub age: u8,
    /// How far it is.
    pub stage: Stage,
}

impl Flight {
    /// An answer that leaves now. Whose it is and what was presented no longer matters.
    #[must_use]
    pub fn answer(token: Rel) -> Self {
        Self { by: By::Client, token, key: Key::NONE, age: 0, stage: Stage::Answer }
    }
}

/// How far an exchange is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stage {
    /// On its way to the server.
    Request,
    /// Read and judged, not yet applied.
    Judged {
        /// What it comes to.
        outcome: Outcome,
        /// The generation that was judged.
        seen: Rel,
        /// The last redelivery that was judged.
        seen_redelivered: u8,
        /// Ticks since the reading.
        held: u8,
    },
    /// On its way back, with this token to be set.
    Answer,
}

/// What the thief has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Loot {
    /// Whether he copied the jar.
    pub copied: bool,
    /// His tokens, a bit each.
    holds: u8,
    /// The retry key that he copied.
    pub key: Key,
}

/// The lowest token that has a bit of its own among the thief's.
const FIRST_BIT: Rel = -4;

impl Loot {
    /// Takes a token.
    pub fn take(&mut self, token: Rel) {
        self.holds |= 1 << (token.max(FIRST_BIT) - FIRST_BIT);
    }

    /// What he may present.
    pub fn tokens(self) -> impl Iterator<Item = Rel> {
        (0..8).filter(move |bit| self.holds & (1 << bit) != 0).map(|bit| bit + FIRST_BIT)
    }

    fn shift(&mut self, by: Rel, floor: Rel) {
        let old = *self;
        self.holds = 0;
        old.tokens().for_each(|token| self.take(shifted(token, by, floor)));
        self.key = self.key.shifted(by, floor);
    }
}

/// The two whom P9 tells apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Party {
    /// The client that the session belongs to.
    Victim,
    /// Whoever copied its jar.
    Thief,
}

impl Party {
    /// Its place in a pair.
    #[must_use]
    pub fn place(self) -> usize {
        match self {
            Self::Victim => 0,
            Self::Thief => 1,
        }
    }
}

/// What the properties have to remember. No transition reads it but through a property or a restriction of the run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ghosts {
    /// Ticks since each party last met the server.
    pub contact: [u8; 2],
    /// Ticks since each party was first given the current token, or [`NEVER`].
    pub redeemed: [u8; 2],
    /// Who rotated last.
    pub rotator: Option<Party>,
    /// Who was served last.
    pub served: Option<Party>,
    /// Who was served since the last round was complete.
    pub round: [bool; 2],
    /// Ticks since then.
    pub round_age: u8,
    /// Alternating successes, or rounds of both.
    pub together: u8,
    /// How often the rotation was seen to be put off.
    pub postponed: u8,
    /// Ticks since the last of these.
    pub postponed_age: u8,
    /// In how many `min_age`s answers of this generation were lost.
    pub lost: u8,
    /// Ticks since the last of these left.
    pub lost_age: u8,
    /// Whether a rotation ever carried a key.
    pub ever_keyed: bool,
    /// Whether the row is past its first generation, and whether it was before its last rotation.
    pub rotated: [bool; 2],
    /// Ticks since the client was last renewed.
    pub renewed: u8,
    /// How often forward-auth refused a client that had just been renewed.
    pub strikes: u8,
}

impl World {
    /// A session that was opened just now, its token delivered.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let ghosts = Ghosts {
            contact: [setup.clock.min_age + 1; 2],
            redeemed: [NEVER; 2],
            rotator: None,
            served: None,
            round: [false; 2],
            round_age: 0,
            together: 0,
            postponed: 0,
            postponed_age: NEVER,
            lost: 0,
            lost_age: NEVER,
            ever_keyed: false,
            rotated: [false; 2],
            renewed: NEVER,
            strikes: 0,
        };
        Self {
            row: Row::NEW,
            promoted: NEVER,
            before_rotation: None,
            before_redelivery: None,
            rollbacks: setup.rollbacks,
            newest: 0,
            client: Holder { token: 0, memory: NOTHING, key_made: false, variant: 0 },
            flights: [None; SLOTS],
            thief: Loot { copied: false, holds: 0, key: Key::NONE },
            ghosts,
            broken: Broken::NOTHING,
        }
    }

    /// Moves everything when the row's generation moves by `-by`.
    pub(crate) fn shift(&mut self, by: Rel) {
        let floor = floor(self.rollbacks);
        self.row.shift(by, floor);
        self.before_rotation.iter_mut().chain(&mut self.before_redelivery).for_each(|row| row.shift(by, floor));
        self.newest = shifted(self.newest, by, floor).max(0);
        self.client.token = shifted(self.client.token, by, floor);
        self.client.memory = shifted(self.client.memory, by, floor);
        self.thief.shift(by, floor);
        for flight in self.flights.iter_mut().flatten() {
            flight.token = shifted(flight.token, by, floor);
            flight.key = flight.key.shifted(by, floor);
            if let Stage::Judged { seen, .. } = &mut flight.stage {
                *seen = shifted(*seen, by, floor);
            }
        }
    }

    /// Time passes. Who is too old by then is gone.
    pub(crate) fn tick(&mut self, setup: &Setup) {
        let clock = setup.clock;
        self.row.tick(clock);
        self.before_rotation.iter_mut().chain(&mut self.before_redelivery).for_each(|row| row.tick(clock));
        self.promoted = match self.promoted {
            NEVER => NEVER,
            age if age + 1 >= clock.min_age => NEVER,
            age => age + 1,
        };
        for slot in &mut self.flights {
            let Some(flight) = slot else { continue };
            if flight.age >= life(setup, flight) {
                *slot = None;
                continue;
            }
            flight.age += 1;
            if let Stage::Judged { held, seen_redelivered, .. } = &mut flight.stage {
                *held += 1;
                *seen_redelivered = aged(*seen_redelivered, clock.min_age);
            }
        }
        self.ghosts.tick(setup);
    }

    /// Puts an exchange on its way.
    pub(crate) fn start(&mut self, flight: Flight) {
        let free = self.flights.iter_mut().find(|slot| slot.is_none());
        *free.expect("whoever starts an exchange has looked for a free slot") = Some(flight);
    }

    /// Equal situations are equal states.
    pub(crate) fn tidy(&mut self) {
        self.flights.sort_unstable();
        if self.rollbacks == 0 {
            (self.before_rotation, self.before_redelivery) = (None, None);
        }
    }
}

/// How many ticks an exchange lives in its present stage.
#[must_use]
pub(crate) fn life(setup: &Setup, flight: &Flight) -> u8 {
    match flight.stage {
        Stage::Request | Stage::Judged { .. } => setup.request_life,
        Stage::Answer => setup.answer_life,
    }
}

impl Ghosts {
    fn tick(&mut self, setup: &Setup) {
        let clock = setup.clock;
        self.contact = self.contact.map(|age| aged(age, clock.min_age + 1));
        self.redeemed = self.redeemed.map(|age| aged(age, clock.lost_window + 1 + setup.request_life));
        self.round_age = aged(self.round_age, clock.min_age + 1);
        self.postponed_age = aged(self.postponed_age, clock.min_age);
        self.lost_age = aged(self.lost_age, clock.min_age + setup.answer_life);
        self.renewed = aged(self.renewed, 1);
    }
}
