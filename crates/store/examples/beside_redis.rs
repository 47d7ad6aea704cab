//! Readings and rotations per second on PostgreSQL alone and on PostgreSQL with Redis beside it, one after the other on this
//! machine, both durable as they come: `cargo run --release -p gatewright-store --example beside_redis -- [callers]
//! [sessions] [seconds] [appendfsync of Redis]`.
//!
//! Each caller has its share of the sessions and takes them in random order, as fast as it is answered.
#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement that goes wrong may stop")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gatewright_core::{
    model::{Act, Standing},
    port::{Accounts, Applied, NewAccount, Opened, Sessions, SystemClock},
};
use gatewright_store::{
    postgres::{self, PgStore},
    redis::{self, RedisStore},
};
use gatewright_testkit::{
    Sample,
    servers::{Postgres, Redis, RedisSetup},
};
use tokio::task::JoinSet;

const SESSIONS_PER_ACCOUNT: usize = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: usize| arguments.get(index).map_or(default, |text| text.parse().unwrap());
    let (callers, sessions, seconds) = (number(0, 128), number(1, 20_000), number(2, 8));
    let appendfsync = arguments.get(3).map_or("everysec", String::as_str);
    let span = Duration::from_secs(seconds as u64);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (server, cache) =
        (Postgres::shared(), Redis::start(&RedisSetup { settings: vec![format!("appendfsync {appendfsync}")] }));
    runtime.block_on(async {
        for beside in [false, true] {
            let address = postgres::Address::parse(&server.fresh_database().url()).unwrap();
            let clock = |floor| Arc::new(SystemClock::starting_at(floor)) as _;
            let sql = PgStore::open(&address, postgres::Options::default(), clock).await.unwrap();
            let sample = Sample::default();
            sample.clock.set(sql.clock().now());
            let (name, store): (_, Arc<dyn Sessions>) = if beside {
                let address = redis::Address::parse(&cache.url()).unwrap();
                let redis = RedisStore::open(sql.clone(), &address, redis::Options::default()).await.unwrap();
                ("PostgreSQL and Redis", Arc::new(redis))
            } else {
                ("PostgreSQL", Arc::new(sql.clone()))
            };
            let shares = open(&sql, &store, &sample, callers, sessions).await;
            let shares = measure(&format!("{name}: readings"), &store, &sample, shares, span, Work::Read).await;
            measure(&format!("{name}: rotations"), &store, &sample, shares, span, Work::Rotate).await;
        }
    });
    let memory = cache.ask(0, &["INFO", "memory"]).unwrap();
    let used = memory.lines().find_map(|line| line.trim().strip_prefix("used_memory:")?.parse::<usize>().ok()).unwrap();
    println!("Redis: appendfsync {appendfsync}, {} bytes of memory per session", used / sessions);
}

#[derive(Clone, Copy)]
enum Work {
    Read,
    Rotate,
}

async fn open(
    sql: &PgStore,
    store: &Arc<dyn Sessions>,
    sample: &Sample,
    callers: usize,
    sessions: usize,
) -> Vec<Vec<Standing>> {
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let (sql, store, sample) = (sql.clone(), Arc::clone(store), sample.clone());
        tasks.spawn(async move {
            let mut share = Vec::new();
            for number in 0..sessions.div_ceil(callers * SESSIONS_PER_ACCOUNT) {
                let new = sample.new_account(&format!("user-{caller}-{number}"));
                let NewAccount { account, owner, .. } = new.clone();
                sql.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
                for _ in 0..SESSIONS_PER_ACCOUNT {
                    let opening = sample.opening(sample.session(&account, &owner));
                    match store.open(opening, sample.entry(account.id, Act::LoggedIn)).await.unwrap() {
                        Opened::Done(standing) => share.push(standing),
                        refused @ (Opened::Stale | Opened::Spent) => panic!("{refused:?}"),
                    }
                }
            }
            share
        });
    }
    tasks.join_all().await
}

async fn measure(
    name: &str,
    store: &Arc<dyn Sessions>,
    sample: &Sample,
    shares: Vec<Vec<Standing>>,
    span: Duration,
    work: Work,
) -> Vec<Vec<Standing>> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    let callers = shares.len();
    for mut share in shares {
        let (store, sample) = (Arc::clone(store), sample.clone());
        tasks.spawn(async move {
            let mut waits = Vec::new();
            while started.elapsed() < span {
                let index = usize::from_ne_bytes(sample.entropy.bytes()) % share.len();
                let mut step = sample.rotation(&share[index]);
                step.not_after = sample.now().plus(started.elapsed() + Duration::from_secs(600));
                let asked = Instant::now();
                match work {
                    Work::Read => {
                        store.standing(step.session).await.unwrap().unwrap();
                    }
                    Work::Rotate => match store.rotate(step).await.unwrap() {
                        Applied::Done(standing) => share[index] = standing,
                        Applied::Stale => panic!("nobody else rotates this session"),
                    },
                }
                waits.push(asked.elapsed());
            }
            (share, waits)
        });
    }
    let (shares, waits): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().unzip();
    let took = started.elapsed();
    let mut waits: Vec<Duration> = waits.into_iter().flatten().collect();
    waits.sort();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    let rate = waits.len() as f64 / took.as_secs_f64();
    println!("{name}, {callers} callers: {rate:.0}/s; p50 {:?}, p99 {:?}", at(0.5), at(0.99));
    shares
}
