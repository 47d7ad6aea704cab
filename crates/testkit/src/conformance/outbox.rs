//! What every store must do about letters that wait to be sent.

use std::time::Duration;

use gatewright_core::{
    model::{Act, LetterId},
    port::{LetterFilter, LetterState, LetterSummary, OutboxStats, SealedLetter},
};

use super::{CALLERS, World, accounts::assert_one};

const HOLD: Duration = Duration::from_secs(60);

async fn put(world: &World, letter: SealedLetter) -> LetterId {
    let id = letter.id;
    world.store.outbox.put_letter(letter).await.unwrap();
    id
}

async fn take(world: &World, limit: usize) -> Vec<LetterId> {
    let taken = world.store.outbox.take_letters(world.now(), HOLD, limit).await.unwrap();
    taken.iter().map(|letter| letter.id).collect()
}

async fn summary(world: &World, id: LetterId) -> LetterSummary {
    world.store.outbox.letter(id).await.unwrap().unwrap()
}

/// Plain.
pub async fn a_letter_is_taken_once_until_its_taker_had_time_enough(world: World) {
    assert_eq!(take(&world, 10).await, []);
    let letter = world.letter(None);
    let first = put(&world, letter.clone()).await;
    world.clock.advance(Duration::from_secs(1));
    let second = put(&world, world.letter(None)).await;
    let newest = LetterFilter { limit: 1, ..LetterFilter::default() };
    assert_eq!(world.store.outbox.letters(newest).await.unwrap()[0].id, second, "newest first");
    let older = LetterFilter { before: Some(second), limit: 10, state: None };
    assert_eq!(world.store.outbox.letters(older).await.unwrap().len(), 1);
    let taken = world.store.outbox.take_letters(world.now(), HOLD, 1).await.unwrap();
    assert_eq!((taken[0].id, taken[0].sealed.clone(), taken[0].attempts), (first, letter.sealed, 1), "oldest first");
    assert_eq!((taken[0].kind.as_str(), taken[0].written_at), (letter.kind, letter.at));
    assert_eq!(take(&world, 10).await, [second]);
    world.clock.advance(HOLD.saturating_sub(Duration::from_micros(1)));
    assert_eq!(take(&world, 10).await, []);
    world.clock.advance(Duration::from_micros(1));
    assert_eq!(take(&world, 10).await, [first, second]);
    assert_eq!(summary(&world, first).await.attempts, 2);
}

/// Race.
pub async fn concurrent_calls_never_take_the_same_letter(world: World) {
    let mut put_in = Vec::new();
    for _ in 0..2 * CALLERS {
        put_in.push(put(&world, world.letter(None)).await);
    }
    let taken = world.race(|_, world| async move { take(&world, 3).await }).await;
    let mut taken: Vec<_> = taken.into_iter().flatten().collect();
    taken.extend(take(&world, 100).await);
    taken.sort_unstable();
    put_in.sort_unstable();
    assert_eq!(taken, put_in);
}

/// Plain and stale: what was done is not done again.
pub async fn a_letter_that_was_sent_or_given_up_is_forgotten_but_that_it_was_there(world: World) {
    let (sent, given_up) = (put(&world, world.letter(None)).await, put(&world, world.letter(None)).await);
    take(&world, 10).await;
    let outbox = &world.store.outbox;
    let stats = outbox.outbox_stats().await.unwrap();
    assert_eq!(stats, OutboxStats { waiting: 2, given_up: 0, oldest: Some(world.now()) });
    assert!(outbox.letter_sent(sent, world.now()).await.unwrap());
    assert!(outbox.letter_failed(given_up, world.now(), None, "550 no such box").await.unwrap());
    for id in [sent, given_up] {
        assert!(!outbox.letter_sent(id, world.now()).await.unwrap());
        assert!(!outbox.letter_failed(id, world.now(), Some(world.now()), "again").await.unwrap());
        assert!(!outbox.letter_failed(id, world.now(), None, "again").await.unwrap());
    }
    let (sent, given_up) = (summary(&world, sent).await, summary(&world, given_up).await);
    assert_eq!((sent.state, sent.done_at, sent.due_at), (LetterState::Sent, Some(world.now()), None));
    assert_eq!((given_up.state, given_up.last_error.as_deref()), (LetterState::GivenUp, Some("550 no such box")));
    assert_eq!(outbox.outbox_stats().await.unwrap(), OutboxStats { waiting: 0, given_up: 1, oldest: None });
    world.clock.advance(2 * HOLD);
    assert_eq!(take(&world, 10).await, []);
    assert!(!outbox.letter_sent(world.letter(None).id, world.now()).await.unwrap(), "absent");
}

