//! `kill -9` during load: invariant P11 and SECURITY LG10. What was acknowledged before is there afterwards, and what was
//! ended stays so.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
    sync::Arc,
};

use gatewright_core::{
    model::{Act, SessionId},
    port::{Accounts, Applied, NewAccount, Opened, Sessions, SystemClock},
};
use gatewright_store::sqlite::{Options, SqliteStore};
use gatewright_testkit::{Sample, SeededEntropy};
use tokio::task::JoinSet;

use super::{backend::Folder, child};

const ROUNDS: u64 = 5;
const WORKERS: usize = 16;
const SAID_BEFORE_DEATH: usize = 400;

#[test]
fn p11_nothing_acknowledged_is_lost_and_nothing_ended_revives_when_the_process_is_killed() {
    if let Some(folder) = child::folder() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
        return runtime.block_on(load(&folder));
    }
    let folder = Folder::new();
    let mut acknowledged = Acknowledged::default();
    for round in 0..ROUNDS {
        acknowledged.read_until_killed(folder.0.path());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(acknowledged.check(folder.0.path(), round));
    }
}

fn open(folder: &Path) -> SqliteStore {
    let path = folder.join("gatewright.db");
    SqliteStore::open(&path, Options::default(), |floor| Arc::new(SystemClock::starting_at(floor))).unwrap()
}

/// What the child said that the store had told it.
#[derive(Default)]
struct Acknowledged {
    generations: HashMap<SessionId, u64>,
    ended: Vec<SessionId>,
}

impl Acknowledged {
    fn read_until_killed(&mut self, folder: &Path) {
        let test =
            "sqlite::crash::p11_nothing_acknowledged_is_lost_and_nothing_ended_revives_when_the_process_is_killed";
        let mut child = child::command(test, folder).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..SAID_BEFORE_DEATH {
            self.note(&lines.next().expect("the child goes on until it is killed").unwrap());
        }
        child.kill().unwrap();
        lines.map_while(Result::ok).for_each(|line| self.note(&line));
        child.wait().unwrap();
    }

    fn note(&mut self, line: &str) {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["rotated", id, generation] => {
                self.generations.insert(id.parse().unwrap(), generation.parse().unwrap());
            }
            ["ended", id] => self.ended.push(id.parse().unwrap()),
            // What the test harness says, or a line that death has cut.
            _ => {}
        }
    }

    async fn check(&self, folder: &Path, round: u64) {
        let store = open(folder);
        assert!(!self.generations.is_empty() && !self.ended.is_empty(), "round {round}");
        for (id, generation) in &self.generations {
            let standing = store.standing(*id).await.unwrap().expect("its account had signed up, it was opened");
            assert!(standing.session.chain.generation >= *generation, "round {round}");
        }
        for id in &self.ended {
            let standing = store.standing(*id).await.unwrap().unwrap();
            assert!(standing.dead(store.clock().now()).is_some(), "round {round}");
        }
        store.integrity_check().await.unwrap();
    }
}

/// Signs up, opens, rotates and ends, as fast as it goes, and says each time what was acknowledged.
async fn load(folder: &Path) {
    let store = open(folder);
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        let store = store.clone();
        workers.spawn(async move {
            let mut sample = Sample::default();
            sample.clock.set(store.clock().now());
            // Another seed in each process and worker: the moment, and where the sample lies.
            let seed = u64::from(std::process::id()) << 32 | (&raw const sample as usize as u64 & 0xffff_ffff);
            sample.entropy = Arc::new(SeededEntropy::new(seed));
            loop {
                live(&store, &sample).await;
            }
        });
    }
    workers.join_all().await;
}

/// One account with one session: ten rotations and an end.
async fn live(store: &SqliteStore, sample: &Sample) {
    let name: String = sample.entropy.bytes::<12>().iter().map(|byte| char::from(b'a' + byte % 26)).collect();
    let new = sample.new_account(&name);
    let NewAccount { account, owner, .. } = new.clone();
    store.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
    let opening = sample.opening(sample.session(&account, &owner));
    let Opened::Done(mut standing) = store.open(opening, sample.entry(account.id, Act::LoggedIn)).await.unwrap() else {
        panic!("nothing else touches this account");
    };
    for _ in 0..10 {
        sample.clock.set(store.clock().now());
        let Applied::Done(rotated) = store.rotate(sample.rotation(&standing)).await.unwrap() else {
            panic!("nobody else rotates this session");
        };
        standing = rotated;
        child::say(&format!("rotated {} {}", standing.session.id, standing.session.chain.generation));
    }
    let id = standing.session.id;
    assert!(store.end(sample.end(id), sample.entry(account.id, Act::LoggedOut)).await.unwrap());
    child::say(&format!("ended {id}"));
}
