//! The checker itself: every mutation is caught by the property that is named for it, in a run that holds without it.

use gatewright_proof::{Mutation, caught};

use crate::found::{HOLDING, MUTATED};

#[test]
fn every_mutation_is_caught_by_a_named_property() {
    let complaints: Vec<_> = MUTATED
        .iter()
        .filter_map(|(case, report)| Some(format!("{}: {}", case.text, case.mutant.complaint(report)?)))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_mutation_has_its_case() {
    for mutation in Mutation::ALL {
        assert!(caught::cases().any(|case| case.text == mutation.text()), "nothing catches {mutation:?}");
    }
}

#[test]
fn what_catches_a_mutation_holds_without_it() {
    for (case, _) in MUTATED.iter() {
        let base = HOLDING.iter().find(|(run, _)| run.name == case.base);
        assert!(base.is_some_and(|(_, report)| report.fall.is_none()), "{} does not hold by itself", case.base);
    }
}

#[test]
fn a_counterexample_tells_who_did_what() {
    let (_, report) = MUTATED.iter().find(|(case, _)| case.text.contains("young token is set again")).unwrap();
    let trace = &report.fall.as_ref().unwrap().trace;
    assert!(trace.contains("the client sends t1 with key of t1"), "{trace}");
    assert!(trace.lines().last().unwrap().ends_with("<- P6 falls"), "{trace}");
}
