//! Steps that share a statement, and what one of them can do to the others: nothing.

use std::{
    num::NonZeroUsize,
    thread,
    time::{Duration, Instant},
};

use gatewright_core::{
    model::{Act, Standing},
    port::{Applied, Rotation, Sessions, StoreError},
};
use gatewright_store::postgres::{Address, Options, PgStore};
use gatewright_testkit::{
    Sample,
    servers::{Database, Postgres, PostgresSetup},
};
use tokio::task::JoinSet;

use super::backend::{database, open, options, signed_in};

async fn all_at_once(store: &PgStore, steps: Vec<Rotation>) -> Vec<Result<Applied, StoreError>> {
    let mut tasks = JoinSet::new();
    for (index, step) in steps.into_iter().enumerate() {
        let store = store.clone();
        tasks.spawn(async move { (index, store.rotate(step).await) });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

async fn some(store: &PgStore, sample: &Sample, number: usize) -> Vec<Standing> {
    let mut seen = Vec::new();
    for number in 0..number {
        seen.push(signed_in(store, sample, &format!("user-{number}")).await);
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotations_at_once_share_statements_and_each_gets_its_own_answer() {
    let (database, sample) = (database(), Sample::default());
    let store = open(&database, sample.clock.clone()).await;
    let seen = some(&store, &sample, 24).await;
    // Each session three times: twice as it is, once from an old reading.
    let steps = seen.iter().flat_map(|seen| {
        let step = sample.rotation(seen);
        [step.clone(), Rotation { seen_generation: 7, ..step.clone() }, step]
    });
    let steps: Vec<_> = steps.collect();
    let answers = all_at_once(&store, steps.clone()).await;
    for (steps, answers) in steps.chunks(3).zip(answers.chunks(3)) {
        let mut done = 0;
        for answer in answers {
            if let Applied::Done(standing) = answer.as_ref().unwrap() {
                done += 1;
                assert_eq!((standing.session.id, &standing.session.chain), (steps[0].session, &steps[0].next));
            }
        }
        assert_eq!((done, answers[1].as_ref().unwrap()), (1, &Applied::Stale));
    }
    let groups = store.stats().rotations;
    assert_eq!((groups.steps, groups.failed_groups, groups.queue_length), (72, 0, 0));
    assert!(groups.groups < 72, "{groups:?}");
    assert_eq!(groups.group_sizes.iter().sum::<u64>(), groups.groups);
}

/// Somebody who holds the locks of a transaction until told otherwise.
pub(super) struct Held {
    database: Database,
    psql: thread::JoinHandle<()>,
}

const ASLEEP: &str = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
const WAITING: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
const IN_TRANSACTION: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";

impl Held {
    #[expect(clippy::disallowed_methods, reason = "somebody else, beside the store")]
    pub(super) async fn with(database: &Database, lock: &str) -> Self {
        let (holder, sql) = (database.clone(), format!("BEGIN; {lock}; SELECT pg_sleep(300)"));
        // It is told to go, and then says that it was.
        let psql = thread::spawn(move || assert!(holder.try_superuser_sql(&sql).is_err()));
        until(database, &format!("SELECT count(*) {ASLEEP}"), |found| found == 1).await;
        Self { database: database.clone(), psql }
    }

    pub(super) fn release(self) {
        self.database.superuser_sql(&format!("SELECT pg_terminate_backend(pid) {ASLEEP}"));
        self.psql.join().unwrap();
    }
}

/// Waits until the server says so.
async fn until(database: &Database, question: &str, is_so: impl Fn(u32) -> bool) {
    for _ in 0..600 {
        if is_so(database.superuser_sql(question).parse().unwrap()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still {}: {question}", database.superuser_sql(question));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_somebody_holds_fails_its_own_rotation_and_no_other() {
    let (database, sample) = (database(), Sample::default());
    let store = open(&database, sample.clock.clone()).await;
    let seen = some(&store, &sample, 8).await;
    let name = "(SELECT id FROM users WHERE username = 'user-3')";
    let held = Held::with(&database, &format!("SELECT 1 FROM sessions WHERE user_id = {name} FOR UPDATE")).await;
    let answers = all_at_once(&store, seen.iter().map(|seen| sample.rotation(seen)).collect()).await;
    for (number, answer) in answers.iter().enumerate() {
        match answer {
            Ok(Applied::Done(_)) => assert_ne!(number, 3),
            Err(StoreError::Unavailable { .. }) => assert_eq!(number, 3),
            answer => panic!("{number}: {answer:?}"),
        }
    }
    held.release();
    assert!(matches!(store.rotate(sample.rotation(&seen[3])).await.unwrap(), Applied::Done(_)));
}

#[expect(clippy::disallowed_methods, reason = "how long a refusal takes is what is tested")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stood_still_does_not_do_what_was_given_up_and_nothing_piles_up_meanwhile() {
    let server = Postgres::start(&PostgresSetup::default());
    let (database, sample) = (server.fresh_database(), Sample::default());
    let small = Options {
        lanes: NonZeroUsize::MIN,
        queue: NonZeroUsize::new(4).unwrap(),
        step_time: Duration::from_secs(1),
        wait: Duration::from_secs(1),
        connect_time: Duration::from_secs(1),
        ..options()
    };
    let address = Address::parse(&database.url()).unwrap();
    let clock = sample.clock.clone();
    let store = PgStore::open(&address, small, |_| clock).await.unwrap();
    let seen = some(&store, &sample, 20).await;
    server.pause();
    let asked = Instant::now();
    // The clock stands still: this is the last moment of each.
    let steps = seen.iter().map(|seen| Rotation { not_after: sample.now(), ..sample.rotation(seen) });
    let answers = all_at_once(&store, steps.collect()).await;
    for answer in &answers {
        assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    }
    let full = answers.iter().filter(|answer| format!("{answer:?}").contains("QueueFull")).count();
    assert!((8..20).contains(&full), "{full}");
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    tokio::time::sleep(Duration::from_secs(3)).await;
    server.resume();
    for seen in &seen {
        let standing = loop {
            match store.standing(seen.session.id).await {
                Ok(standing) => break standing.unwrap(),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        assert_eq!(standing, *seen);
        assert!(matches!(store.rotate(sample.rotation(seen)).await.unwrap(), Applied::Done(_)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_leaves_nothing_half_done_and_no_connection_that_cannot_be_used() {
    let (database, sample) = (database(), Sample::default());
    let store = open(&database, sample.clock.clone()).await;
    let seen = signed_in(&store, &sample, "ada").await;
    let held = Held::with(&database, "SELECT 1 FROM users FOR UPDATE").await;
    // More of them than there are connections.
    let mut tasks = JoinSet::new();
    for _ in 0..12 {
        let (store, opening) = (store.clone(), sample.opening(sample.session(&seen.account, &seen.user)));
        let entry = sample.entry(seen.account.id, Act::LoggedIn);
        tasks.spawn(async move { store.open(opening, entry).await });
    }
    until(&database, WAITING, |waiting| waiting > 0).await;
    tasks.abort_all();
    while tasks.join_next().await.is_some() {}
    held.release();
    let opened = JoinSet::from_iter((0..12).map(|_| {
        let (store, opening) = (store.clone(), sample.opening(sample.session(&seen.account, &seen.user)));
        let entry = sample.entry(seen.account.id, Act::LoggedIn);
        async move { store.open(opening, entry).await.unwrap() }
    }));
    assert_eq!(opened.join_all().await.len(), 12);
    assert_eq!(database.superuser_sql("SELECT count(*) FROM sessions"), "13");
    assert_eq!(database.superuser_sql("SELECT count(*) FROM activity"), "14");
    until(&database, IN_TRANSACTION, |open| open == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lanes_and_the_connections_end_with_the_store() {
    let (database, sample) = (database(), Sample::default());
    let store = open(&database, sample.clock.clone()).await;
    let seen = signed_in(&store, &sample, "ada").await;
    store.standing(seen.session.id).await.unwrap();
    drop(store);
    let ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'gatewright'";
    until(&database, ours, |connections| connections == 0).await;
}
