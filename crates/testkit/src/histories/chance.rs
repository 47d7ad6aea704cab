//! Which operation comes next: by chance, but with a preference for what is alive, and for moments around the ends of windows.

use std::time::Duration;

use gatewright_core::{
    LogoutScope,
    model::{ReuseEnds, Timestamp, Transport},
};
use proptest::{
    prelude::*,
    sample::select,
    strategy::{BoxedStrategy, Union},
};
use proptest_state_machine::ReferenceStateMachine;

use super::{
    answer::Number,
    model::{FRESH, Model, Retries, Rules, Session},
    operation::{Loss, Operation, Proof, Typed, Which, WhoseKey},
    people::{House, Person, RoleSet},
};
use crate::FrozenClock;

/// The reference model as proptest drives it.
pub(super) struct Machine;

impl ReferenceStateMachine for Machine {
    type State = Model;
    type Transition = Operation;

    fn init_state() -> BoxedStrategy<Model> {
        let rules = |retries, reuse_ends| Rules { retries, reuse_ends, max_sessions: 4 };
        prop_oneof![
            7 => Just(rules(Retries::Forgiven, ReuseEnds::Session)),
            2 => Just(rules(Retries::Forgiven, ReuseEnds::User)),
            1 => Just(rules(Retries::Punished, ReuseEnds::Session)),
        ]
        .prop_map(Model::new)
        .boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Operation> {
        Union::new_weighted(vec![
            (44, refresh(model)),
            (24, clock(model)),
            (8, log_in()),
            (3, poll(model)),
            (4, switch(model)),
            (3, reauthenticate(model)),
            (4, log_out(model)),
            (3, from_list(model)),
            (2, change_password(model)),
            (6, meddle(model)),
            (6, lose(model)),
        ])
        .boxed()
    }

    fn apply(model: Model, operation: &Operation) -> Model {
        model.after(operation)
    }

    fn preconditions(model: &Model, operation: &Operation) -> bool {
        let is_there = operation.names().iter().all(|number| *number < model.sessions.len());
        if let Operation::LoseLastRotation { session, .. } = operation {
            return is_there && model.sessions[*session].chain.generation() > 1;
        }
        is_there
    }
}

/// A session, rather one that lives, and most of all the one that was spoken of last: what goes wrong takes several steps.
fn session(model: &Model) -> BoxedStrategy<Number> {
    let all: Vec<Number> = (0..model.sessions.len()).collect();
    let living: Vec<Number> = all.iter().copied().filter(|it| model.sessions[*it].lives(model.now)).collect();
    if living.is_empty() {
        return select(all).boxed();
    }
    let focus = if living.contains(&model.focus) { vec![model.focus] } else { living.clone() };
    prop_oneof![16 => select(focus), 7 => select(living), 1 => select(all)].boxed()
}

fn refresh(model: &Model) -> BoxedStrategy<Operation> {
    let token = prop_oneof![
        10 => Just(Which::Behind(0)),
        12 => Just(Which::Behind(1)),
        1 => (2_u64..4).prop_map(Which::Behind),
        3 => Just(Which::Ahead(1)),
        1 => (2_u64..4).prop_map(Which::Ahead),
        1 => (0_u64..3).prop_map(Which::ElsewhereBehind),
        1 => (1_u64..3).prop_map(Which::ElsewhereAhead),
        1 => Just(Which::Damaged),
    ];
    let key = prop_oneof![4 => Just(Some(WhoseKey::Own)), 2 => Just(None), 1 => Just(Some(WhoseKey::Foreign))];
    (session(model), token, key).prop_map(|(session, token, key)| Operation::Refresh { session, token, key }).boxed()
}

/// A moment just before, at or after the end of a window; any moment; or one that has been.
fn clock(model: &Model) -> BoxedStrategy<Operation> {
    let now = model.now;
    let living = || model.sessions.iter().filter(|session| session.lives(now));
    let edges: Vec<Timestamp> = living().flat_map(|session| windows(model, session)).collect();
    let (past, soon): (Vec<_>, Vec<_>) = edges.into_iter().partition(|edge| *edge < now);
    let focus = model.sessions.get(model.focus).filter(|session| session.lives(now));
    let focus = focus.map_or_else(Vec::new, |session| windows(model, session));
    let (past_focus, focus) = focus.into_iter().partition(|edge| *edge < now);
    let ends: Vec<Timestamp> = living().flat_map(|session| [session.chain.idle_end(), session.absolute_end]).collect();
    let to = |edges: Vec<Timestamp>| {
        let edges = if edges.is_empty() { vec![now] } else { edges };
        let off = prop_oneof![Just(-1_000_000_i64), Just(-1), Just(0), Just(1), Just(1_000_000)];
        let moment = (select(edges), off).prop_map(|(edge, off)| Timestamp::from_micros(edge.micros() + off));
        moment.prop_map(|moment| moment.max(FrozenClock::START)).boxed()
    };
    let on = move |span: Duration| now.plus(span);
    let back = select(vec![1_u64, 1_000_000, 9_000_000, 11_000_000, 61_000_000, 3_600_000_000, 20 * 86_400_000_000]);
    prop_oneof![
        10 => to(focus),
        4 => to(soon),
        5 => to(past_focus),
        2 => to(past),
        1 => to(ends),
        3 => (1_u64..200).prop_map(move |secs| on(Duration::from_secs(secs))),
        1 => (1_u64..9).prop_map(move |days| on(Duration::from_secs(days * 86_400))),
        2 => back.prop_map(move |micros| now.minus(Duration::from_micros(micros)).max(FrozenClock::START)),
    ]
    .prop_map(Operation::Clock)
    .boxed()
}

/// The ends of the windows of a session. The far ones have a choice of their own.
fn windows(model: &Model, session: &Session) -> Vec<Timestamp> {
    let tolerance = model.rules.tolerance(session.transport);
    let chain = &session.chain;
    let mut edges = vec![
        chain.minted().plus(tolerance.lost_window),
        chain.minted().plus(tolerance.min_age),
        chain.minted().plus(tolerance.min_age * 2),
        chain.last_delivered().plus(tolerance.min_age),
    ];
    edges.extend(model.promoted.map(|promoted| promoted.plus(tolerance.min_age)));
    // Of these, one is enough.
    edges.push(session.auth_time.plus(FRESH).min(Timestamp::from_secs(session.access.expires)));
    edges
}

fn log_in() -> BoxedStrategy<Operation> {
    let transport = prop_oneof![3 => Just(Transport::Body), 2 => Just(Transport::Hybrid), 2 => Just(Transport::Cookie)];
    (select(&Person::ALL[..]), typed(), typed(), transport)
        .prop_map(|(person, password, pin, transport)| Operation::LogIn { person, password, pin, transport })
        .boxed()
}

fn poll(model: &Model) -> BoxedStrategy<Operation> {
    (session(model), prop_oneof![1_u8..4, 16_u8..19])
        .prop_map(|(session, times)| Operation::Poll { session, times })
        .boxed()
}

fn switch(model: &Model) -> BoxedStrategy<Operation> {
    (session(model), select(&Person::ALL[..]), typed())
        .prop_map(|(session, to, pin)| Operation::Switch { session, to, pin })
        .boxed()
}

fn reauthenticate(model: &Model) -> BoxedStrategy<Operation> {
    (session(model), typed()).prop_map(|(session, password)| Operation::Reauthenticate { session, password }).boxed()
}

fn log_out(model: &Model) -> BoxedStrategy<Operation> {
    let proof = prop_oneof![2 => Just(Proof::Access), 1 => (0_u64..3).prop_map(Proof::Refresh)];
    let scope = prop_oneof![
        3 => Just(LogoutScope::Session),
        2 => Just(LogoutScope::Others),
        1 => Just(LogoutScope::Account)
    ];
    (session(model), proof, scope)
        .prop_map(|(session, proof, scope)| Operation::LogOut { session, proof, scope })
        .boxed()
}

fn from_list(model: &Model) -> BoxedStrategy<Operation> {
    prop_oneof![
        (session(model), session(model)).prop_map(|(by, session)| Operation::EndFromList { by, session }),
        session(model).prop_map(|session| Operation::List { session }),
    ]
    .boxed()
}

fn change_password(model: &Model) -> BoxedStrategy<Operation> {
    (session(model), typed()).prop_map(|(session, current)| Operation::ChangePassword { session, current }).boxed()
}

fn meddle(model: &Model) -> BoxedStrategy<Operation> {
    let house = || select(&House::ALL[..]);
    // The owner of an account with several users can be kept out only with the account.
    let member = || select(&[Person::Ben, Person::Cleo][..]);
    let _ = model;
    prop_oneof![
        1 => house().prop_map(Operation::DisableAccount),
        2 => house().prop_map(Operation::EnableAccount),
        1 => member().prop_map(Operation::DisableUser),
        2 => member().prop_map(Operation::EnableUser),
        3 => (select(&Person::ALL[..]), 0_u8..4).prop_map(|(person, roles)| Operation::SetRoles(person, RoleSet(roles))),
        3 => Just(Operation::RotateMasterKey),
        2 => Just(Operation::Promote),
    ]
    .boxed()
}

/// Only what has rotated can lose a rotation.
fn lose(model: &Model) -> BoxedStrategy<Operation> {
    let rotated = |number: &Number| model.sessions[*number].chain.generation() > 1;
    let rotated: Vec<Number> = (0..model.sessions.len()).filter(rotated).collect();
    if rotated.is_empty() {
        return refresh(model);
    }
    (select(rotated), prop_oneof![Just(Loss::Noticed), Just(Loss::Silent)])
        .prop_map(|(session, loss)| Operation::LoseLastRotation { session, loss })
        .boxed()
}

fn typed() -> impl Strategy<Value = Typed> {
    prop_oneof![8 => Just(Typed::Right), 1 => Just(Typed::Wrong), 1 => Just(Typed::Nothing)]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::{
        strategy::ValueTree,
        test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
    };

    use super::*;
    use crate::histories::{
        answer::{Answer, Delivered},
        seed,
    };

    /// What came out, without its particulars.
    fn kind(answer: &Answer, before: &Model) -> String {
        match answer {
            Answer::Done => "done".into(),
            Answer::Sessions(_) => "sessions".into(),
            Answer::Refused(why) => format!("{why:?}"),
            Answer::SignedIn(signed) if signed.session >= before.sessions.len() => "opened".into(),
            Answer::SignedIn(signed) => {
                let rose = signed.generation - before.sessions[signed.session].chain.generation();
                format!("{} at {rose} more", if signed.token == Delivered::Kept { "kept" } else { "set" })
            }
        }
    }

    /// Otherwise the tests of the stores could pass without having looked anywhere.
    #[test]
    fn chance_comes_to_everything_that_can_come_out() {
        let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &seed::bytes(1));
        let mut runner = TestRunner::new_with_rng(Config::default(), chance);
        let mut kinds = BTreeSet::new();
        for _ in 0..400 {
            let history = Machine::sequential_strategy(10..60).new_tree(&mut runner).unwrap();
            let (mut model, operations, _) = history.current();
            for operation in operations {
                let after = model.clone().after(&operation);
                kinds.insert(kind(&after.answer, &model));
                model = after;
            }
        }
        let all = [
            "AccessToken",
            "Credentials",
            "Denied",
            "Forged",
            "NotFound",
            "NotFresh",
            "PinRequired",
            "PinWrong",
            "RefreshDead",
            "Reused",
            "SessionDead",
            "UnknownHistory",
            "UserNotFound",
            "done",
            "kept at 0 more",
            "kept at 1 more",
            "opened",
            "sessions",
            "set at 0 more",
            "set at 1 more",
        ];
        for kind in all {
            assert!(kinds.contains(kind), "{kind} in {kinds:?}");
        }
    }
}
