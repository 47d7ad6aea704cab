//! What the book excuses and what it does not.

use super::*;
use crate::proxy::Fate;

const LIMITS: Limits = Limits {
    min_age: Duration::from_secs(12),
    lost_window: Duration::from_secs(6),
    patience: Duration::from_secs(2),
    chain: ChainKind::One,
};

/// A session that began at second 0, in which everything happens at a named second.
struct Story {
    zero: Instant,
    book: Book,
    records: u64,
}

impl Story {
    fn of(promise: Promise) -> Self {
        let zero = crate::clock::now();
        Self { zero, book: Book::new(promise, 1, "t1", zero), records: 0 }
    }

    fn at(&self, secs: u64) -> Instant {
        self.zero + Duration::from_secs(secs)
    }

    /// Presented and judged within one second.
    fn presented(&mut self, party: Party, generation: u64, at: u64) -> Ticket {
        self.presented_for(party, generation, at, 1)
    }

    fn presented_for(&mut self, party: Party, generation: u64, at: u64, life: u64) -> Ticket {
        self.records += 1;
        let record = Arc::new(Record::new(self.records, Fate::CALM, self.at(at)));
        record.forwarded(self.at(at), 0);
        record.judged(self.at(at + life), None);
        record.over();
        self.book.presented(&record, party, generation)
    }

    /// Presented and answered with this generation within one second.
    fn answered(&mut self, party: Party, presented: u64, got: u64, at: u64) -> Vec<Broken> {
        let ticket = self.presented(party, presented, at);
        let token = (got != presented).then(|| format!("t{got}"));
        let now = self.at(at + 1);
        self.book.accepted(ticket, got, token.as_deref(), now, &LIMITS)
    }

    fn why(&self, at: u64) -> Why {
        self.book.why_signed_out(self.at(at), &LIMITS)
    }
}

#[test]
fn a_client_that_did_all_it_should_was_signed_out_for_nothing() {
    let mut story = Story::of(Promise::AnyTime);
    assert_eq!(story.answered(Party::Owner, 1, 2, 20), []);
    story.presented(Party::Owner, 2, 40);
    story.presented(Party::Owner, 2, 400);
    assert_eq!(story.why(401), Why::False);
}

#[test]
fn a_client_without_a_key_is_promised_lost_window_and_no_more() {
    let mut story = Story::of(Promise::WithinLostWindow);
    story.presented(Party::Owner, 1, 20);
    story.presented(Party::Owner, 1, 25);
    assert_eq!(story.why(26), Why::False, "judged at 26 at the latest, and replaced at 20 at the earliest");
    story.presented(Party::Owner, 1, 26);
    assert_eq!(story.why(27), Why::KeylessTooLate);
}

#[test]
fn what_was_answered_as_current_had_not_been_replaced_before() {
    let mut story = Story::of(Promise::WithinLostWindow);
    story.presented(Party::Owner, 1, 2);
    assert_eq!(story.answered(Party::Owner, 1, 1, 10), []);
    story.presented(Party::Owner, 1, 12);
    assert_eq!(story.why(13), Why::False, "at 10 it was still current");
    let mut silent = Story::of(Promise::WithinLostWindow);
    silent.presented(Party::Owner, 1, 2);
    silent.presented(Party::Owner, 1, 12);
    assert_eq!(silent.why(13), Why::KeylessTooLate, "without the answer nobody knows");
}

#[test]
fn a_request_that_outlived_the_windows_is_the_networks_fault_and_a_shorter_one_is_not() {
    let mut story = Story::of(Promise::AnyTime);
    story.presented_for(Party::Owner, 1, 20, 9);
    assert_eq!(story.why(40), Why::False);
    story.presented_for(Party::Owner, 1, 40, 10);
    assert_eq!(story.why(60), Why::NetworkTooSlow);
    let mut pending = Story::of(Promise::AnyTime);
    let record = Arc::new(Record::new(9, Fate::CALM, pending.at(20)));
    pending.book.presented(&record, Party::Owner, 1);
    assert_eq!((pending.why(29), pending.why(30)), (Why::False, Why::NetworkTooSlow), "it is still under way");
}