/// Plain.
pub async fn a_letter_that_failed_is_due_again_when_it_was_said(world: World) {
    let id = put(&world, world.letter(None)).await;
    take(&world, 1).await;
    let again = world.now().plus(3 * HOLD);
    assert!(world.store.outbox.letter_failed(id, world.now(), Some(again), "421 busy").await.unwrap());
    let summary = summary(&world, id).await;
    assert_eq!((summary.state, summary.due_at), (LetterState::Waiting, Some(again)));
    assert_eq!((summary.last_error.as_deref(), summary.done_at), (Some("421 busy"), None));
    world.clock.advance(2 * HOLD);
    assert_eq!(take(&world, 1).await, []);
    world.clock.advance(HOLD);
    assert_eq!(take(&world, 1).await, [id]);
}

/// SECURITY AU4: it costs what another costs, and is never sent.
pub async fn a_letter_to_nobody_is_never_due(world: World) {
    let id = put(&world, SealedLetter { sealed: None, ..world.letter(None) }).await;
    assert_eq!(take(&world, 1).await, []);
    assert_eq!(summary(&world, id).await.state, LetterState::Sent);
    assert_eq!(world.store.outbox.outbox_stats().await.unwrap(), OutboxStats::default());
}

/// Plain, stale, absent and activity: only what waits after a failure is brought forward, so that nothing is sent twice.
pub async fn a_letter_is_tried_again_at_once_only_while_it_waits_after_a_failure(world: World) {
    let outbox = &world.store.outbox;
    let id = put(&world, world.letter(None)).await;
    let retry = async |id| {
        let entry = world.entry(None, Act::MailRetried);
        let is_done = outbox.retry_letter(id, world.now(), entry.clone()).await.unwrap();
        world.assert_logged_exactly_if(is_done, &entry).await;
        is_done
    };
    let fail = async |again| assert!(outbox.letter_failed(id, world.now(), again, "421 busy").await.unwrap());
    assert!(!retry(id).await, "it is due anyway");
    assert_eq!(take(&world, 1).await, [id]);
    assert!(!retry(id).await, "somebody is sending it");
    fail(Some(world.now().plus(3 * HOLD))).await;
    assert!(retry(id).await);
    let waits = summary(&world, id).await;
    assert_eq!((waits.due_at, waits.attempts, waits.last_error.as_deref()), (Some(world.now()), 1, Some("421 busy")));
    assert!(!retry(id).await, "once is enough");
    assert!(take(&world, 10).await.contains(&id));
    assert_eq!((summary(&world, id).await.last_error, retry(id).await), (None, false), "somebody is sending it again");
    fail(None).await;
    assert!(!retry(id).await, "what it said is forgotten");
    assert_eq!(summary(&world, id).await.state, LetterState::GivenUp);
    assert!(!retry(world.letter(None).id).await, "absent");
    assert_eq!(outbox.letter(world.letter(None).id).await.unwrap(), None);
}

/// Race.
pub async fn of_all_who_have_a_letter_tried_again_at_once_exactly_one_does(world: World) {
    let id = put(&world, world.letter(None)).await;
    take(&world, 1).await;
    let again = Some(world.now().plus(HOLD));
    assert!(world.store.outbox.letter_failed(id, world.now(), again, "421 busy").await.unwrap());
    let retry = move |_, world: World| async move {
        let entry = world.entry(None, Act::MailRetried);
        let is_done = world.store.outbox.retry_letter(id, world.now(), entry.clone()).await.unwrap();
        (is_done, entry)
    };
    let answers = world.race(retry).await;
    for (is_done, entry) in &answers {
        world.assert_logged_exactly_if(*is_done, entry).await;
    }
    let done: Vec<bool> = answers.into_iter().map(|(is_done, _)| is_done).collect();
    assert_one(&done, &true, &false);
    assert!(take(&world, 10).await.contains(&id));
}

/// Plain: every kind of filter, newest first, page by page.
pub async fn letters_are_listed_newest_first_by_state(world: World) {
    let outbox = &world.store.outbox;
    let mut made = Vec::new();
    for number in 0..9 {
        let id = put(&world, world.letter(None)).await;
        match number % 3 {
            0 => {}
            1 => assert!(outbox.letter_sent(id, world.now()).await.unwrap()),
            _ => assert!(outbox.letter_failed(id, world.now(), None, "550 no such box").await.unwrap()),
        }
        made.push(summary(&world, id).await);
        world.clock.advance(Duration::from_secs(1));
    }
    made.reverse();
    for state in [None, Some(LetterState::Waiting), Some(LetterState::Sent), Some(LetterState::GivenUp)] {
        let mut expected = made.clone();
        expected.retain(|letter| state.is_none_or(|state| letter.state == state));
        let mut found: Vec<LetterSummary> = Vec::new();
        loop {
            let before = found.last().map(|letter| letter.id);
            let page = outbox.letters(LetterFilter { state, before, limit: 2 }).await.unwrap();
            assert!(page.len() <= 2);
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, expected, "{state:?}");
    }
}
