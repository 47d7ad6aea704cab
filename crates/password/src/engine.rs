//! The password engine: what the core's port `Hasher` is here. Its methods hand work to the hashing threads and await the
//! answer; the calling task is never blocked, and dropping the future takes the work out of the queue.

use std::{fmt, io, num::NonZeroUsize, sync::Arc, time::Duration};

use async_trait::async_trait;
use gatewright_core::{
    model::{ClientSource, PasswordHash, Plaintext},
    port::{Clock, Entropy, HashError, Hasher, Verification},
};

use crate::{
    Ceiling, ParameterError, Parameters, Peppers,
    kernel::{Kernel, KernelError},
    queue::Bounds,
    sync::{JoinHandle, oneshot},
    waiting_room::WaitingRoom,
    work::{Recipe, Work},
    worker,
};

/// How the engine works. [`Settings::new`] has defaults for everything but the cost.
#[derive(Debug)]
pub struct Settings {
    /// What a new hash costs.
    pub parameters: Parameters,
    /// The most that comparing with a stored hash may cost.
    pub ceiling: Ceiling,
    /// How many hashes run at a time. The number of cores unless set.
    pub permits: NonZeroUsize,
    /// How many may wait in all. 256 per permit unless set: about two seconds.
    pub queue: usize,
    /// How many may wait of one source. Half the queue unless set.
    pub queue_per_source: usize,
    /// What has waited longer is refused, because its caller has given up. Five seconds unless set.
    pub patience: Duration,
    /// Keys outside the database that stored hashes are sealed with; none unless set.
    pub peppers: Option<Peppers>,
}

