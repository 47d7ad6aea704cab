//! The properties by their names: each holds in every run within the small bounds, and each can fall.

use gatewright_proof::{Report, Run};

use crate::found::{FALLING, HOLDING, MUTATED};

/// The property holds in every run, among them those whose names are given, and falls as soon as something is wrong.
#[track_caller]
fn holds_and_can_fall(property: &str, among: &[&str]) {
    for name in among {
        assert!(HOLDING.iter().any(|(run, _)| run.name == *name), "{name} is not explored");
    }
    let complaints: Vec<_> = HOLDING.iter().filter_map(|(run, report)| run.complaint(report)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let falls = |report: &Report| report.fall.as_ref().is_some_and(|fall| fall.properties.contains(property));
    let mutated = MUTATED.iter().any(|(_, report)| falls(report));
    let needed = FALLING.iter().any(|(_, report)| falls(report));
    assert!(mutated || needed, "{property} falls nowhere: does anything look at it?");
}

#[test]
fn p1_at_most_one_token_of_a_session_would_rotate() {
    holds_and_can_fall("P1", &["anybody", "anybody-rollback"]);
}

#[test]
fn p2_a_token_is_answered_with_itself_or_with_its_one_successor() {
    holds_and_can_fall("P2", &["anybody", "anybody-rollback", "two-tabs", "nodes"]);
}

#[test]
fn p3_the_generation_rises_by_one_per_rotation_or_roll_forward() {
    holds_and_can_fall("P3", &["anybody-rollback", "anybody-nodes", "nodes-rollback"]);
}

#[test]
fn p4_reuse_has_ended_the_session_before_it_is_answered() {
    holds_and_can_fall("P4", &["anybody", "anybody-nodes", "thief-nodes"]);
}

#[test]
fn p5_nothing_succeeds_and_nothing_is_written_after_the_end() {
    holds_and_can_fall("P5", &["anybody", "anybody-nodes", "nodes-logout", "switch"]);
}

#[test]
fn p6_no_honest_client_is_logged_out() {
    let among = ["one-tab", "three-tabs", "keyless", "mixed", "mobile", "nodes", "forward-auth-never-renews", "switch"];
    holds_and_can_fall("P6", &among);
}

#[test]
fn p7_a_token_of_no_chain_changes_no_row() {
    holds_and_can_fall("P7", &["anybody", "anybody-rollback"]);
}

#[test]
fn p8_a_store_that_rolled_back_logs_nobody_out() {
    holds_and_can_fall("P8", &["three-tabs-rollback", "keyless-rollback", "mobile-rollback", "nodes-rollback"]);
}

#[test]
fn p9_a_token_does_not_serve_two_parties_further_apart_than_the_windows() {
    holds_and_can_fall("P9", &["thief-two-tabs", "thief-keyless", "thief-nodes"]);
}

#[test]
fn p9_thief_and_victim_are_not_served_by_turns_for_ever() {
    let among = ["thief-apart", "thief-apart-keyless", "thief-apart-key", "thief-polling", "thief-polling-key"];
    holds_and_can_fall("P9c", &among);
}

#[test]
fn p11_the_newest_token_that_was_delivered_is_accepted_after_a_crash() {
    holds_and_can_fall("P11", &["two-tabs-rollback", "mobile-rollback", "nodes-rollback"]);
}

#[test]
fn p12_a_retry_after_a_commit_without_an_answer_gets_the_successor() {
    holds_and_can_fall("P12", &["one-tab", "keyless", "mobile-one", "nodes"]);
}

#[test]
fn p20_the_current_token_is_accepted_while_the_session_lives() {
    holds_and_can_fall("P20", &["anybody", "anybody-rollback", "thief-two-tabs"]);
}

#[test]
fn p20_nobody_keeps_the_current_token_from_rotating_for_ever() {
    holds_and_can_fall("P20r", &["thief-any-time"]);
}

#[test]
fn a_client_is_not_refused_while_its_session_lives() {
    holds_and_can_fall("L", &["thief-two-tabs", "thief-nodes", "two-tabs-rollback"]);
}

#[test]
fn forward_auth_does_not_hang_between_a_page_and_its_script() {
    holds_and_can_fall("F", &["forward-auth-never-renews"]);
}

#[test]
fn each_assumption_is_needed() {
    let complaints: Vec<_> = FALLING.iter().filter_map(|(run, report): &(Run, _)| run.complaint(report)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
