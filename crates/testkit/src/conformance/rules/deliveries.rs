//! What every store must do about deliveries.

use std::{collections::HashSet, time::Duration};

use gatewright_core::{
    model::{Act, ActivityId, DeliveryId, DeliveryState, Listener, Timestamp},
    port::{
        DELIVERIES_KEPT, DeliveryFilter, DeliverySummary, DueDelivery, FanOut, NewDelivery, Told, Tried, TriedOutcome,
    },
};

use super::{super::World, CALLERS_FOR_ONE, assert_one, embedded};

const HOLD: Duration = Duration::from_secs(60);

/// A delivery that is about to be, of the entry at this place.
fn delivery(world: &World, seq: u64) -> NewDelivery {
    NewDelivery {
        id: DeliveryId::new(world.now(), world.entropy.bytes()),
        activity_id: ActivityId::new(world.now(), world.entropy.bytes()),
        seq,
        act: Act::LoggedIn,
        account_id: Some(world.account("ada").id),
        at: world.now(),
    }
}

/// As many deliveries to a listener that was told up to nowhere.
async fn waiting(world: &World, listener: &Listener, count: u64) -> Vec<NewDelivery> {
    assert_eq!(world.store.rules.listen(listener, 0).await.unwrap(), 0);
    let deliveries: Vec<_> = (1..=count).map(|seq| delivery(world, seq)).collect();
    let step = FanOut { listener: listener.clone(), seen: 0, to: count, deliveries: deliveries.clone() };
    assert!(world.store.rules.fan_out(step).await.unwrap());
    deliveries
}

fn summary(listener: &Listener, new: &NewDelivery) -> DeliverySummary {
    DeliverySummary {
        id: new.id,
        listener: listener.clone(),
        activity_id: new.activity_id,
        seq: new.seq,
        act: new.act,
        account_id: new.account_id,
        state: DeliveryState::Waiting,
        created_at: new.at,
        attempts: 0,
        due_at: Some(new.at),
        done_at: None,
        last_status: None,
        last_error: None,
    }
}

async fn take(world: &World, listener: &Listener, limit: usize) -> Vec<DueDelivery> {
    world.store.rules.take_deliveries(listener, world.now(), HOLD, limit).await.unwrap()
}

async fn note(world: &World, id: DeliveryId, status: Option<u16>, outcome: TriedOutcome) -> bool {
    world.store.rules.note_delivery(id, Tried { at: world.now(), status, outcome }).await.unwrap()
}

async fn kept(world: &World, id: DeliveryId) -> DeliverySummary {
    world.store.rules.delivery(id).await.unwrap().unwrap()
}

fn failed() -> TriedOutcome {
    TriedOutcome::GivenUp { error: "„nein“".into() }
}

/// Plain: the deliveries and how far the listener was told are one step.
pub async fn what_is_fanned_out_waits_and_the_listener_was_told_so_far(world: World) {
    let listener = embedded("crm");
    let rules = &world.store.rules;
    assert_eq!(rules.listen(&listener, 3).await.unwrap(), 3);
    let of_instance = NewDelivery { account_id: None, act: Act::KeysRotated, ..delivery(&world, 5) };
    let deliveries = vec![delivery(&world, 4), of_instance];
    let step = FanOut { listener: listener.clone(), seen: 3, to: 9, deliveries: deliveries.clone() };
    assert!(rules.fan_out(step.clone()).await.unwrap());
    assert_eq!(rules.told().await.unwrap(), [Told { listener: listener.clone(), after: 9 }]);
    for new in &deliveries {
        assert_eq!(kept(&world, new.id).await, summary(&listener, new));
    }
    // Nothing that the listener wants to be told of moves it, too.
    let nothing = FanOut { seen: 9, to: 10, deliveries: Vec::new(), ..step };
    assert!(rules.fan_out(nothing).await.unwrap());
    assert_eq!(rules.told().await.unwrap()[0].after, 10);
}

