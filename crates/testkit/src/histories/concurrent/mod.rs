//! Histories of things that are done at once, by several callers at two nodes, some of whom go away in the middle. Each session
//! must look as if they had come one after the other, in an order that agrees with the time (P1, P3, P5).
//!
//! The clock moves only while nobody acts, so that an act has one time. Whether a history is found to be wrong depends on how the
//! tasks happened to run: the seed repeats what is done, not when.

mod caller;
mod dawdling;
mod object;
mod order;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize},
    },
    time::Duration,
};

use gatewright_core::{
    LogoutScope,
    model::{ReuseEnds, Transport},
};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokio::{runtime::Runtime, sync::Barrier, task::JoinSet};

use self::{
    caller::{Act, Effect, Known, Record, Shared, Told, seen},
    dawdling::Dawdling,
    object::{Lives, State, Step, Timed},
};
use super::{
    answer::Number,
    laboratory::Workshop,
    model::{Chain, IDLE, Retries, Rules},
    operation::{Operation, Typed, WhoseKey},
    people::Person,
    seed::{self, Budget},
    system::{Finding, System},
};
use crate::FrozenClock;

/// So much time passes, then each caller does its acts.
#[derive(Clone, Debug)]
struct Phase {
    pause: Duration,
    callers: Vec<Vec<Told>>,
}

/// Tries histories until the budget is used up.
///
/// # Panics
/// With the first history that has no order, and with its seed.
pub fn concurrent_operations(workshop: &Workshop<'_>, runtime: &Runtime, budget: Budget) {
    for (seed, cases) in budget.seeds() {
        let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &seed::bytes(seed));
        let mut runner = TestRunner::new_with_rng(Config::default(), chance);
        for _ in 0..cases {
            let plan = plan().new_tree(&mut runner).expect("nothing is filtered").current();
            if let Err(finding) = runtime.block_on(run(workshop, &plan)) {
                panic!("{finding}\n({})", seed::again(seed));
            }
        }
    }
}

fn plan() -> impl Strategy<Value = Vec<Phase>> {
    let pause = prop_oneof![2 => Just(0_u64), 1 => Just(20), 2 => Just(31), 6 => Just(61), 1 => Just(130)];
    let callers = (3_usize..=6).prop_flat_map(|callers| vec(vec(told(), 1..3), callers));
    let phase = (pause, callers).prop_map(|(secs, callers)| Phase { pause: Duration::from_secs(secs), callers });
    vec(phase, 3..6)
}

fn told() -> impl Strategy<Value = Told> {
    let key = prop_oneof![6 => Just(Some(WhoseKey::Own)), 2 => Just(None), 1 => Just(Some(WhoseKey::Foreign))];
    let behind = prop_oneof![6 => Just(0_u64), 5 => Just(1), 1 => Just(2)];
    let act = prop_oneof![
        24 => (behind, key).prop_map(|(behind, key)| Act::Refresh { behind, key }),
        2 => Just(Act::LogOut(LogoutScope::Session)),
        1 => Just(Act::LogOut(LogoutScope::Others)),
        1 => prop_oneof![Just(Person::Ada), Just(Person::Ben)].prop_map(Act::Switch),
        1 => Just(Act::Reauthenticate),
        2 => Just(Act::List),
        4 => Just(Act::Look),
        2 => Just(Act::EndAnother),
    ];
    let polls = prop_oneof![9 => Just(None), 1 => (1_u8..4).prop_map(Some)];
    (act, 0_usize..3, polls).prop_map(|(act, session, polls)| Told { act, session, polls })
}

async fn run(workshop: &Workshop<'_>, plan: &[Phase]) -> Result<(), Finding> {
    let rules = Rules { retries: Retries::Forgiven, reuse_ends: ReuseEnds::Session, max_sessions: 100 };
    let mut system = System::start_with(workshop, rules, |sessions| Arc::new(Dawdling::new(sessions))).await?;
    let (pin, transport) = (Typed::Nothing, Transport::Body);
    let log_in = Operation::LogIn { person: Person::Ada, password: Typed::Right, pin, transport };
    system.act(&log_in).await?;
    let shared = Arc::new(share(&system, rules));
    let first = shared.lock().len();
    for phase in plan {
        workshop.clock.advance(phase.pause);
        let start = Arc::new(Barrier::new(phase.callers.len()));
        let mut callers = JoinSet::new();
        for (caller, acts) in phase.callers.iter().cloned().enumerate() {
            let (shared, start) = (shared.clone(), start.clone());
            callers.spawn(async move {
                start.wait().await;
                for told in acts {
                    shared.run(caller, told).await?;
                }
                Ok::<_, Finding>(())
            });
        }
        for caller in callers.join_all().await {
            caller.map_err(|finding| format!("{}\n{finding}", printed(&shared)))?;
        }
    }
    look_at_the_end(&shared).await?;
    judge(&shared, first)
}

