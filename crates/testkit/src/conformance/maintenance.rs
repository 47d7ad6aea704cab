//! What every store must do to stay healthy.

use std::time::Duration;

use gatewright_core::{
    model::{LimitRule, MailPurpose, NodeId, Timestamp, Work},
    port::{LetterFilter, Limited, Swept, Take},
};

use super::{CALLERS, World};
use crate::sample::ABSOLUTE;

const RULE: LimitRule = LimitRule::Rate { burst: 1, interval: Duration::from_secs(10) };

/// Plain.
pub async fn a_healthy_store_answers(world: World) {
    world.store.maintenance.ping().await.unwrap();
}

/// Absent.
pub async fn an_empty_store_has_nothing_to_sweep(world: World) {
    assert_eq!(world.store.maintenance.sweep(world.now(), 100).await.unwrap(), Swept::default());
}

/// Plain: at most so many of each kind, the dead ones only, and only from their very moment on.
pub async fn a_sweep_removes_in_small_steps_what_is_dead_and_nothing_else(world: World) {
    let (account, user) = world.signed_up("ada").await;
    for _ in 0..3 {
        let spends = Some((world.token_id(), world.now().plus(Duration::from_secs(300))));
        world.open(gatewright_core::port::Opening { spends, ..world.opening(world.session(&account, &user)) }).await;
        let takes = [Take { key: world.limit_key(), rule: RULE }];
        assert_eq!(world.store.limits.take(&takes, world.now()).await.unwrap(), Limited::Granted);
        let token = world.mail_token(MailPurpose::VerifyEmail, &account, 1);
        world.store.mail_tokens.issue(token, world.letter(None)).await.unwrap();
    }
    // What was sent goes after a while, what waits stays.
    let taken = world.store.outbox.take_letters(world.now(), Duration::from_secs(1), 3).await.unwrap();
    for letter in &taken {
        assert!(world.store.outbox.letter_sent(letter.id, world.now()).await.unwrap());
    }
    world.clock.advance(Duration::from_secs(1));
    let young = world.opened(&account, &user).await;
    world.store.outbox.take_letters(world.now(), ABSOLUTE, 100).await.unwrap();
    let waiting = world.store.outbox.outbox_stats().await.unwrap().waiting;
    let sweep = async |limit| world.store.maintenance.sweep(world.now(), limit).await.unwrap();
    assert_eq!(sweep(100).await, Swept::default());
    world.clock.set(world.now().plus(ABSOLUTE).minus(Duration::from_secs(1)));
    for swept in [2, 1] {
        let limits = world.swept_limits(swept);
        let expected =
            Swept { sessions: swept, selections: swept, limits, mail_tokens: swept, letters: swept, deliveries: 0 };
        assert_eq!(sweep(2).await, expected);
    }
    assert_eq!(sweep(2).await, Swept::default());
    assert_eq!(world.store.outbox.outbox_stats().await.unwrap().waiting, waiting);
    assert_eq!(world.standing(young.session.id).await.unwrap(), young);
}

/// Plain: where no mail is sent, the outbox does not grow for ever.
pub async fn a_letter_that_nobody_takes_for_a_week_is_swept(world: World) {
    let week = Duration::from_secs(7 * 86_400);
    world.store.outbox.put_letter(world.letter(None)).await.unwrap();
    let later = world.store.outbox.take_letters(world.now(), week, 1).await.unwrap();
    let abandoned = world.letter(None);
    world.store.outbox.put_letter(abandoned.clone()).await.unwrap();
    let sweep = async || world.store.maintenance.sweep(world.now(), 100).await.unwrap().letters;
    world.clock.advance(week.checked_sub(Duration::from_secs(1)).unwrap());
    assert_eq!(sweep().await, 0);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(sweep().await, 1);
    let left = world.store.outbox.letters(LetterFilter { limit: 10, ..LetterFilter::default() }).await.unwrap();
    assert_eq!(left.iter().map(|letter| letter.id).collect::<Vec<_>>(), [later[0].id]);
}

