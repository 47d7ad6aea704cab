//! The table of DESIGN 4.3, row by row, with the edges of each window.

use std::time::Duration;

use gatewright_core::model::{
    Dead, EndReason, Epoch, KeyFate, Postpone, Presentation, SecretHash, SessionState, Standing, Timestamp, Transport,
    Verdict, Windows, judge,
};

use crate::sample::{BORN, at, key, presented, presented_with, standing};

const FREE: Verdict = Verdict::Redeliver { retry_key: KeyFate::Forget, postpone: Postpone::Free };

fn verdict(standing: &Standing, presented: &Presentation, now: Timestamp) -> Verdict {
    judge(standing, presented, now, &Windows::DEFAULT)
}

#[test]
fn a_dead_session_refuses_every_token_alike() {
    let dead = |change: fn(&mut Standing)| {
        let mut standing = standing(3, BORN);
        change(&mut standing);
        [1, 2, 3, 4, 5].map(|generation| verdict(&standing, &presented(generation), at(100)))
    };
    let ended = dead(|it| it.session.state = SessionState::Ended { at: BORN, reason: EndReason::LoggedOut });
    assert_eq!(ended, [Verdict::Refuse(Dead::Ended(EndReason::LoggedOut)); 5]);
    assert_eq!(dead(|it| it.account.epoch = Epoch::new(1)), [Verdict::Refuse(Dead::EpochMoved); 5]);
    assert_eq!(dead(|it| it.user.epoch = Epoch::new(1)), [Verdict::Refuse(Dead::EpochMoved); 5]);
    assert_eq!(dead(|it| it.account.disabled_at = Some(BORN)), [Verdict::Refuse(Dead::Disabled); 5]);
    assert_eq!(dead(|it| it.user.disabled_at = Some(BORN)), [Verdict::Refuse(Dead::Disabled); 5]);
    assert_eq!(dead(|it| it.session.idle_end = at(100)), [Verdict::Refuse(Dead::Expired); 5]);
}

#[test]
fn p10_nothing_succeeds_from_the_absolute_end_on() {
    let mut standing = standing(2, BORN);
    standing.session.absolute_end = at(1000);
    standing.session.idle_end = at(9999);
    assert_eq!(verdict(&standing, &presented(2), at(999)), Verdict::Rotate);
    assert_eq!(verdict(&standing, &presented(2), at(1000)), Verdict::Refuse(Dead::Expired));
    assert_eq!(verdict(&standing, &presented(3), at(1000)), Verdict::Refuse(Dead::Expired));
}

#[test]
fn the_current_token_is_young_for_min_age_and_then_rotates() {
    let standing = standing(2, BORN);
    assert_eq!(verdict(&standing, &presented(2), at(0)), Verdict::Young);
    assert_eq!(verdict(&standing, &presented(2), at(59)), Verdict::Young);
    assert_eq!(verdict(&standing, &presented(2), at(60)), Verdict::Rotate);
}

#[test]
fn a_redelivery_makes_the_current_token_young_again() {
    let mut standing = standing(2, BORN);
    standing.session.chain.redelivered_at = Some(at(20));
    assert_eq!(verdict(&standing, &presented(2), at(79)), Verdict::Young);
    assert_eq!(verdict(&standing, &presented(2), at(80)), Verdict::Rotate);
}

#[test]
fn after_a_promotion_nothing_rotates_for_min_age() {
    let mut standing = standing(2, BORN);
    standing.store_promoted_at = Some(at(500));
    assert_eq!(verdict(&standing, &presented(2), at(559)), Verdict::Young);
    assert_eq!(verdict(&standing, &presented(2), at(560)), Verdict::Rotate);
}

#[test]
fn without_a_key_the_previous_token_is_redelivered_within_the_lost_window_only() {
    let standing = standing(2, BORN);
    assert_eq!(verdict(&standing, &presented(1), at(30)), FREE);
    assert_eq!(verdict(&standing, &presented(1), at(31)), Verdict::Reuse);
}

#[test]
fn with_the_rotations_key_the_previous_token_is_redelivered_at_any_time() {
    let mut standing = standing(2, BORN);
    standing.session.chain.retry_key = Some(key("mine"));
    let week = 7 * 86_400;
    let kept = Verdict::Redeliver { retry_key: KeyFate::Keep, postpone: Postpone::Counted };
    assert_eq!(verdict(&standing, &presented_with(1, "mine"), at(week)), kept);
    assert_eq!(verdict(&standing, &presented_with(1, "other"), at(week)), Verdict::Reuse);
    assert_eq!(verdict(&standing, &presented(1), at(week)), Verdict::Reuse);
}

#[test]
fn another_key_or_none_makes_the_rotations_key_forgotten() {
    let mut standing = standing(2, BORN);
    standing.session.chain.retry_key = Some(key("mine"));
    assert_eq!(verdict(&standing, &presented_with(1, "other"), at(10)), FREE);
    assert_eq!(verdict(&standing, &presented(1), at(10)), FREE);
}

