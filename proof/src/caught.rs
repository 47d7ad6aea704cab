//! Which run catches which mutation. What must stay true: every mutation is in the list, and every run that catches one holds
//! without it.

use crate::{
    catalogue::{self, Run, What},
    mutation::Mutation,
    property::Broken,
    setup::Setup,
    switch::{Cookies, Switch},
};

/// A mutation and the run that catches it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What is wrong.
    pub text: &'static str,
    /// The name of the run, which holds as long as nothing is wrong.
    pub base: &'static str,
    /// The property that has to fall.
    pub property: &'static str,
    /// The run with the mutation.
    pub mutant: Run,
}

const CASES: &[(Mutation, &str, &str)] = &[
    (Mutation::AlwaysRotate, "two-tabs", "P6"),
    (Mutation::MinAgeShorter, "two-tabs", "P6"),
    (Mutation::YoungFromMinting, "two-tabs", "P6"),
    (Mutation::YoungIsSetAgain, "two-tabs", "P6"),
    (Mutation::PreviousIsReuse, "two-tabs", "P12"),
    (Mutation::PreviousRotates, "two-tabs", "P2"),
    (Mutation::PreviousWithoutLimit, "thief-apart", "P9"),
    (Mutation::LostWindowLonger, "thief-two-tabs", "P9"),
    (Mutation::LostWindowShorter, "keyless", "P12"),
    (Mutation::KeyIgnored, "one-tab", "P12"),
    (Mutation::KeyNotExclusive, "thief-two-tabs", "P9"),
    (Mutation::CapEnds, "one-tab", "P6"),
    (Mutation::NoCap, "thief-any-time", "P20r"),
    (Mutation::EveryRedeliveryCounts, "two-tabs-losses", "P6"),
    (Mutation::LateRedeliveriesCount, "two-tabs-losses", "P6"),
    (Mutation::ReuseEndsNothing, "anybody", "P4"),
    (Mutation::TwoBehindRefused, "thief-two-tabs", "L"),
    (Mutation::AheadIsReuse, "two-tabs-rollback", "P8"),
    (Mutation::AheadIsUnknown, "two-tabs-rollback", "P11"),
    (Mutation::AheadRotates, "anybody-rollback", "P3"),
    (Mutation::NoPause, "two-tabs-rollback", "P8"),
    (Mutation::PauseRefuses, "anybody-rollback", "P20"),
    (Mutation::UnknownEnds, "anybody", "P7"),
    (Mutation::DeadNotChecked, "anybody", "P5"),
    (Mutation::EndedAccepted, "anybody", "P5"),
    (Mutation::RotateUnguarded, "nodes", "P3"),
    (Mutation::StateNotGuarded, "nodes-logout", "P5"),
    (Mutation::CountedUnguarded, "nodes-losses", "P6"),
    (Mutation::RollForwardUnguarded, "nodes-rollback", "P3"),
    (Mutation::KeyNotDurable, "mobile", "P6"),
    (Mutation::KeyPerTab, "two-tabs", "P6"),
    (Mutation::KeyKept, "thief-apart-key", "P9c"),
    (Mutation::UsesBeforeStoring, "mobile", "P6"),
];

const COOKIES: &[(Cookies, &str)] = &[
    (Cookies::OneName, "cookies: one name for all sessions"),
    (Cookies::OldestCounts, "cookies: of several sessions the oldest counts"),
    (Cookies::LogoutDeletesAll, "cookies: a logout deletes those of every session"),
];

/// All of them.
pub fn cases() -> impl Iterator<Item = Case> {
    let judged = CASES.iter().map(|(mutation, base, property)| {
        let setup = setup(base);
        case(*mutation, base, property, Setup { mutation: *mutation, ..setup })
    });
    // Two successors that rotate side by side are seen the moment they answer; P1 says that they are there before anybody asks.
    let alone = Setup { mutation: Mutation::PreviousRotates, looks_at: Broken::P1, ..setup("anybody") };
    let alone = case(Mutation::PreviousRotates, "anybody", "P1", alone);
    let cookies = COOKIES.iter().map(|(cookies, text)| {
        let what = What::Two(Switch { cookies: *cookies });
        Case { text, base: "switch", property: "P6", mutant: Run { what, falls: Some("P6"), ..catalogue::SWITCH } }
    });
    judged.chain([alone]).chain(cookies)
}

fn setup(base: &str) -> Setup {
    let of_that_name = |run: &&Run| run.name == base;
    match catalogue::SMALL.iter().find(of_that_name).map(|run| run.what) {
        Some(What::One(setup)) => setup,
        Some(What::Two(_)) | None => unreachable!("a case names a run of one session: {base}"),
    }
}

fn case(mutation: Mutation, base: &'static str, property: &'static str, mutated: Setup) -> Case {
    let mutant = Run { name: base, says: mutation.text(), what: What::One(mutated), falls: Some(property) };
    Case { text: mutation.text(), base, property, mutant }
}
