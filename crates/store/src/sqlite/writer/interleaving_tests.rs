//! The writer with its callers, pauses and its end in every order that Shuttle tries (docs/decisions/0013-interleavings.md). The code
//! under test is what ships, on real SQLite and a real file; only the clock is ours. Bodies of steps run without a choice of
//! the scheduler inside: SQLite is not what is tested here.

use std::{
    path::PathBuf,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
};

use gatewright_core::{
    model::Timestamp,
    port::{Clock, StoreError},
};
use rusqlite::Connection;
use shuttle::{
    Config, Runner, future,
    scheduler::{PctScheduler, RandomScheduler},
    thread,
};
use tempfile::TempDir;

use super::{
    super::{
        Options, SqliteStore,
        checkpointer::{self, Signal},
        connection::{self, Purpose},
        failure::Failure,
        identity::{self, Identity},
        open, statements,
        stats::Counters,
    },
    MAX_GROUP, Queue, Writer, start,
};
use crate::{
    sync::{JoinHandle, mpsc::Receiver, under_shuttle::let_others_run},
    transfer::Use,
};

/// So that a failure comes again; `SHUTTLE_RANDOM_SEED` has another one tried.
const SEED: u64 = 0x6761_7465;

/// Runs `body` under so many random schedules, and under as many with few but well placed preemptions, on one database.
fn explore(schedules: usize, body: impl Fn(&Arc<Database>) + Clone + Send + Sync + 'static) {
    let mut config = Config::new();
    // SQLite in a build that is not optimised.
    config.stack_size = 512 * 1024;
    let database = Arc::new(Database::new());
    let body = move || body(&database);
    Runner::new(RandomScheduler::new_from_seed(SEED, schedules), config.clone()).run(body.clone());
    Runner::new(PctScheduler::new_from_seed(SEED, 3, schedules), config).run(body);
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        let_others_run();
        Timestamp::from_secs(1_800_000_000)
    }
}

/// A database file for all executions of a test, and a connection that sees what is committed, and nothing else.
struct Database {
    path: PathBuf,
    committed: Mutex<Connection>,
    _folder: TempDir,
}

impl Database {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gatewright.db");
        drop(open::prepare(&path, &Options::default(), Use::Serve).unwrap());
        let committed = Mutex::new(connection::open(&path, Purpose::Read, Options::default().busy_timeout).unwrap());
        let database = Self { path, committed, _folder: folder };
        // Opens the log, and keeps it: the last one who closes it would have to move it.
        assert!(database.spent().is_empty());
        database
    }

    /// The tokens that are spent, as every other connection sees it.
    fn spent(&self) -> Vec<u16> {
        let sql = "SELECT token FROM spent_selections ORDER BY token";
        let read =
            |row: &rusqlite::Row<'_>| Ok(u16::from_be_bytes(row.get::<_, [u8; 16]>(0)?[..2].try_into().unwrap()));
        statements::all(&self.committed.lock().unwrap(), sql, [], read).unwrap()
    }

    /// A writer on this database, in which no token is spent.
    fn start(self: &Arc<Self>, capacity: usize) -> Running {
        let connection = connection::open(&self.path, Purpose::Write, Options::default().busy_timeout).unwrap();
        // What survives a power cut is proved elsewhere; here is asked who sees what when.
        connection.pragma_update(None, "synchronous", "off").unwrap();
        connection.pragma_update_and_check(None, "wal_autocheckpoint", 500, |_| Ok(())).unwrap();
        connection.execute("DELETE FROM spent_selections", []).unwrap();
        let counters = Arc::new(Counters::default());
        let (checkpoint, signals) = checkpointer::signals();
        let writer = Writer {
            connection,
            clock: Arc::new(Still),
            identity: Identity::of(&self.path).unwrap(),
            counters: Arc::clone(&counters),
            checkpoint,
            clock_high: Still.now(),
        };
        let (queue, thread) = start(writer, capacity).unwrap();
        Running { database: Arc::clone(self), queue, thread, counters, _signals: signals }
    }
}

struct Running {
    database: Arc<Database>,
    queue: Queue,
    thread: JoinHandle<()>,
    counters: Arc<Counters>,
    _signals: Receiver<Signal>,
}

impl Running {
    /// Lets the writer end, and waits until it has.
    fn close(self) -> Arc<Database> {
        let Self { database, queue, thread, .. } = self;
        drop(queue);
        thread.join().unwrap();
        database
    }
}

fn spend(connection: &Connection, token: u16) -> Result<(), Failure> {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&token.to_be_bytes());
    statements::run(connection, "INSERT INTO spent_selections (token, ends_at) VALUES (?1, 0)", [bytes]).map(|_| ())
}

