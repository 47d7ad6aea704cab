//! The runs: what holds within the small bounds, what holds within the large ones, and what falls as soon as an assumption is
//! given up. What must stay true: a run that is expected to hold is explored to its end.

use crate::{
    bridge::Cap,
    model::Rotation,
    property::Broken,
    row::Clock,
    run::{Report, explore},
    setup::{Client, Copies, Forgets, ForwardAuth, Keys, Logout, Losses, Setup, Steps, Thief, Timing, Watches},
    switch::{Cookies, Switch},
};

/// One run of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, in a few words.
    pub says: &'static str,
    /// What is explored.
    pub what: What,
    /// The property that falls, if the run shows that an assumption is needed.
    pub falls: Option<&'static str>,
}

/// Which model a run explores.
#[derive(Clone, Copy, Debug)]
pub enum What {
    /// One session.
    One(Setup),
    /// Two sessions in one browser.
    Two(Switch),
}

impl Run {
    /// Explores it.
    pub fn explore(&self, progress: impl FnMut(usize)) -> Report {
        match self.what {
            What::One(setup) => explore(Rotation(setup), progress),
            What::Two(switch) => explore(switch, progress),
        }
    }

    /// Why the report is not what was expected; `None` if it is.
    #[must_use]
    pub fn complaint(&self, report: &Report) -> Option<String> {
        match (self.falls, &report.fall) {
            (None, None) if report.missed.is_empty() => None,
            (None, None) => Some(format!("{}: never comes to {}", self.name, report.missed.join(", "))),
            (Some(wanted), Some(fall)) if fall.properties.contains(wanted) => None,
            (_, Some(fall)) => {
                let fell: Vec<_> = fall.properties.iter().copied().collect();
                Some(format!("{}: {} falls in {} steps\n{}", self.name, fell.join(", "), fall.steps, fall.trace))
            }
            (Some(wanted), None) => Some(format!("{}: {wanted} was expected to fall, and holds", self.name)),
        }
    }
}

const BASE: Setup = Setup::BASE;
/// `min_age` 4, `lost_window` 2: what clients without a key, and two nodes, need at lives of one tick.
const WIDE: Clock = Clock::new(4, 2);
/// The real proportions, a tick being ten seconds.
const REAL: Clock = Clock::new(6, 3);
const ANYBODY: Setup = Setup { client: Client::Anybody, logout: Logout::AnyTime, ..BASE };
const THEFT: Setup = Setup { exchanges: 1, ..BASE };
const MOBILE: Setup = Setup { client: Client::Mobile, ..BASE };
const KEYLESS: Setup = Setup { keys: Keys::Never, clock: WIDE, losses: Losses::Any, ..BASE };
const NODES: Setup = Setup { steps: Steps::ReadThenApply, clock: WIDE, ..BASE };
/// Answers lost in two `min_age`s, so that whoever counts redeliveries wrongly comes to the cap.
const LOSSES: Setup = Setup { clock: WIDE, cap: Cap(4), losses: Losses::PerGeneration(2), ..BASE };
const SCRIPT_AND_FORWARD_AUTH: Setup = Setup { clock: WIDE, ..BASE };

const fn thief(copies: Copies, timing: Timing) -> Thief {
    Thief::Here { copies, timing }
}

/// How many alternating successes thief and victim have who stay further apart than all windows.
pub const APART: u8 = 1;
/// After a rollback.
pub const APART_ROLLBACK: u8 = 3;
/// With a copied pending key and no lost answer.
pub const APART_KEY: u8 = 4;
/// How many rounds in which both are served a polling thief without the key has.
pub const POLLING: u8 = 2;

/// With a copied pending key: how many such rounds, by the cap.
#[must_use]
pub const fn polling_key(cap: u8) -> u8 {
    2 * cap + 4
}

/// How often the victim's current token may be found young again before it rotates, by the cap: one counted redelivery late in
/// a `min_age` reaches to the end of the next.
#[must_use]
pub const fn postponements(cap: u8) -> u8 {
    2 * cap + 2
}

macro_rules! runs {
    ($($name:literal, $says:literal, $setup:expr;)+) => {
        &[$(Run { name: $name, says: $says, what: What::One(Setup { name: $name, ..$setup }), falls: None }),+]
    };
}

macro_rules! falls {
    ($($name:literal, $says:literal, $setup:expr, $property:literal;)+) => {
        &[$(Run { name: $name, says: $says, what: What::One(Setup { name: $name, ..$setup }), falls: Some($property) }),+]
    };
}