/// Stale and absent.
pub async fn what_was_told_already_or_to_nobody_is_not_fanned_out(world: World) {
    let (listener, rules) = (embedded("crm"), &world.store.rules);
    assert_eq!(rules.listen(&listener, 3).await.unwrap(), 3);
    for (who, seen) in [(&listener, 2), (&listener, 4), (&embedded("other"), 3)] {
        let deliveries = vec![delivery(&world, 9)];
        let id = deliveries[0].id;
        assert!(!rules.fan_out(FanOut { listener: who.clone(), seen, to: 9, deliveries }).await.unwrap());
        assert_eq!(rules.delivery(id).await.unwrap(), None);
    }
    assert_eq!(rules.told().await.unwrap(), [Told { listener, after: 3 }]);
}

/// Race: each entry becomes exactly one delivery.
pub async fn of_all_concurrent_fan_outs_that_saw_the_same_exactly_one_is_done(world: World) {
    let listener = embedded("crm");
    assert_eq!(world.store.rules.listen(&listener, 0).await.unwrap(), 0);
    let answers = world
        .race_of(CALLERS_FOR_ONE, |_, world| {
            let listener = listener.clone();
            async move {
                let deliveries = vec![delivery(&world, 1), delivery(&world, 2)];
                let ids: Vec<_> = deliveries.iter().map(|delivery| delivery.id).collect();
                let done = world.store.rules.fan_out(FanOut { listener, seen: 0, to: 2, deliveries }).await.unwrap();
                for id in ids {
                    assert_eq!(world.store.rules.delivery(id).await.unwrap().is_some(), done);
                }
                done
            }
        })
        .await;
    assert_one(&answers, &true, &false);
    let filter = DeliveryFilter { limit: 1000, ..DeliveryFilter::default() };
    assert_eq!(world.store.rules.deliveries(filter).await.unwrap().len(), 2);
}

/// Plain: nobody else gets it meanwhile; if its taker dies, it is due again.
pub async fn a_delivery_is_taken_once_until_its_taker_had_time_enough(world: World) {
    let (listener, other) = (embedded("crm"), embedded("other"));
    let (made, others) = (waiting(&world, &listener, 3).await, waiting(&world, &other, 1).await);
    let due =
        |new: &NewDelivery, attempts| DueDelivery { id: new.id, activity_id: new.activity_id, seq: new.seq, attempts };
    let mut expected: Vec<_> = made.iter().map(|new| due(new, 1)).collect();
    expected.sort_by_key(|due| due.id);
    assert_eq!(world.store.rules.take_deliveries(&listener, before(world.now()), HOLD, 9).await.unwrap(), []);
    assert_eq!(take(&world, &listener, 2).await, expected[..2]);
    assert_eq!(take(&world, &listener, 2).await, expected[2..]);
    assert_eq!(take(&world, &listener, 2).await, []);
    assert_eq!(take(&world, &other, 2).await, [due(&others[0], 1)]);
    assert_eq!(take(&world, &embedded("nobody"), 2).await, []);
    let taken = kept(&world, made[0].id).await;
    assert_eq!((taken.attempts, taken.due_at), (1, Some(world.now().plus(HOLD))));

    world.clock.advance(HOLD.checked_sub(Duration::from_micros(1)).unwrap());
    assert_eq!(take(&world, &listener, 9).await, []);
    // What is due longest comes first.
    let again = world.now().minus(Duration::from_secs(1));
    let postponed = TriedOutcome::Postponed { again, error: "it was away".into() };
    assert!(note(&world, expected[2].id, None, postponed).await);
    world.clock.advance(Duration::from_micros(1));
    let ids: Vec<_> = take(&world, &listener, 9).await.iter().map(|due| (due.id, due.attempts)).collect();
    assert_eq!(ids, [(expected[2].id, 2), (expected[0].id, 2), (expected[1].id, 2)]);
}

fn before(moment: Timestamp) -> Timestamp {
    moment.minus(Duration::from_micros(1))
}

