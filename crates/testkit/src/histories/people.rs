//! Who takes part: two accounts, so that what is done on one can be seen to leave the other alone; one of them with several
//! users, of whom one has a PIN.

use gatewright_core::model::{AuthMethod, Rank};

/// A user. Ada, Ben and Cleo are on one account, Zoe is alone on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Person {
    /// Owns the first account.
    Ada,
    /// A member of it.
    Ben,
    /// A member of it, who has a PIN.
    Cleo,
    /// Owns the second account.
    Zoe,
}

/// One of the two accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum House {
    /// Ada's, Ben's and Cleo's.
    First,
    /// Zoe's.
    Second,
}

impl House {
    /// Both.
    pub const ALL: [Self; 2] = [Self::First, Self::Second];
}

impl Person {
    /// Everybody.
    pub const ALL: [Self; 4] = [Self::Ada, Self::Ben, Self::Cleo, Self::Zoe];

    /// The account.
    #[must_use]
    pub const fn house(self) -> House {
        match self {
            Self::Ada | Self::Ben | Self::Cleo => House::First,
            Self::Zoe => House::Second,
        }
    }

    /// Whether the person manages the account.
    #[must_use]
    pub const fn rank(self) -> Rank {
        match self {
            Self::Ada | Self::Zoe => Rank::Owner,
            Self::Ben | Self::Cleo => Rank::Member,
        }
    }

    /// The PIN, and what knowing it adds to the proof.
    #[must_use]
    pub const fn pin(self) -> Option<(&'static str, AuthMethod)> {
        match self {
            Self::Cleo => Some(("271828", AuthMethod::Pin)),
            Self::Ada | Self::Ben | Self::Zoe => None,
        }
    }

    /// What the name begins with; the rest tells one run from another.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ada => "ada",
            Self::Ben => "ben",
            Self::Cleo => "cleo",
            Self::Zoe => "zoe",
        }
    }
}

/// A set of roles, one bit each: enough to see whose they are and whether one set is within another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RoleSet(pub u8);

impl RoleSet {
    const NAMES: [&'static str; 2] = ["editor", "viewer"];

    /// The names, sorted.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        Self::NAMES.into_iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| name).collect()
    }

    /// The set with these names.
    #[must_use]
    pub fn of<'n>(names: impl Iterator<Item = &'n str>) -> Option<Self> {
        names
            .map(|name| Self::NAMES.iter().position(|it| *it == name))
            .try_fold(Self(0), |set, bit| Some(Self(set.0 | 1 << bit?)))
    }

    /// Whether every role of this set is in the other.
    #[must_use]
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}
