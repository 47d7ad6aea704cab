//! What other systems make of a spent token, as the fault bench has it.

use std::time::Duration;

use gatewright_core::model::{Alternative, Spent};

use crate::sample::{at, standing};

const GRACE: Duration = Duration::from_secs(30);

#[test]
fn a_policy_with_a_grace_tolerates_a_spent_token_for_so_long_and_then_takes_it_for_stolen() {
    let row = standing(3, at(100));
    for (policy, tolerant) in [
        (Alternative::ReRotate { grace: GRACE }, Spent::RotateAgain),
        (Alternative::NewBranch { grace: GRACE }, Spent::Branch),
    ] {
        for behind in [1, 2] {
            assert_eq!(policy.judge_spent(&row, behind, at(100)), tolerant);
            assert_eq!(policy.judge_spent(&row, behind, at(130)), tolerant);
            assert_eq!(policy.judge_spent(&row, behind, at(131)), Spent::Reuse);
        }
    }
}

#[test]
fn previous_always_takes_the_token_before_the_current_one_at_any_time_and_no_other() {
    let row = standing(3, at(100));
    assert_eq!(Alternative::PreviousAlways.judge_spent(&row, 1, at(1_000_000)), Spent::Redeliver);
    assert_eq!(Alternative::PreviousAlways.judge_spent(&row, 2, at(100)), Spent::Reuse);
}
