//! A clock that is set by hand and randomness that tells who is hashing. Both are ports, so the engine cannot tell.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use gatewright_core::{
    model::{ClientSource, PasswordHash, Plaintext, Timestamp},
    port::{Clock, Entropy, HashError, Hasher},
};
use shuttle::{
    Config, Runner,
    future::{self, JoinHandle},
    scheduler::{DfsScheduler, PctScheduler, RandomScheduler},
    sync::{Condvar, Mutex, atomic::AtomicI64, atomic::Ordering},
};

use crate::{Engine, Parameters, Settings};

/// So that a failure comes again; `SHUTTLE_RANDOM_SEED` has another one tried.
const SEED: u64 = 0x6761_7465;

fn config() -> Config {
    let mut config = Config::new();
    // Argon2 in a build that is not optimised.
    config.stack_size = 256 * 1024;
    config
}

/// Runs `body` under so many random schedules, and under as many with few but well placed preemptions.
pub(super) fn explore(schedules: usize, body: impl Fn() + Clone + Send + Sync + 'static) {
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

/// Stands still until it is told otherwise.
pub(super) struct HandClock(AtomicI64);

impl HandClock {
    pub(super) fn new() -> Self {
        Self(AtomicI64::new(0))
    }

    pub(super) fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Every hash asks for a salt: that tells how many are being computed, and can hold one up or make it panic.
pub(super) struct Salts {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_closed: bool,
    /// Hashes that are being computed.
    inside: usize,
    most_inside: usize,
    made: usize,
    /// The how manieth is to panic.
    panics_at: Option<usize>,
}

impl Salts {
    /// Lets nobody on until [`Salts::open`].
    pub(super) fn close(&self) {
        self.state.lock().unwrap().is_closed = true;
    }

    pub(super) fn open(&self) {
        self.state.lock().unwrap().is_closed = false;
        self.changed.notify_all();
    }

    pub(super) fn wait_until_somebody_is_held_up(&self) {
        let state = self.state.lock().unwrap();
        drop(self.changed.wait_while(state, |state| state.inside == 0).unwrap());
    }

    pub(super) fn panic_at(&self, number: usize) {
        self.state.lock().unwrap().panics_at = Some(number);
    }

    /// How many hashes were begun, and how many of them at a time at most.
    pub(super) fn told(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        (state.made, state.most_inside)
    }
}

impl Entropy for Salts {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.state.lock().unwrap();
        state.inside += 1;
        state.most_inside = state.most_inside.max(state.inside);
        self.changed.notify_all();
        // Releases the lock, so that another thread may come in meanwhile.
        let mut state = self.changed.wait_while(state, |state| state.is_closed).unwrap();
        drop(state);
        shuttle::thread::yield_now();
        state = self.state.lock().unwrap();
        state.inside -= 1;
        let number = state.made;
        state.made += 1;
        buffer.fill(u8::try_from(number).unwrap());
        let panics = state.panics_at == Some(number);
        drop(state);
        assert!(!panics, "a bug in a hash");
    }
}

/// The how manieth hash this is, from 0.
pub(super) fn number(hash: &PasswordHash) -> u8 {
    let salt = hash.as_phc().split('$').nth(4).unwrap();
    data_encoding::BASE64_NOPAD.decode(salt.as_bytes()).unwrap()[0]
}

pub(super) struct World {
    pub(super) engine: Arc<Engine>,
    pub(super) clock: Arc<HandClock>,
    pub(super) salts: Arc<Salts>,
}

pub(super) const PATIENCE: Duration = Duration::from_secs(5);

pub(super) type Asked = JoinHandle<Result<PasswordHash, HashError>>;

impl World {
    /// An engine with so many permits, and room for `total` who wait, `per_source` of each source.
    pub(super) fn start(permits: usize, total: usize, per_source: usize) -> Self {
        let mut settings = Settings::new(Parameters::insecure_with(8, 1));
        settings.permits = NonZeroUsize::new(permits).unwrap();
        settings.queue = total;
        settings.queue_per_source = per_source;
        settings.patience = PATIENCE;
        let salts = Salts { state: Mutex::new(State::default()), changed: Condvar::new() };
        let (clock, salts) = (Arc::new(HandClock::new()), Arc::new(salts));
        let engine = Arc::new(Engine::start(settings, clock.clone(), salts.clone()).unwrap());
        // The dummy was drawn.
        *salts.state.lock().unwrap() = State::default();
        Self { engine, clock, salts }
    }

    /// A caller from a source of this number, beside all others.
    pub(super) fn ask(&self, source: u8) -> Asked {
        let engine = Arc::clone(&self.engine);
        future::spawn(async move { engine.hash(&plaintext(), from(source)).await })
    }
}

pub(super) fn plaintext() -> Plaintext {
    Plaintext::parse("password", "correct horse".into()).unwrap()
}

pub(super) fn from(source: u8) -> ClientSource {
    ClientSource::of(Some([192, 0, 2, source].into()))
}

/// What a caller was answered.
pub(super) fn answer(asked: Asked) -> Result<PasswordHash, HashError> {
    future::block_on(asked).expect("nobody stops it")
}