#[test]
fn no_key_never_equals_no_key() {
    let standing = standing(2, BORN);
    assert_eq!(standing.session.chain.retry_key, None);
    assert_eq!(verdict(&standing, &presented(1), at(86_400)), Verdict::Reuse);
}

#[test]
fn of_the_redeliveries_in_one_min_age_the_first_counts_and_the_cap_ends_nothing() {
    let mut standing = standing(2, BORN);
    standing.session.chain.retry_key = Some(key("mine"));
    let postpone = |standing: &Standing, secs| {
        let verdict = verdict(standing, &presented_with(1, "mine"), at(secs));
        let Verdict::Redeliver { postpone, .. } = verdict else { panic!("{verdict:?}") };
        postpone
    };
    assert_eq!(postpone(&standing, 59), Postpone::Free);
    assert_eq!(postpone(&standing, 60), Postpone::Counted);
    standing.session.chain.redelivered_at = Some(at(60));
    standing.session.chain.redeliveries = 1;
    assert_eq!(postpone(&standing, 119), Postpone::Free);
    assert_eq!(postpone(&standing, 120), Postpone::Counted);
    standing.session.chain.redeliveries = 16;
    assert_eq!(postpone(&standing, 119), Postpone::Free);
    assert_eq!(postpone(&standing, 120), Postpone::No);
}

#[test]
fn two_or_more_behind_is_reuse_at_any_age() {
    let mut standing = standing(9, BORN);
    standing.session.chain.retry_key = Some(key("mine"));
    for generation in 0..8 {
        let secret = SecretHash::of(b"nobody keeps the hash of so old a token");
        let presented = Presentation { generation, secret, retry_key: Some(key("mine")) };
        assert_eq!(verdict(&standing, &presented, at(0)), Verdict::Reuse);
    }
}

#[test]
fn p8_one_ahead_is_a_lost_write_and_rolls_forward() {
    let standing = standing(2, BORN);
    assert_eq!(verdict(&standing, &presented(3), at(0)), Verdict::RollForward);
    assert_eq!(verdict(&standing, &presented(4), at(0)), Verdict::Unknown);
}

#[test]
fn an_authentic_token_of_another_history_revokes_nothing() {
    let standing = standing(2, BORN);
    for generation in [1, 2, 3, 4, u64::MAX] {
        let foreign = Presentation { generation, secret: SecretHash::of(b"another history"), retry_key: None };
        assert_eq!(verdict(&standing, &foreign, at(0)), Verdict::Unknown, "{generation}");
    }
}

#[test]
fn strict_tolerates_nothing() {
    let mut standing = standing(2, BORN);
    standing.session.chain.retry_key = Some(key("mine"));
    let verdict = |presented: &Presentation| judge(&standing, presented, at(0), &Windows::STRICT);
    assert_eq!(verdict(&presented(2)), Verdict::Rotate);
    assert_eq!(verdict(&presented(1)), Verdict::Reuse);
    assert_eq!(verdict(&presented_with(1, "mine")), Verdict::Reuse);
    assert_eq!(verdict(&presented(3)), Verdict::RollForward);
}

#[test]
fn a_min_age_of_zero_divides_nothing_by_zero() {
    let windows = Windows { min_age: Duration::ZERO, ..Windows::DEFAULT };
    let standing = standing(2, BORN);
    assert_eq!(judge(&standing, &presented(2), at(0), &windows), Verdict::Rotate);
    assert!(matches!(judge(&standing, &presented(1), at(1), &windows), Verdict::Redeliver { .. }));
}

#[test]
fn in_the_cookie_transport_min_age_is_five_times_as_long() {
    let windows = Windows::DEFAULT.for_transport(Transport::Cookie);
    let standing = standing(2, BORN);
    assert_eq!(judge(&standing, &presented(2), at(299), &windows), Verdict::Young);
    assert_eq!(judge(&standing, &presented(2), at(300), &windows), Verdict::Rotate);
    assert_eq!(Windows::DEFAULT.for_transport(Transport::Hybrid), Windows::DEFAULT);
}

#[test]
fn p19_a_clock_that_steps_back_reopens_no_window() {
    let mut standing = standing(2, at(1000));
    standing.session.chain.redelivered_at = Some(at(5000));
    // 4,000 s after the rotation the previous token is spent; a clock that then shows less does not bring it back.
    assert_eq!(verdict(&standing, &presented(1), at(5000)), Verdict::Reuse);
    assert_eq!(verdict(&standing, &presented(1), at(1001)), Verdict::Reuse);
    standing.session.idle_end = at(4999);
    assert_eq!(verdict(&standing, &presented(2), at(1001)), Verdict::Refuse(Dead::Expired));
}
