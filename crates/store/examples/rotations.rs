//! How many rotations per second a store makes durable, through the port, with many callers at once:
//!
//! ```text
//! cargo run --release -p gatewright-store --example rotations -- [callers] [sessions] [seconds] [folder]
//! cargo run --release -p gatewright-store --example rotations -- postgres://… [callers] [sessions] [seconds] [lanes]
//! ```
//!
//! Each caller has its share of the sessions and rotates them in random order, as fast as it is answered; then it reads them in
//! the same way. The database of the second form has to be empty. With as many lanes as callers, each rotation is a
//! statement on a connection of its own.
#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement that goes wrong may stop")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::{
    future::Future,
    num::NonZeroUsize,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use gatewright_core::{
    model::{Act, Standing},
    port::{Accounts, Applied, Clock, NewAccount, Opened, Opening, Sessions, SystemClock},
};
use gatewright_store::{
    postgres::{self, Address, PgStore},
    sqlite::{self, SqliteStore},
};
use gatewright_testkit::Sample;
use tokio::task::JoinSet;

/// What a measurement needs of a store.
trait Store: Accounts + Sessions + Clone + 'static {
    fn time(&self) -> Arc<dyn Clock>;

    /// Rotations, groups of rotations, readings, groups of readings.
    fn counted(&self) -> [u64; 4];
}

impl Store for SqliteStore {
    fn time(&self) -> Arc<dyn Clock> {
        self.clock()
    }

    fn counted(&self) -> [u64; 4] {
        let stats = self.stats();
        [stats.steps, stats.groups, 0, 0]
    }
}

impl Store for PgStore {
    fn time(&self) -> Arc<dyn Clock> {
        self.clock()
    }

    fn counted(&self) -> [u64; 4] {
        let stats = self.stats();
        [stats.rotations.steps, stats.rotations.groups, stats.readings.steps, stats.readings.groups]
    }
}

const SESSIONS_PER_ACCOUNT: usize = 10;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let url = arguments.first().filter(|first| first.starts_with("postgres://")).cloned();
    if url.is_some() {
        arguments.remove(0);
    }
    let number = |index: usize, default: usize| arguments.get(index).map_or(default, |text| text.parse().unwrap());
    let (callers, sessions, seconds) = (number(0, 256), number(1, 100_000), number(2, 10));
    let span = Duration::from_secs(seconds as u64);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let Some(url) = url {
        let lanes = NonZeroUsize::new(number(3, 2)).unwrap();
        let connections = NonZeroUsize::new(2 * lanes.get() + 8).unwrap();
        // So that as many callers as there are may open sessions at first.
        let wait = Duration::from_secs(60);
        let options = postgres::Options { connections, lanes, wait, ..postgres::Options::default() };
        let address = Address::parse(&url).unwrap();
        runtime.block_on(async {
            let store = PgStore::open(&address, options, |floor| Arc::new(SystemClock::starting_at(floor)));
            measure(&store.await.unwrap(), callers, sessions, span).await;
        });
    } else {
        let folder = arguments.get(3).map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = tempfile::tempdir_in(folder).unwrap();
        let path = folder.path().join("rotations.db");
        let options = sqlite::Options::default();
        let store = SqliteStore::open(&path, options, |floor| Arc::new(SystemClock::starting_at(floor))).unwrap();
        runtime.block_on(measure(&store, callers, sessions, span));
        println!("{} MiB", std::fs::metadata(&path).unwrap().len() >> 20);
        let stats = store.stats();
        println!("{} checkpoints, {} restarts of the log", stats.checkpoints, stats.log_restarts);
    }
}

async fn measure(store: &impl Store, callers: usize, sessions: usize, span: Duration) {
    let sample = Sample::default();
    sample.clock.set(store.time().now());
    let shares = open(store, &sample, callers, sessions).await;
    println!("{callers} callers, {sessions} sessions");
    let before = store.counted();
    let (own, read_from) = (store.clone(), store.clone());
    let (rotated, shares) = run(shares, span, move |mut share: Vec<Standing>, index| {
        let (store, sample) = (own.clone(), sample.clone());
        async move {
            let index = index % share.len();
            let mut step = sample.rotation(&share[index]);
            step.not_after = store.time().now().plus(Duration::from_secs(10));
            match store.rotate(step).await.unwrap() {
                Applied::Done(standing) => share[index] = standing,
                Applied::Stale => panic!("nobody else rotates this session"),
            }
            share
        }
    })
    .await;
    let after = store.counted();
    tell("rotations", rotated, span, after[0] - before[0], after[1] - before[1]);
    let before = after;
    let (read, _) = run(shares, span, move |share: Vec<Standing>, index| {
        let store = read_from.clone();
        async move {
            let id = share[index % share.len()].session.id;
            assert!(store.standing(id).await.unwrap().is_some());
            share
        }
    })
    .await;
    let after = store.counted();
    tell("readings", read, span, after[2] - before[2], after[3] - before[3]);
}

/// Has each share acted on again and again; answers how long each act took, and what has become of the shares.
async fn run<F: Future<Output = Vec<Standing>> + Send>(
    shares: Vec<Vec<Standing>>,
    span: Duration,
    act: impl Fn(Vec<Standing>, usize) -> F + Clone + Send + 'static,
) -> (Vec<Duration>, Vec<Vec<Standing>>) {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for mut share in shares {
        let act = act.clone();
        let sample = Sample::default();
        tasks.spawn(async move {
            let mut waits = Vec::new();
            while started.elapsed() < span {
                let asked = Instant::now();
                share = act(share, usize::from_ne_bytes(sample.entropy.bytes())).await;
                waits.push(asked.elapsed());
            }
            (waits, share)
        });
    }
    let (waits, shares): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().unzip();
    (waits.into_iter().flatten().collect(), shares)
}

fn tell(what: &str, mut waits: Vec<Duration>, span: Duration, steps: u64, groups: u64) {
    waits.sort();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    println!(
        "{:.0} {what}/s; p50 {:?}, p99 {:?}, p99.9 {:?}, longest {:?}; {:.1} a group",
        waits.len() as f64 / span.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0),
        steps as f64 / groups.max(1) as f64,
    );
}

async fn open(store: &impl Store, sample: &Sample, callers: usize, sessions: usize) -> Vec<Vec<Standing>> {
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let (store, sample) = (store.clone(), sample.clone());
        tasks.spawn(async move {
            let mut share = Vec::new();
            for number in 0..sessions.div_ceil(callers * SESSIONS_PER_ACCOUNT) {
                let new = sample.new_account(&format!("user-{caller}-{number}"));
                let NewAccount { account, owner, .. } = new.clone();
                store.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
                for _ in 0..SESSIONS_PER_ACCOUNT {
                    let opening = Opening { ..sample.opening(sample.session(&account, &owner)) };
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
