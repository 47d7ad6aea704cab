//! Nodes on one shelf of keys: a store that keeps them in memory, because a database has threads that Shuttle cannot schedule.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use futures_util::lock;
use gatewright_token::{Rejection, Urgency};
use shuttle::{
    Config, Runner, future,
    scheduler::{DfsScheduler, PctScheduler, RandomScheduler},
    sync::{Mutex, atomic::AtomicBool},
};

use super::super::{KeySource, Keyring, KeysInUse};
use crate::{
    Error,
    action::keys::advance,
    model::{KeyNumber, MasterKeys, Policy, Secret, Timestamp},
    port::{Clock, Keys, StoreError, StoredKey, StoredKeys, SystemEntropy},
};

/// So that a failure comes again; `SHUTTLE_RANDOM_SEED` has another one tried.
const SEED: u64 = 0x6761_7465;

fn config() -> Config {
    let mut config = Config::new();
    // Cryptography in a build that is not optimised.
    config.stack_size = 256 * 1024;
    config
}

/// Runs `body` under so many random schedules, and under as many with few but well placed preemptions.
pub(super) fn explore(schedules: usize, body: impl Fn() + Clone + Send + Sync + 'static) {
    sets();
    Runner::new(RandomScheduler::new_from_seed(SEED, schedules), config()).run(body.clone());
    Runner::new(PctScheduler::new_from_seed(SEED, 3, schedules), config()).run(body);
}

/// Runs `body` under every schedule that there is; answers how many there are.
pub(super) fn exhaust(body: impl Fn() + Send + Sync + 'static) -> usize {
    const TOO_MANY: usize = 50_000;
    let ran = Runner::new(DfsScheduler::new(Some(TOO_MANY), false), config()).run(body);
    println!("{ran} schedules");
    assert!(ran < TOO_MANY, "not all schedules were tried");
    ran
}

/// What a store holds after a start, after one rotation, and after another. Made once: a key is random, a schedule is not.
pub(super) fn sets() -> &'static [StoredKeys; 3] {
    static SETS: OnceLock<[StoredKeys; 3]> = OnceLock::new();
    if SETS.get().is_none() {
        let make = || {
            let world = World::holding(&StoredKeys::default());
            let first = future::block_on(advance(world.source(), world.clock.now().secs())).unwrap();
            let node = Node::start(&world);
            let rotated = || {
                future::block_on(node.rotate());
                world.shelf.stored()
            };
            // Of two tests that come here at once, the first one's are used.
            let _ = SETS.set([first, rotated(), rotated()]);
        };
        Runner::new(RandomScheduler::new(1), config()).run(make);
    }
    SETS.get().expect("it was made a moment ago")
}

pub(super) struct HandClock(AtomicI64);