/// Race.
pub async fn concurrent_calls_never_take_the_same_delivery(world: World) {
    let listener = embedded("crm");
    let made = waiting(&world, &listener, 40).await;
    let taken = world
        .race(|_, world| {
            let listener = listener.clone();
            async move {
                let mut mine = take(&world, &listener, 3).await;
                mine.extend(take(&world, &listener, 3).await);
                mine
            }
        })
        .await;
    let mut taken: Vec<_> = taken.into_iter().flatten().collect();
    // Where somebody was busy with a row, others may have gone past it.
    taken.extend(take(&world, &listener, 100).await);
    assert!(taken.iter().all(|due| due.attempts == 1));
    let ids: HashSet<_> = taken.iter().map(|due| due.id).collect();
    assert_eq!((ids.len(), taken.len()), (40, 40));
    assert_eq!(ids, made.iter().map(|new| new.id).collect());
}

/// Plain and stale: what became of a try; what is done is done.
pub async fn what_became_of_a_try_is_noted_once(world: World) {
    let listener = embedded("crm");
    let made = waiting(&world, &listener, 3).await;
    take(&world, &listener, 9).await;
    world.clock.advance(Duration::from_secs(1));
    let [one, two, three] = &made[..] else { panic!("there are three") };
    let taken = |new| DeliverySummary { attempts: 1, ..summary(&listener, new) };

    assert!(note(&world, one.id, Some(204), TriedOutcome::Delivered).await);
    let done = DeliverySummary {
        state: DeliveryState::Delivered,
        due_at: None,
        done_at: Some(world.now()),
        last_status: Some(204),
        ..taken(one)
    };
    assert_eq!(kept(&world, one.id).await, done);
    assert!(note(&world, two.id, Some(65_535), failed()).await);
    let given_up = DeliverySummary {
        state: DeliveryState::GivenUp,
        due_at: None,
        done_at: Some(world.now()),
        last_status: Some(65_535),
        last_error: Some("„nein“".into()),
        ..taken(two)
    };
    assert_eq!(kept(&world, two.id).await, given_up);
    let again = world.now().plus(Duration::from_secs(5));
    let postponed = || TriedOutcome::Postponed { again, error: "it took too long".into() };
    assert!(note(&world, three.id, None, postponed()).await);
    let due = DeliverySummary { due_at: Some(again), last_error: Some("it took too long".into()), ..taken(three) };
    assert_eq!(kept(&world, three.id).await, due);

    for (id, unchanged) in [(one.id, done), (two.id, given_up)] {
        for outcome in [TriedOutcome::Delivered, failed(), postponed()] {
            assert!(!note(&world, id, None, outcome).await);
        }
        assert_eq!(kept(&world, id).await, unchanged);
    }
    let nobody = delivery(&world, 1).id;
    assert!(!note(&world, nobody, None, TriedOutcome::Delivered).await);
    assert_eq!(world.store.rules.delivery(nobody).await.unwrap(), None);
}

/// Race: one try is over first.
pub async fn of_all_concurrent_tries_that_are_over_exactly_one_is_noted(world: World) {
    let listener = embedded("crm");
    let id = waiting(&world, &listener, 1).await[0].id;
    let answers = world
        .race_of(CALLERS_FOR_ONE, move |number, world| async move {
            let outcome = if number % 2 == 0 { TriedOutcome::Delivered } else { failed() };
            note(&world, id, Some(200), outcome).await
        })
        .await;
    assert_one(&answers, &true, &false);
}

