//! A replica that takes the server's place, and what is left of it to see.

use std::{sync::Arc, time::Duration};

use gatewright_core::{
    model::{Dead, MailPurpose, Presentation, Standing, Timestamp, Verdict, Windows, judge},
    port::{MailTokens, Maintenance, Outbox, Sessions, StoredMailToken},
};
use gatewright_store::postgres::PgStore;
use gatewright_testkit::{
    Sample,
    servers::{Database, Postgres, PostgresSetup},
};

use super::backend::{database, open, signed_in};

async fn promoted_at(store: &PgStore, seen: &Standing) -> Option<Timestamp> {
    store.standing(seen.session.id).await.unwrap().unwrap().store_promoted_at
}

fn verdict(standing: &Standing, now: Timestamp) -> Verdict {
    let chain = &standing.session.chain;
    let presented = Presentation { generation: chain.generation, secret: chain.current, retry_key: None };
    judge(standing, &presented, now, &Windows::DEFAULT)
}

fn written_down(database: &Database) -> String {
    database.superuser_sql("SELECT store_promoted_at IS NOT NULL, timeline FROM meta")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p6_after_a_replica_was_promoted_nothing_rotates_for_min_age() {
    let server = Postgres::start(&PostgresSetup::default());
    let database = server.fresh_database();
    let sample = Sample::default();
    let store = open(&database, sample.clock.clone()).await;
    let seen = signed_in(&store, &sample, "ada").await;
    assert_eq!(written_down(&database), "f|00000001");
    let replica = server.replica();
    replica.catch_up_with(&server);
    server.kill();
    replica.promote();
    replica.move_to_port(server.port());
    sample.clock.advance(Duration::from_secs(3600));
    let promoted = sample.now();
    let standing = loop {
        // The connections of the old server are found to be broken one by one.
        match store.standing(seen.session.id).await {
            Ok(standing) => break standing.unwrap(),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    assert_eq!(standing.store_promoted_at, Some(promoted));
    assert_eq!(verdict(&standing, promoted), Verdict::Young);
    assert_eq!(written_down(&replica.database(database.name())), "t|00000002");
    // The moment stays, and when min_age has passed, everything is as before.
    sample.clock.advance(Windows::DEFAULT.min_age);
    assert_eq!(promoted_at(&store, &seen).await, Some(promoted));
    assert_eq!(verdict(&standing, sample.now()), Verdict::Rotate);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promotion_that_a_pooler_hides_is_told_by_the_next_reading_and_written_down_by_the_next_look() {
    let database = database();
    let sample = Sample::default();
    let store = open(&database, sample.clock.clone()).await;
    let seen = signed_in(&store, &sample, "ada").await;
    assert_eq!(promoted_at(&store, &seen).await, None);
    // As if the server behind the open connections were another one.
    database.superuser_sql("UPDATE meta SET timeline = '0000000F'");
    for _ in 0..2 {
        sample.clock.advance(Duration::from_secs(30));
        assert_eq!(promoted_at(&store, &seen).await, Some(sample.now()));
    }
    let rotated = store.rotate(sample.rotation(&seen)).await.unwrap();
    let gatewright_core::port::Applied::Done(rotated) = rotated else { panic!("stale") };
    assert_eq!(rotated.store_promoted_at, Some(sample.now()));
    store.ping().await.unwrap();
    let noted = sample.now();
    sample.clock.advance(Duration::from_secs(30));
    assert_eq!(promoted_at(&store, &seen).await, Some(noted));
    assert_eq!(written_down(&database), "t|00000001");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lg11_a_dump_that_was_restored_on_another_system_ends_all_sessions_once() {
    let database = database();
    let sample = Sample::default();
    let carried = sample.account("ada");
    let [reset, undo] =
        [MailPurpose::ResetPassword, MailPurpose::UndoEmail].map(|it| sample.mail_token(it, &carried, 1));
    let seen = {
        let store = open(&database, sample.clock.clone()).await;
        let seen = signed_in(&store, &sample, "ada").await;
        for token in [&reset, &undo] {
            let token = StoredMailToken { account_id: Some(seen.account.id), ..token.clone() };
            store.issue(token, sample.letter(None)).await.unwrap();
        }
        seen
    };
    database.superuser_sql("UPDATE meta SET system = 'another'");
    sample.clock.advance(Duration::from_secs(30));
    let stores = futures_of_opening(&database, &sample).await;
    for store in &stores {
        assert_eq!(promoted_at(store, &seen).await, Some(sample.now()));
        let standing = store.standing(seen.session.id).await.unwrap().unwrap();
        assert_eq!(standing.dead(sample.now()), Some(Dead::EpochMoved));
        assert_eq!(standing.account.epoch.number(), seen.account.epoch.number() + 1, "of four nodes one ended them");
    }
    // What mails carried is dead, but for what takes a change back; and what waited is not sent again.
    assert!(!stores[0].spend(reset.id, sample.now()).await.unwrap());
    assert!(stores[0].spend(undo.id, sample.now()).await.unwrap());
    let stats = stores[0].outbox_stats().await.unwrap();
    assert!(stats.waiting == 0 && stats.given_up >= 2, "{stats:?}");
}

/// Four nodes that start at once.
async fn futures_of_opening(database: &Database, sample: &Sample) -> Vec<PgStore> {
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (database, clock) = (database.clone(), Arc::clone(&sample.clock));
        opening.spawn(async move { open(&database, clock).await });
    }
    opening.join_all().await
}