/// Race: each row is removed once.
pub async fn concurrent_sweeps_remove_each_row_once(world: World) {
    for _ in 0..CALLERS {
        let takes = [Take { key: world.limit_key(), rule: RULE }];
        world.store.limits.take(&takes, world.now()).await.unwrap();
    }
    world.clock.advance(Duration::from_secs(10));
    let answers =
        world.race(|_, world| async move { world.store.maintenance.sweep(world.now(), 3).await.unwrap().limits }).await;
    assert_eq!(answers.iter().sum::<usize>(), world.swept_limits(CALLERS), "{answers:?}");
}

fn node(number: usize) -> NodeId {
    NodeId::from_bytes([u8::try_from(number).unwrap(); 16])
}

/// Asks for a lease of a minute from now on.
async fn lease(world: &World, holder: NodeId) -> bool {
    lease_at(world, holder, world.now()).await
}

async fn lease_at(world: &World, holder: NodeId, now: Timestamp) -> bool {
    world.store.maintenance.lease(Work::Tending, holder, now, now.plus(MINUTE)).await.unwrap()
}

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// Race.
pub async fn of_all_concurrent_calls_for_a_lease_exactly_one_has_it(world: World) {
    for round in 0..3 {
        let answers =
            world.race(|number, world| async move { (node(number), lease(&world, node(number)).await) }).await;
        let holders: Vec<_> = answers.into_iter().filter_map(|(node, has)| has.then_some(node)).collect();
        let &[holder] = holders.as_slice() else { panic!("{holders:?}") };
        // The answer is true: the others are refused until it has run out, and then all may ask again.
        world.clock.advance(MINUTE - SECOND);
        for other in (0..CALLERS).map(node).filter(|other| *other != holder) {
            assert!(!lease(&world, other).await, "round {round}");
        }
        world.clock.advance(SECOND);
    }
}

/// Plain: the holder renews before it runs out, and it lasts from then on.
pub async fn the_holder_of_a_lease_may_renew_it(world: World) {
    assert!(lease(&world, node(1)).await);
    assert!(lease(&world, node(1)).await, "at once");
    world.clock.advance(MINUTE - SECOND);
    assert!(lease(&world, node(1)).await);
    world.clock.advance(MINUTE - SECOND);
    assert!(!lease(&world, node(2)).await, "it was renewed");
    assert!(lease(&world, node(1)).await);
    world.clock.advance(MINUTE);
    assert!(lease(&world, node(1)).await, "nobody else has taken it");
}

/// Stale: taken by another from the very moment on at which it runs out, and the former holder has to wait as well.
pub async fn a_lease_that_ran_out_may_be_taken_by_another(world: World) {
    let start = world.now();
    assert!(lease(&world, node(1)).await);
    assert!(!lease_at(&world, node(2), start.plus(MINUTE).minus(Duration::from_micros(1))).await);
    assert!(lease_at(&world, node(2), start.plus(MINUTE)).await);
    assert!(!lease_at(&world, node(1), start.plus(MINUTE)).await);
    // Who is refused has changed nothing: not the end, not the holder.
    assert!(!lease_at(&world, node(1), start.plus(MINUTE * 2).minus(SECOND)).await);
    assert!(lease_at(&world, node(1), start.plus(MINUTE * 2)).await);
}

/// Plain and absent: given back, it is free at once; only the holder can give it back.
pub async fn a_released_lease_is_free_at_once(world: World) {
    let release = async |holder| world.store.maintenance.release(Work::Tending, holder).await.unwrap();
    release(node(1)).await;
    assert!(lease(&world, node(1)).await);
    release(node(2)).await;
    assert!(!lease(&world, node(2)).await, "it was not its own");
    release(node(1)).await;
    assert!(lease(&world, node(2)).await);
    release(node(1)).await;
    assert!(!lease(&world, node(1)).await, "it is the other's now");
}