impl Settings {
    /// Defaults for this machine, with this cost for new hashes. The ceiling is raised to that cost if it is below.
    #[must_use]
    pub fn new(parameters: Parameters) -> Self {
        let Ceiling { memory_kib, passes, lanes } = Ceiling::default();
        let settings = Self {
            parameters,
            ceiling: Ceiling {
                memory_kib: memory_kib.max(parameters.memory_kib()),
                passes: passes.max(parameters.passes()),
                lanes,
            },
            permits: NonZeroUsize::MIN,
            queue: 0,
            queue_per_source: 0,
            patience: Duration::from_secs(5),
            peppers: None,
        };
        settings.with_permits(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// Lets this many hashes run at a time, with a queue to match.
    #[must_use]
    pub fn with_permits(self, permits: NonZeroUsize) -> Self {
        let per_permit = |waiting: usize| permits.get().saturating_mul(waiting);
        Self { permits, queue: per_permit(256), queue_per_source: per_permit(128), ..self }
    }
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its own hashes would not be allowed to be verified.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// There is no memory for a single hash.
    #[error("there is not enough memory for one password hash")]
    OutOfMemory,
    /// The implementation computes wrong hashes on this machine.
    #[error("argon2 computes wrong hashes on this machine: {0}")]
    WrongAnswer(String),
    /// The operating system gave no thread.
    #[error("no thread for hashing passwords")]
    Thread(#[source] io::Error),
}

impl From<KernelError> for StartError {
    fn from(error: KernelError) -> Self {
        match error {
            KernelError::OutOfMemory => Self::OutOfMemory,
            KernelError::Undefined(_) | KernelError::WrongAnswer => Self::WrongAnswer(error.to_string()),
        }
    }
}

/// How the engine is doing, at one moment. The counters run since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// How many hashes can run at a time.
    pub permits: usize,
    /// How many callers wait.
    pub queued: usize,
    /// How many are being served.
    pub running: usize,
    /// Argon2 computations.
    pub computed: u64,
    /// Callers refused because the queue was full, or who gave way to another source.
    pub rejected: u64,
    /// Callers refused because they had waited too long.
    pub expired: u64,
    /// Callers who had gone away before their turn; nothing was computed for them.
    pub abandoned: u64,
    /// Memory that the hashing threads hold between them, in KiB.
    pub held_kib: usize,
    /// What serving a caller takes at present, without the wait.
    pub average: Duration,
}

/// Hashes and compares passwords and PINs on threads of its own. Dropping it turns away who waits, lets the hashes that run
/// end, and joins the threads.
pub struct Engine {
    room: Arc<WaitingRoom>,
    recipe: Arc<Recipe>,
    threads: Vec<JoinHandle<()>>,
}

impl Engine {
    /// Checks the implementation against its test vector and starts the threads. What a hash takes on this machine it learns
    /// from the first ones; a trial hash here would be half of a server's start.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(settings: Settings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, StartError> {
        let Settings { parameters, ceiling, permits, queue, queue_per_source, patience, peppers } = settings;
        if !ceiling.allows(parameters.cost()) {
            let (memory_kib, passes) = (parameters.memory_kib(), parameters.passes());
            return Err(ParameterError::AboveCeiling { memory_kib, passes }.into());
        }
        Kernel::new().known_answer_test()?;
        let average = first_guess(parameters);
        let bounds = Bounds { total: queue, per_source: queue_per_source };
        let usual = parameters.cost();
        let room = Arc::new(WaitingRoom::new(bounds, permits.get(), patience, clock, usual, average));
        let recipe = Arc::new(Recipe::new(parameters, ceiling, peppers, entropy));
        let mut engine = Self { room, recipe, threads: Vec::with_capacity(permits.get()) };
        for index in 0..permits.get() {
            let thread = worker::start(index, &engine.room, &engine.recipe).map_err(StartError::Thread)?;
            engine.threads.push(thread);
        }
        Ok(engine)
    }

    /// Seals a stored hash with the active pepper, without the password, so that a pepper can be introduced or replaced for
    /// all rows at once (SECURITY PW14). `None` if there is nothing to change. Cheap; needs no permit. The caller must
    /// store the answer only over the hash it gave, or a password change in between would be undone.
    ///
    /// # Errors
    /// [`HashError::Unreadable`] if it is no hash of ours or its pepper is not configured.
    pub fn rewrap(&self, stored: &PasswordHash) -> Result<Option<PasswordHash>, HashError> {
        self.recipe.rewrap(stored)
    }

    /// Turns away who waits and whoever comes from now on; the hashes that run are finished. Returns at once: dropping the
    /// engine waits for them.
    pub fn stop(&self) {
        self.room.close();
    }

    /// How it is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.room.stats()
    }
}

/// What a hash takes until one has been measured: 300 ns for each KiB of each pass, 12 ms for the recommended cost
/// (`docs/decisions/0002-argon2-implementation.md`).
fn first_guess(parameters: Parameters) -> Duration {
    let blocks = u64::from(parameters.memory_kib()) * u64::from(parameters.passes());
    Duration::from_nanos(blocks.saturating_mul(300))
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
        for thread in self.threads.drain(..) {
            // A panic in a thread was logged there; there is nothing left to do for it.
            drop(thread.join());
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Hasher for Engine {
    async fn hash(&self, plaintext: &Plaintext, source: ClientSource) -> Result<PasswordHash, HashError> {
        let (answer, answered) = oneshot::channel();
        self.room.enter(source, Work::Hash { plaintext: plaintext.clone(), answer });
        answered.await.unwrap_or(Err(HashError::Stopped))
    }

    async fn verify(
        &self,
        plaintext: &Plaintext,
        stored: Option<&PasswordHash>,
        source: ClientSource,
    ) -> Result<Verification, HashError> {
        let against = match stored {
            Some(stored) => {
                let target = self.recipe.open(stored)?;
                self.room.saw(target.cost);
                target
            }
            None => self.recipe.dummy(self.room.usual()),
        };
        let (answer, answered) = oneshot::channel();
        self.room.enter(source, Work::Verify { plaintext: plaintext.clone(), against, answer });
        answered.await.unwrap_or(Err(HashError::Stopped))
    }
}