impl HandClock {
    pub(super) fn advance(&self, span: std::time::Duration) {
        let_others_run();
        self.0.fetch_add(i64::try_from(span.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        let_others_run();
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

fn let_others_run() {
    AtomicBool::new(false).load(Ordering::SeqCst);
}

/// The port [`Keys`], in memory.
pub(super) struct Shelf {
    stored: Mutex<StoredKeys>,
    /// When each reading began, in microseconds. Written down and looked at without a step of its own.
    begun: std::sync::Mutex<Vec<i64>>,
    /// Whoever has it keeps all readings from going on.
    hangs: Arc<lock::Mutex<()>>,
    clock: Arc<HandClock>,
}

impl Shelf {
    pub(super) fn holding(stored: &StoredKeys) -> Self {
        Self {
            stored: Mutex::new(stored.clone()),
            begun: std::sync::Mutex::new(Vec::new()),
            hangs: Arc::new(lock::Mutex::new(())),
            clock: Arc::new(HandClock(AtomicI64::new(1_800_000_000_000_000))),
        }
    }

    pub(super) fn stored(&self) -> StoredKeys {
        self.stored.lock().unwrap().clone()
    }

    pub(super) fn version(&self) -> i64 {
        self.stored.lock().unwrap().version
    }

    /// As if another node had rotated.
    pub(super) fn put(&self, stored: &StoredKeys) {
        *self.stored.lock().unwrap() = stored.clone();
    }

    pub(super) fn begun(&self) -> Vec<i64> {
        self.begun.lock().unwrap().clone()
    }

    /// Readings begin, and go on when the answer is dropped.
    pub(super) fn hang(&self) -> lock::OwnedMutexGuard<()> {
        Arc::clone(&self.hangs).try_lock_owned().expect("nobody reads yet")
    }
}

#[async_trait]
impl Keys for Shelf {
    async fn keys(&self) -> Result<StoredKeys, StoreError> {
        let now = self.clock.0.load(Ordering::SeqCst);
        self.begun.lock().unwrap().push(now);
        let hangs = self.hangs.lock().await;
        drop(hangs);
        Ok(self.stored())
    }

    async fn replace(&self, seen: i64, keys: Vec<StoredKey>) -> Result<bool, StoreError> {
        let mut stored = self.stored.lock().unwrap();
        let is_seen = stored.version == seen;
        if is_seen {
            *stored = StoredKeys { version: seen + 1, keys };
        }
        Ok(is_seen)
    }
}

/// A store, a clock, a master key and settings.
pub(super) struct World {
    pub(super) shelf: Shelf,
    pub(super) clock: Arc<HandClock>,
    entropy: SystemEntropy,
    master: MasterKeys,
    policy: Policy,
}

impl World {
    pub(super) fn holding(stored: &StoredKeys) -> Arc<Self> {
        Self::around(Shelf::holding(stored))
    }

    pub(super) fn around(shelf: Shelf) -> Arc<Self> {
        let clock = Arc::clone(&shelf.clock);
        let master = MasterKeys::single(KeyNumber::new(1), &Secret::new([7; 32]));
        let policy = Policy::for_issuer("https://auth.example.test");
        Arc::new(Self { shelf, clock, entropy: SystemEntropy::default(), master, policy })
    }

    fn source(&self) -> KeySource<'_> {
        let Self { shelf, clock, entropy, master, policy } = self;
        KeySource { store: shelf, clock: &**clock, entropy, master, policy }
    }

    pub(super) async fn replace(&self, seen: &StoredKeys, with: &StoredKeys) -> bool {
        self.shelf.replace(seen.version, with.keys.clone()).await.unwrap()
    }
}

/// The keys that one node uses.
pub(super) struct Node {
    pub(super) world: Arc<World>,
    keys: KeysInUse,
}

impl Node {
    /// Starts with what is stored now.
    pub(super) fn start(world: &Arc<World>) -> Arc<Self> {
        let keyring = Keyring::restored(world.shelf.stored(), world.source()).unwrap();
        Arc::new(Self { world: Arc::clone(world), keys: KeysInUse::new(keyring) })
    }

    pub(super) fn version(&self) -> i64 {
        self.keys.load().stored.as_ref().expect("it came from the shelf").version
    }

    /// The `kid` that this node signs with.
    pub(super) fn signing(&self) -> String {
        self.keys.load().set.signing().expect("each set has one").kid().as_str().to_owned()
    }

    pub(super) async fn reload(&self) {
        self.keys.reload(self.world.source()).await.unwrap();
    }

    /// At once, as for a stolen key.
    pub(super) async fn rotate(&self) {
        self.keys.rotate(self.world.source(), Urgency::Forced).await.unwrap();
    }

    /// Verifies a token of which only the `kid` matters.
    pub(super) async fn verify(&self, kid: &str) -> Result<Result<(), Rejection>, Error> {
        let verify = |keyring: &Keyring| {
            let is_known = keyring.set.entries().iter().any(|entry| entry.kid().as_str() == kid);
            if is_known { Ok(()) } else { Err(Rejection::UnknownKey) }
        };
        self.keys.verify(self.world.source(), verify).await
    }
}