/// Plain, absent and activity: whatever became of it, it is as new.
pub async fn a_replayed_delivery_waits_as_if_it_was_never_tried(world: World) {
    let listener = embedded("crm");
    let made = waiting(&world, &listener, 3).await;
    take(&world, &listener, 9).await;
    assert!(note(&world, made[0].id, Some(200), TriedOutcome::Delivered).await);
    assert!(note(&world, made[1].id, None, failed()).await);
    world.clock.advance(Duration::from_secs(1));
    for new in &made {
        let entry = world.entry(None, Act::DeliveryReplayed);
        assert!(world.store.rules.replay_delivery(new.id, world.now(), entry.clone()).await.unwrap());
        world.assert_logged_exactly_if(true, &entry).await;
        let waits = DeliverySummary { due_at: Some(world.now()), ..summary(&listener, new) };
        assert_eq!(kept(&world, new.id).await, waits);
    }
    let attempts: Vec<_> = take(&world, &listener, 9).await.iter().map(|due| due.attempts).collect();
    assert_eq!(attempts, [1, 1, 1]);
    let entry = world.entry(None, Act::DeliveryReplayed);
    let nobody = delivery(&world, 1).id;
    assert!(!world.store.rules.replay_delivery(nobody, world.now(), entry.clone()).await.unwrap());
    world.assert_logged_exactly_if(false, &entry).await;
}

/// Plain: every kind of filter, newest first, page by page.
pub async fn deliveries_are_listed_newest_first_by_listener_and_state(world: World) {
    let listeners = [embedded("crm"), embedded("other")];
    let mut made = Vec::new();
    for listener in &listeners {
        for new in waiting(&world, listener, 30).await {
            match new.seq % 3 {
                0 => {}
                1 => assert!(note(&world, new.id, Some(200), TriedOutcome::Delivered).await),
                _ => assert!(note(&world, new.id, None, failed()).await),
            }
            made.push(kept(&world, new.id).await);
        }
        world.clock.advance(Duration::from_secs(1));
    }
    made.sort_by_key(|delivery| std::cmp::Reverse(delivery.id));
    let states = [None, Some(DeliveryState::Waiting), Some(DeliveryState::Delivered), Some(DeliveryState::GivenUp)];
    for listener in [None, Some(listeners[0].clone()), Some(listeners[1].clone()), Some(embedded("nobody"))] {
        for state in states {
            let mut expected = made.clone();
            expected.retain(|delivery| listener.as_ref().is_none_or(|listener| delivery.listener == *listener));
            expected.retain(|delivery| state.is_none_or(|state| delivery.state == state));
            let mut found = Vec::new();
            loop {
                let before = found.last().map(|delivery: &DeliverySummary| delivery.id);
                let filter = DeliveryFilter { listener: listener.clone(), state, before, limit: 7 };
                let page = world.store.rules.deliveries(filter).await.unwrap();
                assert!(page.len() <= 7);
                if page.is_empty() {
                    break;
                }
                found.extend(page);
            }
            assert_eq!(found, expected, "{listener:?} {state:?}");
        }
    }
}

/// Plain: whatever became of them, by when they were made.
pub async fn deliveries_are_swept_when_they_are_old(world: World) {
    let listener = embedded("crm");
    let made = waiting(&world, &listener, 3).await;
    assert!(note(&world, made[0].id, Some(200), TriedOutcome::Delivered).await);
    world.clock.advance(DELIVERIES_KEPT.checked_sub(Duration::from_micros(1)).unwrap());
    let entry = world.entry(None, Act::DeliveryReplayed);
    assert!(world.store.rules.replay_delivery(made[1].id, world.now(), entry).await.unwrap());
    let young = delivery(&world, 4);
    let step = FanOut { listener: listener.clone(), seen: 3, to: 4, deliveries: vec![young.clone()] };
    assert!(world.store.rules.fan_out(step).await.unwrap());
    let sweep = async |limit| world.store.maintenance.sweep(world.now(), limit).await.unwrap().deliveries;
    assert_eq!(sweep(100).await, 0);
    world.clock.advance(Duration::from_micros(1));
    assert_eq!(sweep(2).await, 2);
    assert_eq!(sweep(2).await, 1);
    assert_eq!(sweep(2).await, 0);
    assert_eq!(kept(&world, young.id).await, summary(&listener, &young));
}
