//! A counterexample for a reader: who did what, and the row after each step, with tokens numbered from the login on.

use std::fmt::Write as _;

use crate::{
    bridge::{Authenticity, Question},
    commit::Lost,
    row::{Life, NEVER, Row},
    setup::Setup,
    step::{Act, Copied},
    token::{Key, Rel},
    world::{By, Stage, World},
};

/// The steps, one a line.
#[must_use]
pub(crate) fn of(setup: &Setup, path: Vec<(World, Option<Act>)>) -> String {
    let mut text = String::new();
    let mut current = 1;
    for (number, (world, act)) in path.into_iter().enumerate() {
        let Some(act) = act else { break };
        let (after, risen) = setup.after(&world, act).expect("a path consists of steps that can be");
        let told = told(&world, act, current);
        current += i64::from(risen);
        let (step, row) = (number + 1, row(&after.row, current));
        let fell = if after.broken.any() { format!("   <- {} falls", after.broken) } else { String::new() };
        writeln!(text, "{step:3}. {told:<60} | {row}{fell}").expect("a string takes everything");
    }
    text
}

fn row(row: &Row, current: i64) -> String {
    let redelivered = match row.redelivered {
        NEVER => String::new(),
        age => format!(", again {age} ago"),
    };
    let counted = match row.redeliveries {
        0 => String::new(),
        count => format!(" ({count} counted)"),
    };
    let state = match row.life {
        Life::Alive => "",
        Life::Ended => ", ended",
        Life::Reused => ", ended for reuse",
        Life::EpochMoved => ", epoch moved",
        Life::Disabled => ", user disabled",
        Life::Expired => ", expired",
    };
    let Row { age, key, .. } = row;
    format!("t{current} minted {age} ago{redelivered}{counted}, {}{state}", key_name(*key, current))
}

fn token(rel: Rel, current: i64) -> String {
    format!("t{}", current + i64::from(rel))
}

fn key_name(key: Key, current: i64) -> String {
    match key {
        Key::NONE => "no key".into(),
        Key::THIEF => "the thief's key".into(),
        Key::KEPT => "one and the same key".into(),
        _ => key.made_for().map_or_else(String::new, |(made_for, variant)| {
            let another = if variant == 0 { "" } else { "another " };
            format!("{another}key of {}", token(made_for, current))
        }),
    }
}

fn told(world: &World, act: Act, current: i64) -> String {
    match act {
        Act::Tick => "a tick passes".into(),
        Act::Send(by, key) => {
            let client = &world.client;
            let held = if client.memory == crate::token::NOTHING { client.token } else { client.memory };
            format!("{} sends {} with {}", who(by), token(held, current), key_name(key, current))
        }
        Act::Serve(slot) => format!("the server handles {}", flight(world, slot, current)),
        Act::ServeAndLose(slot) => format!("the server handles {}; the answer is lost", flight(world, slot, current)),
        Act::Read(slot) => format!("a node reads and judges {}", flight(world, slot, current)),
        Act::Apply(slot) => format!("the node applies {}", flight(world, slot, current)),
        Act::ApplyAndCrash(slot) => format!("the node applies {}, and crashes", flight(world, slot, current)),
        Act::Deliver(slot) => format!("{} arrives", flight(world, slot, current)),
        Act::DeliverTwice(slot) => format!("{} arrives, and will once more", flight(world, slot, current)),
        Act::Store => "the client stores what it received".into(),
        Act::Crash => "the client crashes and starts again".into(),
        Act::Abandon => "the client no longer waits".into(),
        Act::Steal(Copied::Token) => format!("the thief copies {}", token(world.client.token, current)),
        Act::Steal(Copied::TokenAndKey) => {
            format!("the thief copies {} and its pending key", token(world.client.token, current))
        }
        Act::Thieve(rel, key) => {
            format!("the thief presents {} with {}", token(rel, current), key_name(key, current))
        }
        Act::Present(question) => format!("somebody presents {}", asked(question, current)),
        Act::ReadAnybody(question) => format!("a node reads and judges somebody's {}", asked(question, current)),
        Act::End(how) => format!("from outside: {how:?}"),
        Act::RollBack(Lost::Rotation) => "the store fails over and lacks the last rotation".into(),
        Act::RollBack(Lost::Redelivery) => "the store fails over and lacks the last redelivery".into(),
    }
}

fn asked(question: Question, current: i64) -> String {
    let what = match question.secret {
        Authenticity::OfTheChain => token(question.token, current),
        Authenticity::Foreign => format!("{} of no chain", token(question.token, current)),
    };
    format!("{what} with {}", key_name(question.key, current))
}

fn flight(world: &World, slot: usize, current: i64) -> String {
    let Some(flight) = world.flights[slot] else { return "nothing".into() };
    let (who, token) = (who(flight.by), token(flight.token, current));
    match flight.stage {
        Stage::Request | Stage::Judged { .. } => format!("{who}'s {token} with {}", key_name(flight.key, current)),
        Stage::Answer => format!("the answer with {token}"),
    }
}

fn who(by: By) -> &'static str {
    match by {
        By::Client => "the client",
        By::Abandoned => "the client that waits no longer",
        By::ForwardAuth => "forward-auth",
        By::Thief => "the thief",
        By::Anybody => "somebody",
    }
}
