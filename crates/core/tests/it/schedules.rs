//! Honest clients and thieves under random schedules, judged by the production function. A reference row carries the verdicts
//! out as a store does. (The exhaustive exploration is a model checker's; these are its first, sampled shape.)

use gatewright_core::model::{
    Chain, KeyFate, Postpone, RetryKeyHash, SessionState, Standing, Timestamp, Verdict, Windows, judge,
};
use proptest::prelude::*;

use crate::sample::{BORN, at, chain, key, standing, token};

/// A row and what a store does to it.
struct Row(Standing);

/// What a client gets: the generation of the token to use from now on, or the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// 200, and the refresh token is not set again.
    Keep,
    /// 200 with this generation's token.
    Set(u64),
    Refused,
}

impl Row {
    fn new() -> Self {
        let mut standing = standing(1, BORN);
        standing.session.absolute_end = Timestamp::from_micros(i64::MAX);
        standing.session.idle_end = Timestamp::from_micros(i64::MAX);
        Self(standing)
    }

    fn refresh(&mut self, generation: u64, retry_key: Option<RetryKeyHash>, now: Timestamp) -> Answer {
        let verdict = judge(&self.0, &token(generation).presentation(retry_key), now, &Windows::DEFAULT);
        let row = &mut self.0.session.chain;
        match verdict {
            Verdict::Refuse(_) | Verdict::Unknown => Answer::Refused,
            Verdict::Young => Answer::Keep,
            Verdict::Rotate => {
                *row = Chain { retry_key, ..chain(generation + 1, now) };
                Answer::Set(generation + 1)
            }
            Verdict::RollForward => {
                *row = chain(generation, now);
                Answer::Keep
            }
            Verdict::Redeliver { retry_key, postpone } => {
                if retry_key == KeyFate::Forget {
                    row.retry_key = None;
                }
                match postpone {
                    Postpone::No => {}
                    Postpone::Free => row.redelivered_at = Some(now),
                    Postpone::Counted => {
                        row.redelivered_at = Some(now);
                        row.redeliveries += 1;
                    }
                }
                Answer::Set(generation + 1)
            }
            Verdict::Reuse => {
                self.0.session.state =
                    SessionState::Ended { at: now, reason: gatewright_core::model::EndReason::Reused };
                Answer::Refused
            }
        }
    }

    fn is_alive(&self) -> bool {
        self.0.session.state == SessionState::Active
    }
}

/// One request of a tab: when it leaves, how long it travels, how long its answer does, or that the answer is lost.
#[derive(Clone, Copy, Debug)]
struct Exchange {
    pause: u64,
    request: u64,
    answer: Option<u64>,
}

/// Whether a client makes retry keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    WithKey,
    WithoutKey,
}

/// Lives of requests and answers add up to less than `min_age` (60 s), as the SDK and the server hold it.
fn exchange() -> impl Strategy<Value = Exchange> {
    let pause = prop_oneof![4 => 0..3_u64, 3 => 20..90_u64, 1 => 3_000..40_000_u64];
    (pause, 0..10_u64, prop::option::weighted(0.7, 0..25_u64)).prop_map(|(pause, request, answer)| Exchange {
        pause,
        request,
        answer,
    })
}

/// Runs exchanges of one cookie jar against a row; every tab sends what the jar holds at that moment. Answers the verdicts.
fn run(exchanges: &[Exchange], client: Client) -> (Row, Vec<Answer>) {
    // (moment, order, what): requests and answers in flight, soonest first.
    enum Event {
        Send(Exchange),
        Judge { generation: u64, answer: Option<u64> },
        Deliver(u64),
    }
    let mut queue: Vec<(u64, usize, Event)> = Vec::new();
    let (mut moment, mut order) = (100, 0);
    for exchange in exchanges {
        moment += exchange.pause;
        queue.push((moment, order, Event::Send(*exchange)));
        order += 1;
    }
    let (mut row, mut jar, mut answers) = (Row::new(), 1_u64, Vec::new());
    while let Some(soonest) = (0..queue.len()).min_by_key(|index| (queue[*index].0, queue[*index].1)) {
        let (now, _, event) = queue.swap_remove(soonest);
        order += 1;
        match event {
            Event::Send(Exchange { request, answer, .. }) => {
                queue.push((now + request, order, Event::Judge { generation: jar, answer }));
            }
            Event::Judge { generation, answer } => {
                // The key belongs to the token: made when it is first refreshed, forgotten when the jar holds another.
                let retry_key = (client == Client::WithKey).then(|| key(&format!("key of {generation}")));
                let verdict = row.refresh(generation, retry_key, at(now));
                answers.push(verdict);
                if let (Answer::Set(next), Some(delay)) = (verdict, answer) {
                    queue.push((now + delay, order, Event::Deliver(next)));
                }
            }
            Event::Deliver(generation) => jar = generation,
        }
    }
    (row, answers)
}