/// What a step does beside spending its token.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Good,
    Panics,
    /// Its group cannot be committed: a password of an account that does not exist is found at the commit only.
    BreaksTheCommit,
}

/// A caller beside all others, and what became of it: each is answered, once, and the answer is what everybody can see.
fn caller(running: &Running, token: u16, kind: Kind) -> future::JoinHandle<Result<(), StoreError>> {
    let (queue, database) = (running.queue.clone(), Arc::clone(&running.database));
    future::spawn(async move {
        let times = Arc::new(AtomicUsize::new(0));
        let ran = Arc::clone(&times);
        let step = move |connection: &Connection| {
            ran.fetch_add(1, SeqCst);
            spend(connection, token)?;
            match kind {
                Kind::Good => {}
                Kind::Panics => panic!("a bug in a step"),
                Kind::BreaksTheCommit => connection.execute_batch(
                    "PRAGMA defer_foreign_keys = ON; INSERT INTO passwords VALUES (zeroblob(16), 'x')",
                )?,
            }
            Ok(())
        };
        let answer = queue.submit(None, step).await;
        // The moment that it is told.
        let (times, is_seen) = (times.load(SeqCst), database.spent().contains(&token));
        match &answer {
            Ok(()) => assert!(times == 1 && is_seen, "told that it was done: ran {times} times, seen: {is_seen}"),
            Err(StoreError::Unavailable { cause }) => {
                let most = usize::from(!cause.to_string().contains("queue"));
                assert!(times <= most && !is_seen, "{cause}: ran {times} times, seen: {is_seen}");
            }
            Err(other) => panic!("{other:?}"),
        }
        answer
    })
}

fn answer(asked: future::JoinHandle<Result<(), StoreError>>) -> Result<(), StoreError> {
    future::block_on(asked).expect("nobody stops it")
}

