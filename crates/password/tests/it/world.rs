//! A clock that stands still and randomness that can be held up, so that the tests below know exactly what happens when.

use std::{
    future::Future,
    num::NonZeroUsize,
    pin::Pin,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use gatewright_core::{
    model::{ClientSource, PasswordHash, Plaintext, Timestamp},
    port::{Clock, Entropy, HashError, Hasher},
};
use gatewright_password::{Engine, Parameters, Settings};

pub(crate) fn plaintext(text: &str) -> Plaintext {
    Plaintext::parse("password", text.into()).unwrap()
}

pub(crate) fn source(number: u8) -> ClientSource {
    ClientSource::of(Some([192, 0, 2, number].into()))
}

/// Stands still until it is told otherwise.
#[derive(Default)]
pub(crate) struct FrozenClock(AtomicI64);

impl FrozenClock {
    pub(crate) fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for FrozenClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Numbers its answers, so that a salt tells which hash was made when; and lets nobody through while it is closed, so that
/// a hashing thread can be held at the start of a hash.
#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    answers: u64,
    is_closed: bool,
    held_up: usize,
}

impl Gate {
    pub(crate) fn close(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_closed = true;
        state.answers = 0;
    }

    pub(crate) fn open(&self) {
        self.state.lock().unwrap().is_closed = false;
        self.changed.notify_all();
    }

    /// Waits until this many threads are held up.
    pub(crate) fn wait_for(&self, threads: usize) {
        let state = self.state.lock().unwrap();
        let patience = Duration::from_secs(20);
        let (state, _) = self.changed.wait_timeout_while(state, patience, |state| state.held_up < threads).unwrap();
        assert_eq!(state.held_up, threads);
    }

    pub(crate) fn held_up(&self) -> usize {
        self.state.lock().unwrap().held_up
    }
}

impl Entropy for Gate {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.state.lock().unwrap();
        state.held_up += 1;
        self.changed.notify_all();
        let mut state = self.changed.wait_while(state, |state| state.is_closed).unwrap();
        state.held_up -= 1;
        buffer.fill(0);
        buffer[..8].copy_from_slice(&state.answers.to_le_bytes());
        state.answers += 1;
    }
}

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<FrozenClock>,
    pub(crate) gate: Arc<Gate>,
}

impl World {
    pub(crate) fn start(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(Parameters::insecure_for_tests());
        settings.permits = NonZeroUsize::MIN;
        change(&mut settings);
        let (clock, gate) = (Arc::new(FrozenClock::default()), Arc::new(Gate::default()));
        let engine = Engine::start(settings, clock.clone(), gate.clone()).unwrap();
        Self { engine, clock, gate }
    }

    /// Asks for a hash; the question is in the queue when this returns.
    pub(crate) fn ask(&self, source: ClientSource) -> Asked<'_> {
        let mut asked = self.ask_lazily(source);
        assert!(peek(&mut asked).is_none(), "the gate is closed and the queue has room");
        asked
    }

    /// Asks for a hash when it is first polled.
    pub(crate) fn ask_lazily(&self, source: ClientSource) -> Asked<'_> {
        let plaintext = plaintext("correct horse");
        Box::pin(async move { self.engine.hash(&plaintext, source).await })
    }
}

impl Drop for World {
    /// A test that fails while the gate is closed must fail and not wait for ever for the threads.
    fn drop(&mut self) {
        self.gate.open();
    }
}

pub(crate) type Asked<'a> = Pin<Box<dyn Future<Output = Result<PasswordHash, HashError>> + Send + 'a>>;

/// The answer, if it is there already. A future that has answered must not be awaited.
pub(crate) fn peek<T>(asked: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>) -> Option<T> {
    match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

/// The how manieth hash since the gate was closed this is.
pub(crate) fn turn(hash: &PasswordHash) -> u64 {
    let salt = hash.as_phc().split('$').nth(4).unwrap();
    let salt = data_encoding::BASE64_NOPAD.decode(salt.as_bytes()).unwrap();
    u64::from_le_bytes(*salt.first_chunk().unwrap())
}
