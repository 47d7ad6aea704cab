//! What every store must do about rules and what listeners are told.

pub mod deliveries;

use std::time::Duration;

use gatewright_core::{
    model::{
        Act, EmbeddedName, HookUrl, Listener, Moment, Namespace, OnFailure, RuleId, RuleLabel, RuleState,
        SealedSecrets, Webhook,
    },
    port::{PutRule, Told},
};

use super::{CALLERS_FOR_ONE, World, accounts::assert_one};

const MAX: usize = 100;

/// A webhook in its first version, with something in every member.
pub(super) fn webhook(world: &World, name: &str) -> Webhook {
    Webhook {
        id: RuleId::new(world.now(), world.entropy.bytes()),
        name: RuleLabel::parse("name", name).expect("the names of samples are legal"),
        url: HookUrl::parse("url", "https://hooks.example.test/a?b=%20c").expect("legal"),
        moments: vec![Moment::BeforeSignUp, Moment::BeforeToken, Moment::After],
        acts: vec![Act::LoggedIn, Act::SignedUp],
        timeout: Duration::from_millis(1750),
        on_failure: OnFailure::Closed,
        namespace: Some(Namespace::parse("namespace", "https://example.test/").expect("legal")),
        secrets: SealedSecrets { current: vec![0, 255, 1], previous: Some(Vec::new()) },
        state: RuleState::Enabled,
        created_at: world.now(),
        version: 1,
    }
}

/// An embedded rule that listens.
pub(super) fn embedded(name: &str) -> Listener {
    Listener::Embedded(EmbeddedName::parse(name).expect("the names of samples are legal"))
}

async fn put(world: &World, rule: &Webhook, seen: Option<u64>, told: Option<u64>, max: usize) -> PutRule {
    let entry = world.entry(None, Act::RuleChanged);
    let answer = world.store.rules.put_rule(rule.clone(), seen, told, max, entry.clone()).await.unwrap();
    world.assert_logged_exactly_if(answer == PutRule::Done, &entry).await;
    answer
}

async fn made(world: &World, name: &str, told: Option<u64>) -> Webhook {
    let rule = webhook(world, name);
    assert_eq!(put(world, &rule, None, told, MAX).await, PutRule::Done);
    rule
}

async fn remove(world: &World, id: RuleId) -> bool {
    let entry = world.entry(None, Act::RuleRemoved);
    let answer = world.store.rules.remove_rule(id, entry.clone()).await.unwrap();
    world.assert_logged_exactly_if(answer, &entry).await;
    answer
}

/// Plain, absent and activity: what was put in comes out, with as little in it as there can be, too.
pub async fn a_webhook_comes_out_as_it_was_put_in_until_it_is_removed(world: World) {
    assert_eq!(world.store.rules.rules().await.unwrap(), []);
    let full = made(&world, "„crm“ & co", None).await;
    world.clock.advance(Duration::from_secs(1));
    let bare = Webhook {
        moments: vec![Moment::After],
        acts: Vec::new(),
        on_failure: OnFailure::Open,
        namespace: None,
        secrets: SealedSecrets { current: vec![7], previous: None },
        state: RuleState::Gone,
        ..webhook(&world, "x")
    };
    assert_eq!(put(&world, &bare, None, None, MAX).await, PutRule::Done);
    assert_eq!(world.store.rules.rules().await.unwrap(), [full.clone(), bare.clone()]);
    assert_eq!(world.store.rules.told().await.unwrap(), []);

    let changed = Webhook { id: full.id, version: 2, state: RuleState::Disabled, ..bare.clone() };
    assert_eq!(put(&world, &changed, Some(1), None, 0).await, PutRule::Done);
    assert_eq!(world.store.rules.rules().await.unwrap(), [changed, bare.clone()]);

    assert!(!remove(&world, webhook(&world, "nobody's").id).await);
    assert!(remove(&world, full.id).await);
    assert!(!remove(&world, full.id).await);
    assert_eq!(world.store.rules.rules().await.unwrap(), [bare]);
}

/// Stale and taken.
pub async fn a_webhook_that_was_changed_since_or_one_too_many_is_not_written(world: World) {
    let rule = made(&world, "crm", None).await;
    let next = Webhook { version: 2, acts: Vec::new(), ..rule.clone() };
    assert_eq!(put(&world, &next, Some(2), Some(7), MAX).await, PutRule::Stale);
    assert_eq!(put(&world, &next, None, Some(7), MAX).await, PutRule::Stale);
    assert_eq!(put(&world, &webhook(&world, "other"), Some(1), Some(7), MAX).await, PutRule::Stale);
    assert_eq!(put(&world, &webhook(&world, "other"), None, Some(7), 1).await, PutRule::TooMany);
    assert_eq!(world.store.rules.rules().await.unwrap(), std::slice::from_ref(&rule));
    assert_eq!(world.store.rules.told().await.unwrap(), []);
    assert!(remove(&world, rule.id).await);
    assert_eq!(put(&world, &next, Some(1), Some(7), MAX).await, PutRule::Stale, "it is gone");
    assert_eq!(world.store.rules.told().await.unwrap(), []);
}