/// Two sessions in one browser.
pub const SWITCH: Run = Run {
    name: "switch",
    says: "switch, login and logout race a refresh for the cookies",
    what: What::Two(Switch { cookies: Cookies::BySession }),
    falls: None,
};

/// Within the small bounds: part of the tests.
pub const SMALL: &[Run] = runs! {
    "anybody", "anybody presents any token with any key, and garbage; ends of every kind", ANYBODY;
    "anybody-rollback", "the same, and the store rolls back", Setup { rollbacks: 1, ..ANYBODY };
    "anybody-nodes", "the same through two nodes", Setup { steps: Steps::ReadThenApply, clock: Clock::new(2, 1), ..ANYBODY };
    "one-tab", "one exchange at a time, any number of answers lost", Setup { exchanges: 1, losses: Losses::Any, ..BASE };
    "two-tabs", "two exchanges under way", BASE;
    "three-tabs", "three exchanges under way", Setup { exchanges: 3, ..BASE };
    "two-tabs-losses", "and more lost answers", LOSSES;
    "two-tabs-logout", "and a logout at any moment", Setup { logout: Logout::AnyTime, ..BASE };
    "two-tabs-rollback", "and a rollback", Setup { rollbacks: 1, ..BASE };
    "three-tabs-rollback", "and a rollback", Setup { exchanges: 3, rollbacks: 1, ..BASE };
    "keyless", "two exchanges without keys, any number of answers lost", KEYLESS;
    "keyless-rollback", "and a rollback", Setup { rollbacks: 1, ..KEYLESS };
    "mixed", "keys now and then", Setup { keys: Keys::Mixed, losses: Losses::PerGeneration(1), ..KEYLESS };
    "mobile", "a mobile client that crashes and abandons requests", MOBILE;
    "mobile-one", "any number of answers lost in crashes, one request at a time",
        Setup { exchanges: 1, losses: Losses::Any, ..MOBILE };
    "mobile-rollback", "and a rollback", Setup { rollbacks: 1, ..MOBILE };
    "nodes", "two tabs, two nodes: others come between judging and writing", NODES;
    "nodes-rollback", "and a rollback", Setup { rollbacks: 1, ..NODES };
    "nodes-losses", "and more lost answers", Setup { steps: Steps::ReadThenApply, ..LOSSES };
    "nodes-logout", "and a logout at any moment", Setup { logout: Logout::AnyTime, ..NODES };
    "nodes-keyless", "two nodes, no keys",
        Setup { keys: Keys::Never, losses: Losses::Any, clock: Clock::new(5, 2), ..NODES };
    "forward-auth", "a cookie session without script: forward-auth alone", Setup { forward_auth: ForwardAuth::Plain, ..KEYLESS };
    "forward-auth-never-renews", "script with keys; forward-auth serves young tokens and leaves the rest to it",
        Setup { forward_auth: ForwardAuth::NeverRenews, ..SCRIPT_AND_FORWARD_AUTH };
    "forward-auth-leaves-first", "the same; it leaves alone what the last rotation keyed and what was never rotated",
        Setup { forward_auth: ForwardAuth::LeavesFirstAndKeyed, ..SCRIPT_AND_FORWARD_AUTH };
    "thief-apart", "thief and victim further apart than all windows",
        Setup { losses: Losses::Any, thief: thief(Copies::Token, Timing::Apart), watches: Watches::Coexistence(APART), ..THEFT };
    "thief-apart-keyless", "the same, the victim has no key",
        Setup { keys: Keys::Never, losses: Losses::Any, thief: thief(Copies::Token, Timing::Apart),
            watches: Watches::Coexistence(APART), ..THEFT };
    "thief-apart-key", "the same, with a copied pending key",
        Setup { losses: Losses::PerGeneration(0), thief: thief(Copies::TokenAndKey, Timing::Apart),
            watches: Watches::Coexistence(APART_KEY), ..THEFT };
    "thief-polling", "a thief who polls, never right after the other's rotation",
        Setup { losses: Losses::Any, thief: thief(Copies::Token, Timing::Polling), watches: Watches::Coexistence(POLLING), ..THEFT };
    "thief-polling-mixed", "the same, the victim has keys now and then",
        Setup { keys: Keys::Mixed, losses: Losses::Any, thief: thief(Copies::Token, Timing::Polling),
            watches: Watches::Coexistence(POLLING), ..THEFT };
    "thief-polling-key", "the same, with a copied pending key",
        Setup { cap: Cap(1), losses: Losses::PerGeneration(0), thief: thief(Copies::TokenAndKey, Timing::Polling),
            watches: Watches::Coexistence(polling_key(1)), ..THEFT };
    "thief-any-time", "a thief at any moment, with a copied pending key: how long he puts the rotation off",
        Setup { losses: Losses::Any, thief: thief(Copies::TokenAndKey, Timing::Any),
            watches: Watches::Postponement(postponements(2)), ..THEFT };
    "thief-two-tabs", "a thief at any moment, the victim has two tabs", Setup { thief: thief(Copies::Token, Timing::Any), ..BASE };
    "thief-keyless", "a thief at any moment, the victim has no key",
        Setup { thief: thief(Copies::Token, Timing::Any), exchanges: 1, ..KEYLESS };
    "thief-nodes", "a thief at any moment, two nodes", Setup { exchanges: 1, thief: thief(Copies::Token, Timing::Any), ..NODES };
};

