//! What a run is made of: how many clients, how long, what is lost, what is killed. What must stay true: the proportions of the
//! windows are those of production, and what the network does keeps within what the design asks of it.

use std::time::Duration;

/// Everything that a run depends on, but for the machine.
#[derive(Clone, Debug)]
pub struct Profile {
    /// From which every decision of clients, network and faults follows.
    pub seed: u64,
    /// How many clients are signed in.
    pub clients: usize,
    /// How long they are tormented.
    pub length: Duration,
    /// `refresh.min_age` of the run, in whole seconds; 60 in production. Everything else is scaled with it.
    pub min_age_secs: u64,
    /// Where sessions are kept.
    pub store: Store,
    /// How presented tokens are judged.
    pub policy: Policy,
    /// What happens to exchanges.
    pub network: Rates,
    /// How many thefts there are for each hundred clients.
    pub thefts_per_hundred: usize,
    /// How often a server is hurt.
    pub servers: Hurting,
    /// With what probability a mobile client ends between receiving and storing.
    pub crashes: f64,
    /// Whether clients do what they should.
    pub discipline: Discipline,
}

/// Where sessions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// One node on a file.
    Sqlite,
    /// Two nodes on one PostgreSQL.
    Postgres,
    /// Two nodes on one PostgreSQL, with the sessions in Redis.
    Redis,
}

/// How presented tokens are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// As the program does.
    Shipped,
    /// A replaced token always ends the session (`refresh.strict`).
    Strict,
    /// Within the grace the previous token gets yet another successor.
    ReRotate,
    /// Within the grace the previous token opens a branch of its own; reuse ends all sessions of the user.
    NewBranch,
    /// The previous token stays good until its successor was used.
    PreviousAlways,
}

/// With what probability an exchange is hit.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// The request never reaches a node.
    pub request_dropped: f64,
    /// The node answers, and the client never hears of it.
    pub answer_dropped: f64,
    /// The connection breaks in the middle of the answer.
    pub answer_cut: f64,
    /// The request comes late, by up to [`Profile::longest_delay`]. Parallel ones overtake each other by that.
    pub request_delayed: f64,
    /// The answer comes late, by as much.
    pub answer_delayed: f64,
    /// The answer comes when the client has given up.
    pub answer_too_late: f64,
    /// The request reaches two nodes, or one twice.
    pub duplicated: f64,
}

/// How often a server is hurt.
#[derive(Clone, Copy, Debug)]
pub struct Hurting {
    /// The rest between two blows, on average.
    pub every: Duration,
    /// The longest that a server stands still.
    pub longest_pause: Duration,
    /// The longest that a killed node stays away.
    pub longest_absence: Duration,
}

/// Whether clients do what they should. What they do wrong must show in the report, or the bench sees nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// They keep their retry key until they have stored the next token.
    Kept,
    /// They forget their retry key when an answer arrives, before they store what it brought.
    KeyForgottenEarly,
}

impl Rates {
    /// A bad mobile connection.
    pub const HOSTILE: Self = Self {
        request_dropped: 0.02,
        answer_dropped: 0.05,
        answer_cut: 0.01,
        request_delayed: 0.15,
        answer_delayed: 0.15,
        answer_too_late: 0.01,
        duplicated: 0.03,
    };
}

impl Store {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::Redis];

    /// As it is named on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
        }
    }

    /// For a reader.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "1 node, SQLite",
            Self::Postgres => "2 nodes, PostgreSQL",
            Self::Redis => "2 nodes, PostgreSQL + Redis",
        }
    }

    pub(crate) fn nodes(self) -> usize {
        match self {
            Self::Sqlite => 1,
            Self::Postgres | Self::Redis => 2,
        }
    }
}

impl Policy {
    /// Every one of them.
    pub const ALL: [Self; 5] = [Self::Shipped, Self::Strict, Self::ReRotate, Self::NewBranch, Self::PreviousAlways];