#[test]
fn own_acts_and_thefts_are_no_false_sign_outs() {
    let mut story = Story::of(Promise::AnyTime);
    story.book.end_asked(OwnAct::Switch);
    assert_eq!(story.why(9), Why::OwnAct);
    story.book.end_not_done();
    assert_eq!(story.why(9), Why::False);
    story.presented(Party::Thief, 1, 20);
    assert_eq!(story.why(21), Why::Theft);
}

#[test]
fn a_lost_acknowledged_rotation_is_noticed() {
    let mut story = Story::of(Promise::AnyTime);
    assert_eq!(story.answered(Party::Owner, 1, 2, 20), []);
    assert_eq!(story.answered(Party::Owner, 2, 3, 40), []);
    // A sibling that was sent before the acknowledgement may still be answered.
    let late = story.presented(Party::Owner, 2, 40);
    assert_eq!(story.book.accepted(late, 3, Some("t3"), story.at(42), &LIMITS), []);
    assert_eq!(story.answered(Party::Owner, 2, 2, 60), [Broken::RotationLost { acknowledged: 3, got: 2 }]);
    assert_eq!(story.answered(Party::Owner, 3, 5, 80), [Broken::WrongGeneration { presented: 3, got: 5 }]);
}

#[test]
fn a_logout_that_does_not_hold_is_noticed() {
    let mut story = Story::of(Promise::AnyTime);
    story.book.end_asked(OwnAct::Logout);
    assert_eq!(story.answered(Party::Owner, 1, 1, 5), [], "nobody had acknowledged it");
    let late = story.presented(Party::Owner, 1, 9);
    story.book.end_acknowledged(OwnAct::Logout, story.at(10));
    assert_eq!(story.book.accepted(late, 1, None, story.at(11), &LIMITS), [], "it had been sent before");
    assert_eq!(story.answered(Party::Owner, 1, 1, 12), [Broken::Undone(OwnAct::Logout)]);
}

#[test]
fn two_tokens_of_one_generation_are_noticed_where_there_is_one_chain() {
    let mut story = Story::of(Promise::AnyTime);
    assert_eq!(story.answered(Party::Owner, 1, 2, 20), []);
    let ticket = story.presented(Party::Owner, 1, 21);
    assert_eq!(story.book.accepted(ticket, 2, Some("other"), story.at(22), &LIMITS), [Broken::Fork { generation: 2 }]);
    let ticket = story.presented(Party::Owner, 1, 23);
    let many = Limits { chain: ChainKind::Many, ..LIMITS };
    assert_eq!(story.book.accepted(ticket, 2, Some("third"), story.at(24), &many), []);
}

#[test]
fn a_party_that_is_served_long_after_the_other_rotated_is_counted() {
    let mut story = Story::of(Promise::AnyTime);
    assert_eq!(story.answered(Party::Thief, 1, 2, 20), []);
    // Within the window of the acknowledged rotation, at 21.
    story.answered(Party::Owner, 1, 2, 27);
    assert_eq!(story.book.accepted_beyond(), 0);
    story.answered(Party::Owner, 1, 2, 28);
    assert_eq!(story.book.accepted_beyond(), 1);
    // One's own rotation may be repeated with the key at any time.
    story.answered(Party::Owner, 2, 3, 40);
    story.answered(Party::Owner, 2, 3, 90);
    assert_eq!(story.book.accepted_beyond(), 1);
    assert_eq!(story.book.last_rotation(Party::Thief), Some((2, story.at(21))));
    assert_eq!(story.book.last_rotation(Party::Owner), Some((3, story.at(91))));
}

#[test]
fn a_thief_that_is_served_after_its_victim_was_signed_out_is_counted() {
    let mut story = Story::of(Promise::AnyTime);
    story.answered(Party::Thief, 1, 2, 20);
    story.answered(Party::Owner, 1, 2, 22);
    let (at, late) = (story.at(30), story.presented(Party::Thief, 2, 29));
    story.book.owner_signed_out(at);
    story.book.accepted(late, 3, Some("t3"), story.at(31), &LIMITS);
    assert_eq!(story.book.outlived(), 0, "it had been sent before");
    story.answered(Party::Thief, 3, 3, 33);
    assert_eq!(story.book.outlived(), 1);
    let served = [Party::Owner, Party::Thief].map(|party| story.book.served_since_theft(party));
    assert_eq!(served, [1, 3]);
}
