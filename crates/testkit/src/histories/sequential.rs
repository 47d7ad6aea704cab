//! Random operations, one after the other, on the system and on the reference model. After each, both must say the same: what
//! came out, which sessions live, and that no row has changed that nothing was done to.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use gatewright_core::{
    model::{Act, Session},
    port::ActivityFilter,
};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use tokio::runtime::Runtime;

use super::{
    chance::Machine,
    laboratory::Workshop,
    model::{Model, Noted},
    operation::Operation,
    people::House,
    seed::{self, Budget},
    system::{Finding, System, behind_everything},
};

/// How many operations a history has.
const LENGTH: std::ops::Range<usize> = 10..60;
/// How long a failure may be made shorter, in milliseconds.
const SHRINKING: u32 = 60_000;

/// Tries histories until the budget is used up.
///
/// # Panics
/// With the shortest history that was found in which the system does something else than the model, and with its seed.
pub fn random_operations(workshop: &Workshop<'_>, runtime: &Runtime, budget: Budget) {
    for (seed, cases) in budget.seeds() {
        let config = Config { cases, failure_persistence: None, max_shrink_time: SHRINKING, ..Config::default() };
        let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &seed::bytes(seed));
        let mut runner = TestRunner::new_with_rng(config, chance);
        let tried = runner.run(&Machine::sequential_strategy(LENGTH), |(model, operations, seen)| {
            let told = runtime.block_on(run(workshop, model, operations, seen.as_deref()));
            told.map_err(TestCaseError::fail)
        });
        match tried {
            Ok(()) => {}
            Err(TestError::Fail(reason, _)) => panic!("{reason}\n({})", seed::again(seed)),
            Err(TestError::Abort(reason)) => panic!("no histories could be made: {reason}"),
        }
    }
}

/// Runs one history. `seen` tells proptest how far it got.
async fn run(
    workshop: &Workshop<'_>,
    mut model: Model,
    operations: Vec<Operation>,
    seen: Option<&AtomicUsize>,
) -> Result<(), Finding> {
    let mut system = System::start(workshop, model.rules).await?;
    let mut rows = Vec::new();
    let mut told = vec![format!("{:?}", model.rules)];
    check(&system, &model, &mut rows).await?;
    for operation in operations {
        if let Some(seen) = seen {
            seen.fetch_add(1, SeqCst);
        }
        let (before, operation) = (model.now, clamped(&model, operation));
        model = model.after(&operation);
        let answer = system.act(&operation).await;
        let moment = before.micros() - crate::FrozenClock::START.micros();
        told.push(format!("{:>16} {operation:?}\n{:>16} {:?}", seconds(moment), "", model.answer));
        let found = match answer {
            Err(finding) => Err(finding),
            Ok(answer) if answer != model.answer => Err(format!("instead came {answer:?}")),
            Ok(_) => check(&system, &model, &mut rows).await,
        };
        found.map_err(|finding| format!("{}\n{finding}", told.join("\n")))?;
    }
    check_log(&system, &model).await.map_err(|finding| format!("{}\n{finding}", told.join("\n")))
}

/// The clock is asked for what it may show.
fn clamped(model: &Model, operation: Operation) -> Operation {
    if let Operation::Clock(target) = operation { Operation::Clock(model.clock_at(target)) } else { operation }
}

fn seconds(micros: i64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Compares every row with the model, and with what it was before (P17).
async fn check(system: &System<'_>, model: &Model, rows: &mut Vec<Session>) -> Result<(), Finding> {
    for (number, expected) in model.sessions.iter().enumerate() {
        let ports = &system.nodes.ports[number % 2];
        let id = system.held.get(number).ok_or_else(|| format!("session {number} was never opened"))?.id;
        let standing = ports.sessions.standing(id).await.map_err(|error| format!("{error:?}"))?;
        let standing = standing.ok_or_else(|| format!("the row of session {number} is gone"))?;
        let row = &standing.session;
        let found = (standing.dead(model.now).is_none(), row.chain.generation, row.idle_end);
        let wanted = (expected.lives(model.now), expected.chain.generation(), expected.chain.idle_end());
        if found != wanted {
            return Err(format!("session {number} (lives, generation, idle end): {found:?} instead of {wanted:?}"));
        }
        // P10, P15: from the opening on these stay.
        let found = (row.absolute_end, row.auth_time, &row.amr, row.transport);
        let wanted = (expected.absolute_end, expected.auth_time, &expected.amr, expected.transport);
        if found != wanted {
            return Err(format!("session {number} (end, auth_time, amr, transport): {found:?} instead of {wanted:?}"));
        }
        match rows.get_mut(number) {
            None => rows.push(row.clone()),
            Some(before) if before == row => {}
            Some(before) if model.touched.contains(&number) => before.clone_from(row),
            Some(before) => {
                return Err(format!(
                    "nothing was done to session {number}, but its row was\n{before:?} and is\n{row:?}"
                ));
            }
        }
    }
    for house in House::ALL {
        let account = system.accounts[house as usize];
        let ports = &system.nodes.ports[1 - house as usize];
        let listed = ports.sessions.of_account(account, model.now).await.map_err(|error| format!("{error:?}"))?;
        let listed = system.numbers(&listed)?;
        let living = |number: &usize| {
            let session = &model.sessions[*number];
            session.person.house() == house && session.lives(model.now)
        };
        let wanted: Vec<usize> = (0..model.sessions.len()).filter(living).collect();
        if listed != wanted {
            return Err(format!("listed of {house:?}: {listed:?} instead of {wanted:?}"));
        }
    }
    Ok(())
}

/// Each lost write and each reuse is in the log, once.
async fn check_log(system: &System<'_>, model: &Model) -> Result<(), Finding> {
    for house in House::ALL {
        let account = system.accounts[house as usize];
        let before = Some(behind_everything());
        let filter = ActivityFilter { account: Some(account), before, limit: 10_000, ..ActivityFilter::default() };
        let log = system.nodes.ports[0].activity_log.page(filter).await.map_err(|error| format!("{error:?}"))?;
        let count = |act: Act| log.entries.iter().filter(|entry| entry.act == act).count();
        let found = Noted { lost_writes: count(Act::StoreRollback), reuses: count(Act::RefreshReuse) };
        if found != model.noted[house as usize] {
            return Err(format!("the log of {house:?} has {found:?} instead of {:?}", model.noted[house as usize]));
        }
    }
    Ok(())
}
