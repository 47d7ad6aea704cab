//! How many rotations per second a SQLite store makes durable, through the port, with many callers at once:
//! `cargo run --release -p gatewright-store --example rotations -- [callers] [sessions] [seconds] [folder]`.
//!
//! Each caller has its share of the sessions and rotates them in random order, as fast as it is answered.
#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement that goes wrong may stop")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use gatewright_core::{
    model::{Act, Standing},
    port::{Accounts, Applied, NewAccount, Opened, Opening, Sessions, SystemClock},
};
use gatewright_store::sqlite::{Options, SqliteStore};
use gatewright_testkit::Sample;
use tokio::task::JoinSet;

const SESSIONS_PER_ACCOUNT: usize = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: usize| arguments.get(index).map_or(default, |text| text.parse().unwrap());
    let (callers, sessions, seconds) = (number(0, 256), number(1, 100_000), number(2, 10));
    let folder = arguments.get(3).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder).unwrap();
    let path = folder.path().join("rotations.db");
    let store =
        SqliteStore::open(&path, Options::default(), |floor| Arc::new(SystemClock::starting_at(floor))).unwrap();
    let sample = Sample::default();
    sample.clock.set(store.clock().now());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let shares = open(&store, &sample, callers, sessions).await;
        println!("{sessions} sessions, {} MiB", std::fs::metadata(&path).unwrap().len() >> 20);
        rotate(&store, &sample, shares, Duration::from_secs(seconds as u64)).await;
    });
}

async fn open(store: &SqliteStore, sample: &Sample, callers: usize, sessions: usize) -> Vec<Vec<Standing>> {
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

async fn rotate(store: &SqliteStore, sample: &Sample, shares: Vec<Vec<Standing>>, span: Duration) {
    let before = store.stats();
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    let callers = shares.len();
    for mut share in shares {
        let (store, sample) = (store.clone(), sample.clone());
        tasks.spawn(async move {
            let mut waits = Vec::new();
            while started.elapsed() < span {
                let index = usize::from_ne_bytes(sample.entropy.bytes()) % share.len();
                let mut step = sample.rotation(&share[index]);
                step.not_after = store.clock().now().plus(Duration::from_secs(10));
                let asked = Instant::now();
                match store.rotate(step).await.unwrap() {
                    Applied::Done(standing) => share[index] = standing,
                    Applied::Stale => panic!("nobody else rotates this session"),
                }
                waits.push(asked.elapsed());
            }
            waits
        });
    }
    let mut waits: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let took = started.elapsed();
    waits.sort();
    let after = store.stats();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    println!(
        "{callers} callers: {:.0} rotations/s; p50 {:?}, p99 {:?}, p99.9 {:?}, longest {:?}; {:.1} a group; \
         {} checkpoints, {} restarts of the log",
        waits.len() as f64 / took.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0),
        (after.steps - before.steps) as f64 / (after.groups - before.groups) as f64,
        after.checkpoints - before.checkpoints,
        after.log_restarts - before.log_restarts,
    );
}