/// Within the large bounds: `cargo xtask model --large`.
pub const LARGE: &[Run] = runs! {
    "large-anybody", "anybody, two rollbacks", Setup { rollbacks: 2, ..ANYBODY };
    "large-anybody-nodes", "anybody through two nodes", Setup { steps: Steps::ReadThenApply, ..ANYBODY };
    "large-one-tab", "one exchange at a time, the real proportions and the real cap",
        Setup { exchanges: 1, losses: Losses::Any, clock: REAL, cap: Cap::REAL, ..BASE };
    "large-tabs", "three exchanges, the real proportions, answers lost in two `min_age`s",
        Setup { exchanges: 3, clock: REAL, cap: Cap(3), losses: Losses::PerGeneration(2), ..BASE };
    "large-tabs-cap", "two tabs, the real proportions, the real cap, answers lost in fifteen `min_age`s",
        Setup { clock: REAL, cap: Cap::REAL, losses: Losses::PerGeneration(15), ..BASE };
    "large-four-tabs", "four exchanges", Setup { exchanges: 4, ..BASE };
    "large-lives", "messages that live two ticks", Setup { clock: Clock::new(5, 3), request_life: 2, answer_life: 2, exchanges: 3, ..BASE };
    "large-keyless", "three exchanges without keys, the real proportions", Setup { exchanges: 3, clock: REAL, ..KEYLESS };
    "large-keyless-rollback", "and two rollbacks", Setup { exchanges: 3, rollbacks: 2, ..KEYLESS };
    "large-mixed", "three exchanges with keys now and then",
        Setup { keys: Keys::Mixed, exchanges: 3, losses: Losses::PerGeneration(1), ..KEYLESS };
    "large-rollbacks", "three exchanges, two rollbacks", Setup { exchanges: 3, rollbacks: 2, ..BASE };
    "large-rollback-real", "two exchanges, a rollback, the real proportions", Setup { rollbacks: 1, clock: REAL, ..BASE };
    "large-mobile", "three requests, the real proportions, answers lost in two `min_age`s",
        Setup { exchanges: 3, clock: REAL, cap: Cap(3), losses: Losses::PerGeneration(2), ..MOBILE };
    "large-mobile-rollbacks", "two requests, two rollbacks", Setup { rollbacks: 2, ..MOBILE };
    "large-nodes", "three tabs, two nodes", Setup { exchanges: 3, ..NODES };
    "large-nodes-real", "two tabs, two nodes, the real proportions, two answers lost",
        Setup { clock: REAL, cap: Cap(3), losses: Losses::PerGeneration(2), ..NODES };
    "large-nodes-rollbacks", "two tabs, two nodes, two rollbacks", Setup { rollbacks: 2, ..NODES };
    "large-nodes-keyless", "three tabs without keys, two nodes",
        Setup { keys: Keys::Never, losses: Losses::Any, clock: Clock::new(5, 2), exchanges: 3, ..NODES };
    "large-forward-auth", "forward-auth that never renews beside three tabs",
        Setup { forward_auth: ForwardAuth::NeverRenews, exchanges: 3, clock: REAL, ..SCRIPT_AND_FORWARD_AUTH };
    "large-thief-apart", "two tabs, thief further apart than all windows",
        Setup { losses: Losses::Any, thief: thief(Copies::Token, Timing::Apart), watches: Watches::Coexistence(APART), ..BASE };
    "large-thief-apart-rollback", "thief further apart than all windows, and a rollback",
        Setup { losses: Losses::Any, rollbacks: 1, thief: thief(Copies::Token, Timing::Apart),
            watches: Watches::Coexistence(APART_ROLLBACK), ..THEFT };
    "large-thief-apart-key", "two tabs, with a copied pending key",
        Setup { losses: Losses::PerGeneration(0), thief: thief(Copies::TokenAndKey, Timing::Apart),
            watches: Watches::Coexistence(APART_KEY), ..BASE };
    "large-thief-polling", "two tabs, a thief who polls",
        Setup { losses: Losses::PerGeneration(1), thief: thief(Copies::Token, Timing::Polling), watches: Watches::Coexistence(POLLING), ..BASE };
    "large-thief-polling-key", "a thief who polls with a copied pending key",
        Setup { thief: thief(Copies::TokenAndKey, Timing::Polling), watches: Watches::Coexistence(polling_key(2)), ..THEFT };
    "large-thief-cap", "how long a copied pending key puts the rotation off, with the real cap",
        Setup { losses: Losses::Any, cap: Cap::REAL, thief: thief(Copies::TokenAndKey, Timing::Any),
            watches: Watches::Postponement(postponements(16)), ..THEFT };
    "large-thief-two-tabs", "a thief at any moment with a copied pending key, two tabs, an answer lost",
        Setup { thief: thief(Copies::TokenAndKey, Timing::Any), watches: Watches::Postponement(postponements(2)), ..BASE };
    "large-thief-mobile", "a thief at any moment, a mobile client",
        Setup { thief: thief(Copies::TokenAndKey, Timing::Any), ..MOBILE };
    "large-thief-nodes", "a thief at any moment, two nodes, a copied pending key",
        Setup { exchanges: 1, thief: thief(Copies::TokenAndKey, Timing::Any), ..NODES };
    "large-thief-rollback", "a thief at any moment, and a rollback",
        Setup { rollbacks: 1, thief: thief(Copies::Token, Timing::Any), ..THEFT };
};

