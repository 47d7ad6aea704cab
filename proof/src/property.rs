//! The properties, as they are named in DESIGN 4.4. Each is a safety property: a step that breaks it leaves a mark in the
//! state. "Sometimes" and "never for ever" are counters with a bound; stateright's `eventually` does not see cycles, so it is
//! not used.

use std::fmt;

/// Properties that fell, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Broken(u16);

macro_rules! properties {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $short:literal, $text:literal;)+) => {
        impl Broken {
            $($(#[$doc])* pub const $name: Self = Self(1 << $bit);)+
            /// All of them, each with its short name and what it says.
            pub const ALL: &[(Self, &'static str, &'static str)] = &[$((Self::$name, $short, $text)),+];
        }
    };
}

properties! {
    /// P1
    P1 = 0, "P1", "at most one token would rotate at any instant";
    /// P2
    P2 = 1, "P2", "a token is answered with itself while young, or with its one successor";
    /// P3
    P3 = 2, "P3", "the generation rises by 1 per rotation or roll-forward and otherwise not";
    /// P4
    P4 = 3, "P4", "when reuse is answered the session has ended";
    /// P5
    P5 = 4, "P5", "what is judged after the end is refused, and nothing is written to a dead session";
    /// P6
    P6 = 5, "P6", "no honest client is logged out";
    /// P7
    P7 = 6, "P7", "a token of no chain changes no row";
    /// P8
    P8 = 7, "P8", "after a rollback no honest client is logged out";
    /// P9, literally
    P9 = 8, "P9", "the successor of one token is not given to two parties further apart than `lost_window`";
    /// P9, its second half
    COEXISTENCE = 9, "P9c", "thief and victim are not served by turns for ever";
    /// P11
    P11 = 10, "P11", "the newest token that was delivered is accepted";
    /// P12
    P12 = 11, "P12", "a retry within `lost_window` or with the rotation's key gets the successor";
    /// P20, its first half
    P20 = 12, "P20", "the current token gets 200";
    /// P20, its second half
    POSTPONEMENT = 13, "P20r", "the rotation is not put off for ever";
    /// The victim is not locked out while the thief stays
    LOCK_OUT = 14, "L", "a client is not refused while its session lives";
    /// Forward-auth
    LOOP = 15, "F", "forward-auth does not refuse again and again a client that was just renewed";
}

impl Broken {
    /// Every property.
    pub const EVERY: Self = Self(u16::MAX);
    /// None fell.
    pub const NOTHING: Self = Self(0);

    /// Marks it.
    pub fn mark(&mut self, one: Self) {
        self.0 |= one.0;
    }

    /// Forgets all others.
    pub fn keep(&mut self, these: Self) {
        self.0 &= these.0;
    }

    /// Whether all of `some` fell.
    #[must_use]
    pub fn has(self, some: Self) -> bool {
        self.0 & some.0 == some.0
    }

    /// Whether any fell.
    #[must_use]
    pub fn any(self) -> bool {
        self.0 != 0
    }

    /// The short names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().filter(move |(bit, _, _)| self.has(*bit)).map(|(_, short, _)| *short)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().collect::<Vec<_>>().join(", "))
    }
}