fn cause(answer: &Result<(), StoreError>) -> String {
    match answer {
        Err(StoreError::Unavailable { cause }) => cause.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn p11_nobody_is_told_done_before_the_commit_of_the_group_that_holds_the_step() {
    explore(800, |database| {
        let running = database.start(8);
        let callers = [1, 2, 3, 4].map(|token| caller(&running, token, Kind::Good));
        callers.map(answer).into_iter().for_each(Result::unwrap);
        assert_eq!(running.close().spent(), [1, 2, 3, 4]);
    });
}

#[test]
fn every_step_is_answered_once_also_when_the_queue_is_full_or_a_body_panics() {
    explore(800, |database| {
        let running = database.start(1);
        let panics = caller(&running, 1, Kind::Panics);
        let callers = [2, 3, 4].map(|token| caller(&running, token, Kind::Good));
        let panicked = cause(&answer(panics));
        assert!(panicked.contains("panicked") || panicked.contains("queue"), "{panicked}");
        let done = callers.map(answer).into_iter().filter(Result::is_ok).count();
        assert_eq!(running.counters.read().queue_length, 0);
        assert_eq!(running.close().spent().len(), done);
    });
}

#[test]
fn p11_a_commit_that_fails_is_told_to_its_whole_group_and_to_nobody_else() {
    explore(800, |database| {
        let running = database.start(8);
        let before = [1, 2].map(|token| caller(&running, token, Kind::Good));
        let broken = caller(&running, 3, Kind::BreaksTheCommit);
        let after = caller(&running, 4, Kind::Good);
        assert!(cause(&answer(broken)).contains("not committed"));
        let [one, two] = before.map(answer);
        let others = [one, two, answer(after)];
        for other in others.iter().filter(|other| other.is_err()) {
            assert!(cause(other).contains("not committed"));
        }
        let stats = running.counters.read();
        assert_eq!(stats.failed_groups, 1);
        let done = others.iter().filter(|other| other.is_ok()).count();
        assert_eq!(usize::try_from(stats.steps).unwrap(), done);
        assert_eq!(running.close().spent().len(), done);
    });
}

/// Polls once: the step is in the queue then.
fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    match std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

#[test]
fn pauses_lose_no_step_change_no_order_and_nothing_is_written_meanwhile() {
    explore(600, |database| {
        let running = database.start(3);
        let (is_paused, order) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let pausing = [0; 2].map(|_| {
            let (queue, is_paused, order) = (running.queue.clone(), Arc::clone(&is_paused), Arc::clone(&order));
            thread::spawn(move || {
                let pause = || {
                    assert!(!is_paused.swap(true, SeqCst));
                    let before = order.lock().unwrap().len();
                    let_others_run();
                    let_others_run();
                    assert_eq!(order.lock().unwrap().len(), before);
                    is_paused.store(false, SeqCst);
                };
                queue.paused(pause).expect("the writer has not ended");
            })
        });
        // Bounded like the queue, so that none is refused; each caller's steps are queued in this order.
        let mut refused = 0;
        for token in 1..=5 {
            let (is_paused, order) = (Arc::clone(&is_paused), Arc::clone(&order));
            let step = move |connection: &Connection| {
                assert!(!is_paused.load(SeqCst), "nothing is written while the writer is paused");
                order.lock().unwrap().push(token);
                spend(connection, token)
            };
            if token % 2 == 0 {
                if future::block_on(running.queue.submit(None, step)).is_err() {
                    refused += 1;
                }
            } else {
                // Goes away at once; the step is done all the same.
                let mut asked = pin!(running.queue.submit(None, step));
                if poll_once(&mut asked).is_some_and(|answer| answer.is_err()) {
                    refused += 1;
                }
            }
        }
        pausing.into_iter().for_each(|one| one.join().unwrap());
        let database = running.close();
        let order = order.lock().unwrap();
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(order.len(), 5 - refused);
        assert_eq!(database.spent(), *order);
    });
}

#[test]
fn dropping_the_queue_waits_for_every_step_that_was_taken_also_of_callers_who_went_away() {
    explore(800, |database| {
        let running = database.start(4);
        let stays = caller(&running, 1, Kind::Good);
        for token in 2..=3 {
            let mut asked = pin!(running.queue.submit(None, move |connection: &Connection| spend(connection, token)));
            let _told_or_not = poll_once(&mut asked);
        }
        let database = Arc::clone(&running.database);
        running.close();
        // The caller that stays holds the queue until it is answered; so the writer has answered it, and only then ended.
        answer(stays).unwrap();
        assert_eq!(database.spent(), [1, 2, 3]);
    });
}

#[test]
fn no_group_is_larger_than_its_bound() {
    explore(5, |database| {
        let many = MAX_GROUP + 40;
        let running = database.start(many + 1);
        let groups = Arc::new(Mutex::new(vec![0; many]));
        let steps = || {
            (0..many).map(|token| {
                let (counters, groups) = (Arc::clone(&running.counters), Arc::clone(&groups));
                Box::pin(running.queue.submit(None, move |connection: &Connection| {
                    // How many groups were committed before its own tells which one that is.
                    groups.lock().unwrap()[usize::try_from(counters.read().groups).unwrap()] += 1;
                    spend(connection, u16::try_from(token).unwrap())
                }))
            })
        };
        let queued = running.queue.paused(|| {
            let mut queued: Vec<_> = steps().collect();
            assert!(queued.iter_mut().all(|step| poll_once(step).is_none()));
            queued
        });
        for step in queued.expect("the writer has not ended") {
            future::block_on(step).unwrap();
        }
        assert_eq!(groups.lock().unwrap()[..3], [MAX_GROUP, 40, 0]);
        assert_eq!(running.close().spent().len(), many);
    });
}

#[test]
fn closing_the_store_ends_all_its_threads_and_what_was_acknowledged_is_read() {
    explore(100, |database| {
        let folder = tempfile::tempdir_in(database.path.parent().unwrap()).unwrap();
        let path = folder.path().join("gatewright.db");
        std::fs::copy(&database.path, &path).unwrap();
        let options = Options { readers: std::num::NonZeroUsize::new(2).unwrap(), queue: 4, ..Options::default() };
        let store = SqliteStore::open(&path, options, |_| Arc::new(Still)).unwrap();
        let callers = [1_u16, 2].map(|token| {
            let store = store.clone();
            future::spawn(async move {
                store.write(move |connection| spend(connection, token)).await.unwrap();
                let sql = "SELECT count(*) FROM spent_selections WHERE substr(token, 2, 1) = ?1";
                let count = move |connection: &Connection| {
                    let last = [u8::try_from(token).unwrap()];
                    Ok(connection.query_row(sql, [last], |row| row.get::<_, i64>(0))?)
                };
                // P5: a reading that begins after a write was acknowledged sees it.
                assert_eq!(store.read(count).await.unwrap(), 1);
            })
        });
        // Of three clones the last one closes it, whoever that is.
        drop(store);
        for caller in callers {
            future::block_on(caller).expect("nobody stops it");
        }
        assert!(!std::fs::exists(identity::log_of(&path)).unwrap(), "the last connection removes the log");
    });
}