/// Each gives up one assumption, and falls. Part of the tests.
pub const NEEDED: &[Run] = falls! {
    "slow-messages", "a request and an answer together live as long as `min_age`", Setup { request_life: 2, ..BASE }, "P6";
    "keyless-long-window", "without keys: `lost_window` has more slots of `min_age` than the cap",
        Setup { clock: Clock::new(2, 4), cap: Cap(1), answer_life: 0, exchanges: 3, ..KEYLESS }, "P6";
    "nodes-slow-commit", "two nodes: the time between reading and writing, a request's and an answer's life are as long as `min_age`",
        Setup { clock: Clock::new(3, 2), ..NODES }, "P6";
    "too-many-losses", "two tabs: answers of one generation lost in as many `min_age`s as the cap", Setup { losses: Losses::PerGeneration(2), ..BASE }, "P6";
    "forgotten-end", "a failover forgets an end", Setup { forgets: Forgets::EndsToo, rollbacks: 1, logout: Logout::AnyTime, ..BASE }, "P5";
    "forward-auth-renews", "script with keys, forward-auth renews the same session without",
        Setup { forward_auth: ForwardAuth::Plain, ..SCRIPT_AND_FORWARD_AUTH }, "P6";
    "forward-auth-leaves-keyed", "forward-auth leaves alone what the last rotation keyed",
        Setup { forward_auth: ForwardAuth::LeavesKeyed, ..SCRIPT_AND_FORWARD_AUTH }, "P6";
    "forward-auth-leaves-once-keyed", "forward-auth leaves alone what any rotation keyed",
        Setup { forward_auth: ForwardAuth::LeavesOnceKeyed, ..SCRIPT_AND_FORWARD_AUTH }, "P6";
    "forward-auth-leaves-first-rollback", "forward-auth leaves alone what the last rotation keyed and what was never rotated, and a rollback",
        Setup { forward_auth: ForwardAuth::LeavesFirstAndKeyed, rollbacks: 1, looks_at: Broken::P6, ..SCRIPT_AND_FORWARD_AUTH }, "P6";
    "forward-auth-refuses-young", "forward-auth refuses whatever it is shown",
        Setup { forward_auth: ForwardAuth::RefusesYoung, ..SCRIPT_AND_FORWARD_AUTH }, "F";
    "thief-in-step", "a thief at any moment follows every rotation within `lost_window`",
        Setup { thief: thief(Copies::Token, Timing::Any), watches: Watches::Coexistence(POLLING), ..THEFT }, "P9c";
};
