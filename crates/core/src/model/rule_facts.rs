//! What rules are asked about and told of. What must stay true: there is no secret in it, not even a hash of one.

use std::net::IpAddr;

use super::{
    Account, Act, Activity, AuthMethod, DeliveryId, Email, SessionId, Timestamp, Transport, User, UserAgent, Username,
    names,
};

/// Somebody wants an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignUpFacts {
    /// When.
    pub at: Timestamp,
    /// The address, which is not proved. Nobody has looked yet whether it is taken: the answer would tell.
    pub email: Email,
    /// The first user's name, if one was chosen.
    pub username: Option<Username>,
    /// The language.
    pub locale: Option<String>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<UserAgent>,
}

/// A session is to get an access token.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenFacts {
    /// When.
    pub at: Timestamp,
    /// On what occasion.
    pub occasion: Occasion,
    /// The account.
    pub account: Account,
    /// The user.
    pub user: User,
    /// The session; before it is opened, the id that it is to have.
    pub session_id: SessionId,
    /// How its tokens travel.
    pub transport: Transport,
    /// How the account proved itself.
    pub amr: Vec<AuthMethod>,
    /// When it last did.
    pub auth_time: Timestamp,
    /// From where.
    pub ip: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<UserAgent>,
}

/// On what occasion an access token is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Occasion {
    /// Somebody signs in, by whatever proof; also for the first time.
    Login,
    /// A session is exchanged for one of another user of the account.
    Switch,
    /// The account has proved itself anew.
    Reauthenticate,
    /// The session goes on.
    Refresh,
    /// Somebody else acts as the user.
    Impersonate,
}

/// A session is opened by something that happens, which is what the activity log says.
impl From<Act> for Occasion {
    fn from(act: Act) -> Self {
        if act == Act::Switched {
            Self::Switch
        } else if act == Act::Reauthenticated {
            Self::Reauthenticate
        } else if act == Act::Impersonated {
            Self::Impersonate
        } else {
            Self::Login
        }
    }
}

names!(Occasion {
    Login = "login",
    Switch = "switch",
    Reauthenticate = "reauthenticate",
    Refresh = "refresh",
    Impersonate = "impersonate",
});

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Names this telling of it: however often it is repeated, it is this one.
    pub id: DeliveryId,
    /// The place of the entry in the activity log, which only rises: whoever is told of two entries out of order can tell.
    pub seq: u64,
    /// The entry.
    pub activity: Activity,
}