/// The two sessions of Ada's are what everybody acts on.
fn share(system: &System<'_>, rules: Rules) -> Shared {
    let of_ada = [0, 2].map(|number: Number| Known { held: system.held[number].clone(), person: Person::Ada });
    Shared {
        gates: system.nodes.gates.clone(),
        ports: system.nodes.ports.clone(),
        master: system.master(),
        rules,
        people: BTreeMap::from(Person::ALL.map(|person| (person, system.user(person)))),
        password: system.sentence_of(Person::Ada),
        known: Mutex::new(Vec::from(of_ada)),
        records: Mutex::new(Vec::new()),
        ticks: AtomicU64::new(0),
        turns: AtomicUsize::new(0),
    }
}

/// What both nodes see in the end is part of the history.
async fn look_at_the_end(shared: &Shared) -> Result<(), Finding> {
    let sessions = shared.lock().len();
    for number in (0..sessions).chain(0..sessions) {
        shared.look(shared.begin(0, format!("session {number}: in the end")), number).await?;
    }
    Ok(())
}

/// Looks for an order for each session.
fn judge(shared: &Shared, first: usize) -> Result<(), Finding> {
    let records = shared.records.lock().unwrap_or_else(PoisonError::into_inner);
    let people: Vec<Person> = shared.lock().iter().map(|known| known.person).collect();
    for number in 0..people.len() {
        let mut steps = Vec::new();
        for (index, record) in records.iter().enumerate() {
            for effect in &record.effects {
                let step = step_on(number, effect, record, &records, shared, &people);
                steps.extend(step.map(|step| Timed { step, began: record.began, over: record.over, record: index }));
            }
        }
        let state = if number < first { State::Living(Chain::opened(FrozenClock::START, IDLE)) } else { State::Unborn };
        if order::find(&state, &steps).is_none() {
            let mut lines: Vec<_> = steps.iter().map(|timed| (timed.began, line(&records[timed.record]))).collect();
            lines.sort();
            lines.dedup();
            let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
            return Err(format!("there is no order for session {number}:\n{}", lines.join("\n")));
        }
    }
    Ok(())
}

/// What an effect says of this session, if anything.
fn step_on(
    number: Number,
    effect: &Effect,
    record: &Record,
    records: &[Record],
    shared: &Shared,
    people: &[Person],
) -> Option<Step> {
    match effect {
        Effect::On(on, step) => (*on == number).then(|| step.clone()),
        Effect::OnOthers { of, but } => (*but != number && people[number] == *of).then_some(Step::End),
        Effect::Listed { by, living } => {
            let is_seen = *by == people[number] || *by == Person::Ada;
            let lives = if living.contains(&shared.lock()[number].held.id) { Lives::Yes } else { Lives::No };
            is_seen.then(|| seen(lives))
        }
        Effect::Overtaken { session, since } if *session == number => {
            // Ending all others moves the one that stays into another epoch: what was begun in the old one is refused, too.
            let moved = records.iter().any(|other| {
                let overlaps =
                    other.began < record.over.unwrap_or(u64::MAX) && other.over.is_none_or(|over| over > *since);
                let moves = |effect: &Effect| matches!(effect, Effect::OnOthers { but, .. } if *but == number);
                overlaps && other.effects.iter().any(moves)
            });
            (!moved).then(|| seen(Lives::No))
        }
        Effect::Overtaken { .. } => None,
    }
}

fn printed(shared: &Shared) -> String {
    let records = shared.records.lock().unwrap_or_else(PoisonError::into_inner);
    let lines: Vec<String> = records.iter().map(line).collect();
    lines.join("\n")
}

fn line(record: &Record) -> String {
    let over = record.over.map_or_else(|| "…".to_owned(), |over| over.to_string());
    format!("[{:>4} {over:>4}] caller {} {} -> {}", record.began, record.caller, record.what, record.came)
}