/// Plain: from where on a webhook listens is said when it is written, and goes with it.
pub async fn how_far_a_webhook_was_told_is_what_was_said_and_goes_with_it(world: World) {
    let told = async || world.store.rules.told().await.unwrap();
    let (one, other) = (made(&world, "one", Some(5)).await, made(&world, "other", None).await);
    let (listener, embedded) = (Listener::Webhook(one.id), embedded("crm"));
    assert_eq!(told().await, [Told { listener: listener.clone(), after: 5 }]);
    assert_eq!(world.store.rules.listen(&embedded, 3).await.unwrap(), 3);
    assert_eq!(world.store.rules.listen(&embedded, 9).await.unwrap(), 3, "it is known already");
    // Left as it is, and set back.
    let second = Webhook { version: 2, ..one.clone() };
    assert_eq!(put(&world, &second, Some(1), None, MAX).await, PutRule::Done);
    let expected =
        |after| vec![Told { listener: listener.clone(), after }, Told { listener: embedded.clone(), after: 3 }];
    assert_eq!(told().await, expected(5));
    assert_eq!(put(&world, &Webhook { version: 3, ..second }, Some(2), Some(4), MAX).await, PutRule::Done);
    assert_eq!(told().await, expected(4));
    assert!(remove(&world, other.id).await);
    assert_eq!(told().await, expected(4));
    assert!(remove(&world, one.id).await);
    assert_eq!(told().await, expected(4)[1..]);
}

/// Race.
pub async fn of_all_concurrent_changes_that_saw_the_same_version_exactly_one_is_done(world: World) {
    let rule = made(&world, "crm", None).await;
    let answers = world
        .race_of(CALLERS_FOR_ONE, |number, world| {
            let timeout = Duration::from_millis(1000 + number as u64);
            let next = Webhook { version: 2, timeout, ..rule.clone() };
            async move { put(&world, &next, Some(1), None, MAX).await }
        })
        .await;
    assert_one(&answers, &PutRule::Done, &PutRule::Stale);
    assert_eq!(world.store.rules.rules().await.unwrap()[0].version, 2);
}

/// Race: one that is made, by sixteen.
pub async fn of_all_concurrent_makers_of_one_webhook_exactly_one_is_done(world: World) {
    let rule = webhook(&world, "crm");
    let answers = world
        .race(|_, world| {
            let rule = rule.clone();
            async move { put(&world, &rule, None, None, MAX).await }
        })
        .await;
    assert_one(&answers, &PutRule::Done, &PutRule::Stale);
    assert_eq!(world.store.rules.rules().await.unwrap(), [rule]);
}

/// Race.
pub async fn concurrent_calls_never_make_more_than_the_most_webhooks(world: World) {
    let answers = world
        .race(|_, world| async move { put(&world, &webhook(&world, "one of many"), None, Some(1), 5).await })
        .await;
    assert_eq!(answers.iter().filter(|answer| **answer == PutRule::Done).count(), 5, "{answers:?}");
    assert_eq!(world.store.rules.rules().await.unwrap().len(), 5);
    assert_eq!(world.store.rules.told().await.unwrap().len(), 5);
}

/// Race.
pub async fn of_all_concurrent_removals_of_a_webhook_exactly_one_is_done(world: World) {
    let id = made(&world, "crm", Some(1)).await.id;
    let answers = world.race_of(CALLERS_FOR_ONE, move |_, world| async move { remove(&world, id).await }).await;
    assert_one(&answers, &true, &false);
    assert_eq!(world.store.rules.told().await.unwrap(), []);
}

/// Race: a webhook that is removed while it is changed leaves no listener, whatever comes first.
pub async fn a_webhook_that_is_changed_while_it_is_removed_stays_gone(world: World) {
    let rule = made(&world, "crm", Some(1)).await;
    let next = Webhook { version: 2, ..rule.clone() };
    world
        .race(|number, world| {
            let next = next.clone();
            async move {
                if number % 2 == 0 {
                    remove(&world, next.id).await;
                } else {
                    put(&world, &next, Some(1), Some(7), MAX).await;
                }
            }
        })
        .await;
    assert_eq!(world.store.rules.rules().await.unwrap(), []);
    assert_eq!(world.store.rules.told().await.unwrap(), []);
}

/// Race: all are told the same.
pub async fn concurrent_listeners_of_one_name_begin_at_one_place(world: World) {
    let answers = world
        .race(|number, world| async move { world.store.rules.listen(&embedded("crm"), number as u64).await.unwrap() })
        .await;
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    assert_eq!(world.store.rules.told().await.unwrap(), [Told { listener: embedded("crm"), after: answers[0] }]);
}