    /// As it is named on the command line, and to a server that knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Strict => "strict",
            Self::ReRotate => "re_rotate",
            Self::NewBranch => "new_branch",
            Self::PreviousAlways => "previous_always",
        }
    }

    /// For a reader.
    pub fn title(self) -> &'static str {
        match self {
            Self::Shipped => "Gatewright",
            Self::Strict => "strict: a replaced token always ends the session",
            Self::ReRotate => "grace, re-rotate: the previous token gets yet another successor",
            Self::NewBranch => "grace, new branch: the previous token opens a branch of its own",
            Self::PreviousAlways => "previous always: good until its successor was used",
        }
    }

    /// Whether only a server with the feature `alternatives` knows it.
    pub fn is_alternative(self) -> bool {
        match self {
            Self::Shipped | Self::Strict => false,
            Self::ReRotate | Self::NewBranch | Self::PreviousAlways => true,
        }
    }

    /// Whether a session has one chain of tokens, each with one successor, so that two tokens of one generation are a fault.
    pub(crate) fn has_one_chain(self) -> bool {
        !self.is_alternative()
    }

    /// How many clients share an account. Where a theft ends all sessions of a user, each needs one of its own.
    pub(crate) fn clients_per_account(self) -> usize {
        match self {
            Self::NewBranch => 1,
            Self::Shipped | Self::Strict | Self::ReRotate | Self::PreviousAlways => 4,
        }
    }
}

impl Profile {
    /// Thousands of clients for minutes.
    pub fn long(store: Store, policy: Policy, seed: u64) -> Self {
        Self {
            seed,
            clients: 2_000,
            length: Duration::from_secs(180),
            min_age_secs: 12,
            store,
            policy,
            network: Rates::HOSTILE,
            thefts_per_hundred: 5,
            servers: Hurting {
                every: Duration::from_secs(6),
                longest_pause: Duration::from_secs(2),
                longest_absence: Duration::from_secs(3),
            },
            crashes: 0.1,
            discipline: Discipline::Kept,
        }
    }

    /// Some hundred clients for less than half a minute: for tests.
    pub fn quick(store: Store, policy: Policy, seed: u64) -> Self {
        Self {
            clients: 100,
            length: Duration::from_secs(18),
            min_age_secs: 6,
            thefts_per_hundred: 14,
            servers: Hurting {
                every: Duration::from_millis(2_500),
                longest_pause: Duration::from_millis(800),
                longest_absence: Duration::from_millis(1_200),
            },
            ..Self::long(store, policy, seed)
        }
    }

    /// `refresh.min_age` of the run.
    pub fn min_age(&self) -> Duration {
        Duration::from_secs(self.min_age_secs)
    }

    /// `refresh.lost_window` of the run: half of `min_age`, as 30 s of 60 s.
    pub fn lost_window(&self) -> Duration {
        Duration::from_secs(self.min_age_secs / 2)
    }

    /// When a client takes no answer any more: a sixth of `min_age`, as 10 s of 60 s. So `lost_window` + the life of an answer
    /// is below `min_age`, as a client without a key needs it.
    pub fn patience(&self) -> Duration {
        self.min_age() / 6
    }

    /// By how much the network delays either way.
    pub fn longest_delay(&self) -> Duration {
        self.min_age() / 24
    }

    /// How much shorter everything is than in production.
    pub fn scale(&self) -> f64 {
        60.0 / self.min_age().as_secs_f64()
    }

    /// A short name of what runs, for progress and errors.
    pub fn name(&self) -> String {
        match self.policy {
            Policy::Shipped => self.store.name().to_owned(),
            other @ (Policy::Strict | Policy::ReRotate | Policy::NewBranch | Policy::PreviousAlways) => {
                format!("{} {}", self.store.name(), other.name())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_keeps_what_the_design_asks_of_it() {
        for profile in [Profile::long, Profile::quick].map(|make| make(Store::Postgres, Policy::Shipped, 1)) {
            // A request is delayed, and then its server stands still; a duplicate is delayed once more.
            let request = profile.longest_delay() * 2 + profile.servers.longest_pause;
            assert!(request + profile.patience() < profile.min_age(), "R + D < min_age");
            assert!(profile.lost_window() + profile.patience() < profile.min_age(), "lost_window + D < min_age");
            let proportions = [profile.lost_window(), profile.patience()].map(|each| each.mul_f64(profile.scale()));
            assert_eq!(proportions, [Duration::from_secs(30), Duration::from_secs(10)]);
        }
    }
}
