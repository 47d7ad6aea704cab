//! What can be done, in words that stay meaningful while a failing sequence is made shorter: sessions and moments are named by
//! themselves and not by what came before.

use gatewright_core::{
    LogoutScope,
    model::{Timestamp, Transport},
};

use super::{
    answer::Number,
    model::Key,
    people::{House, Person, RoleSet},
};

/// One thing that is done.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Somebody logs in, choosing the user if the login leaves that open.
    LogIn {
        /// As whom.
        person: Person,
        /// With the account's password, or not.
        password: Typed,
        /// With the user's PIN, if it takes one.
        pin: Typed,
        /// How the tokens travel.
        transport: Transport,
    },
    /// A refresh token is presented.
    Refresh {
        /// Of which session.
        session: Number,
        /// Which token.
        token: Which,
        /// With which retry key.
        key: Option<WhoseKey>,
    },
    /// A client whose answers are lost repeats itself, each time a little later than `min_age`, and presents what it gets at last.
    Poll {
        /// Of which session.
        session: Number,
        /// How often.
        times: u8,
    },
    /// Another user of the account.
    Switch {
        /// From which session.
        session: Number,
        /// To whom.
        to: Person,
        /// With the PIN, if it takes one.
        pin: Typed,
    },
    /// The account proves itself again.
    Reauthenticate {
        /// In which session.
        session: Number,
        /// With which password.
        password: Typed,
    },
    /// Somebody logs out.
    LogOut {
        /// Of which session.
        session: Number,
        /// Showing what.
        proof: Proof,
        /// What ends.
        scope: LogoutScope,
    },
    /// A session is ended from the list of devices.
    EndFromList {
        /// By which session.
        by: Number,
        /// Which one.
        session: Number,
    },
    /// The list of devices.
    List {
        /// As which session sees it.
        session: Number,
    },
    /// Another password.
    ChangePassword {
        /// By which session.
        session: Number,
        /// With which current one.
        current: Typed,
    },
    /// An operator closes an account.
    DisableAccount(House),
    /// And opens it again.
    EnableAccount(House),
    /// A user may not come in any more.
    DisableUser(Person),
    /// And may again.
    EnableUser(Person),
    /// A user gets other roles.
    SetRoles(Person, RoleSet),
    /// New tokens are made with another master key from now on; the old one is kept behind it.
    RotateMasterKey,
    /// The clock shows another moment: a later one, or an earlier one.
    Clock(Timestamp),
    /// The store loses the last rotation of a session.
    LoseLastRotation {
        /// Of which session.
        session: Number,
        /// Whether it knows that it may have lost something.
        loss: Loss,
    },
    /// The store is promoted, and has lost nothing.
    Promote,
}

/// Something that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// As it is.
    Right,
    /// As it is not.
    Wrong,
    /// Nothing. For a password that is as wrong as any other.
    Nothing,
}

/// A refresh token, as seen from the session's current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// So many behind it; as far back as the chain goes.
    Behind(u64),
    /// So many ahead of it: what a store delivered and forgot.
    Ahead(u64),
    /// Signed by us, but of a history that this store never had: so many behind.
    ElsewhereBehind(u64),
    /// So many ahead.
    ElsewhereAhead(u64),
    /// The current one, with one character changed.
    Damaged,
}

/// A retry key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoseKey {
    /// What an honest client made for the token that it presents.
    Own,
    /// What somebody made who has the token as well.
    Foreign,
}

/// What is shown when logging out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The last access token.
    Access,
    /// A refresh token, so many behind the current one.
    Refresh(u64),
}

/// Whether a loss is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The store says that it was promoted.
    Noticed,
    /// It says nothing.
    Silent,
}

impl WhoseKey {
    /// The key that comes with the token of this generation.
    #[must_use]
    pub const fn of(self, generation: u64) -> Key {
        match self {
            Self::Own => Key::Own(generation),
            Self::Foreign => Key::Foreign(generation),
        }
    }
}

impl Operation {
    /// The sessions that it names: they must be there.
    #[must_use]
    pub fn names(&self) -> Vec<Number> {
        match self {
            Self::Refresh { session, .. }
            | Self::Poll { session, .. }
            | Self::Switch { session, .. }
            | Self::Reauthenticate { session, .. }
            | Self::LogOut { session, .. }
            | Self::List { session }
            | Self::ChangePassword { session, .. }
            | Self::LoseLastRotation { session, .. } => vec![*session],
            Self::EndFromList { by, session } => vec![*by, *session],
            Self::LogIn { .. }
            | Self::DisableAccount(_)
            | Self::EnableAccount(_)
            | Self::DisableUser(_)
            | Self::EnableUser(_)
            | Self::SetRoles(..)
            | Self::RotateMasterKey
            | Self::Clock(_)
            | Self::Promote => Vec::new(),
        }
    }
}