/// At most fifteen lost answers of one generation are promised; a schedule of this many exchanges cannot lose more.
const MOST: usize = 15;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn p6_an_honest_client_with_a_retry_key_is_never_logged_out(
        exchanges in prop::collection::vec(exchange(), 1..MOST)
    ) {
        let (row, answers) = run(&exchanges, Client::WithKey);
        prop_assert!(row.is_alive());
        prop_assert!(!answers.contains(&Answer::Refused));
    }

    /// Here the old token must be judged for the last time within `lost_window` (30 s): answers live at most 15 s.
    #[test]
    fn p6_without_a_key_nobody_is_logged_out_if_nothing_is_lost(
        exchanges in prop::collection::vec(exchange(), 1..MOST)
    ) {
        let delivered: Vec<_> =
            exchanges.iter().map(|it| Exchange { answer: Some(it.answer.map_or(1, |delay| delay % 16)), ..*it }).collect();
        let (row, answers) = run(&delivered, Client::WithoutKey);
        prop_assert!(row.is_alive());
        prop_assert!(!answers.contains(&Answer::Refused));
    }

    #[test]
    fn p3_the_generation_rises_by_one_per_rotation_and_otherwise_not_at_all(
        exchanges in prop::collection::vec(exchange(), 1..MOST)
    ) {
        let (row, answers) = run(&exchanges, Client::WithKey);
        let highest = answers.iter().filter_map(|it| if let Answer::Set(next) = it { Some(*next) } else { None }).max();
        prop_assert_eq!(row.0.session.chain.generation, highest.unwrap_or(1));
    }

    /// P9: thief and victim each refresh what they hold, further apart than every window. Whoever begins, and however often
    /// each comes, at most one success after the first is shared, then the session is over.
    #[test]
    fn p9_a_thief_and_his_victim_do_not_coexist(turns in prop::collection::vec(any::<bool>(), 6..20), keys in any::<bool>()) {
        prop_assume!(turns.iter().any(|it| *it) && turns.iter().any(|it| !*it));
        let mut row = Row::new();
        let mut held = [1_u64, 1];
        let mut now = 100;
        let mut both_since = None;
        for (index, thief) in turns.iter().enumerate() {
            now += 400;
            let party = usize::from(*thief);
            let retry_key = keys.then(|| key(&format!("party {party} token {}", held[party])));
            match row.refresh(held[party], retry_key, at(now)) {
                Answer::Set(next) => held[party] = next,
                Answer::Keep => {}
                Answer::Refused => break,
            }
            let other_came = turns[..index].contains(&!*thief);
            if other_came && both_since.is_none() {
                both_since = Some(index);
            }
        }
        let alternations = both_since.map_or(0, |since| turns[since..].windows(2).filter(|it| it[0] != it[1]).count());
        prop_assert!(!row.is_alive() || (both_since.is_none() && alternations == 0), "{:?}", turns);
    }
}

#[test]
fn p20_nothing_keeps_the_current_token_from_rotating_for_ever() {
    // A thief with a copied pending key polls with the previous token; the victim comes once per hour.
    let mut row = Row::new();
    let pending = Some(key("pending"));
    assert_eq!(row.refresh(1, pending, at(100)), Answer::Set(2));
    let mut rotated = false;
    for minute in 0..60 * 24 {
        let now = at(200 + minute * 60);
        assert_ne!(row.refresh(1, pending, now), Answer::Keep);
        if !row.is_alive() {
            break;
        }
        if minute % 60 == 59 {
            match row.refresh(2, Some(key("the victim's new key")), now) {
                Answer::Set(3) => rotated = true,
                Answer::Keep => {}
                Answer::Set(_) | Answer::Refused => {
                    panic!("the victim is never refused before the thief is two behind")
                }
            }
        }
        if rotated {
            break;
        }
    }
    assert!(rotated);
    assert_eq!(row.refresh(1, pending, at(999_999)), Answer::Refused);
    assert!(!row.is_alive(), "the copied key is two behind: its next use ends the session");
}
