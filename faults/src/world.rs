//! What all clients of a run share: the network, what is promised to them, and the list of what was found. What must stay true:
//! whatever is found wrong is kept with what its client had done, and counts once.

use std::{
    collections::BTreeMap,
    fmt::Display,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{net::TcpStream, time::timeout_at};

use crate::{
    book::{ChainKind, Limits, OwnAct, Why},
    clock,
    http::{self, Answer, Request},
    profile::Profile,
    proxy::{Fate, Network},
    record::Record,
};

/// How long somebody waits for an answer who only wants to know.
const CALM_PATIENCE: Duration = Duration::from_secs(15);
/// How many cases of one kind are shown in full.
const SHOWN: usize = 10;

/// See the file.
pub(crate) struct World {
    pub(crate) profile: Profile,
    pub(crate) limits: Limits,
    pub(crate) network: Network,
    begun: OnceLock<Instant>,
    /// Clients stop, and the network is calm.
    pub(crate) is_over: AtomicBool,
    pub(crate) exchanges: AtomicU64,
    found: Mutex<Found>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What refreshes were answered with.
    pub(crate) verdicts: BTreeMap<String, u64>,
    /// Why clients were signed out.
    pub(crate) signed_out: BTreeMap<&'static str, u64>,
    pub(crate) false_logouts: Vec<Exhibit>,
    pub(crate) broken: Vec<Exhibit>,
    pub(crate) broken_count: u64,
    /// Answers that no client should ever get.
    pub(crate) strange: BTreeMap<String, u64>,
    pub(crate) logouts: u64,
    pub(crate) switches: u64,
    pub(crate) logins: u64,
    /// Mobile clients that ended between receiving and storing.
    pub(crate) crashes: u64,
    pub(crate) graves: Vec<Grave>,
}

/// A case, with what its client had done before.
#[derive(Clone, Debug)]
pub(crate) struct Exhibit {
    pub(crate) what: String,
    pub(crate) exchanges: Vec<String>,
}

/// A session whose end was acknowledged, with a token that was good until then.
#[derive(Clone, Debug)]
pub(crate) struct Grave {
    pub(crate) how: OwnAct,
    pub(crate) refresh: Request,
    pub(crate) access: String,
    pub(crate) of: String,
}

impl World {
    pub(crate) fn new(profile: Profile, network: Network) -> Self {
        let chain = if profile.policy.has_one_chain() { ChainKind::One } else { ChainKind::Many };
        let limits = Limits {
            min_age: profile.min_age(),
            lost_window: profile.lost_window(),
            patience: profile.patience(),
            chain,
        };
        Self {
            profile,
            limits,
            network,
            begun: OnceLock::new(),
            is_over: AtomicBool::new(false),
            exchanges: AtomicU64::new(0),
            found: Mutex::default(),
        }
    }

    /// When the clients began to live: now, if nobody asked before.
    pub(crate) fn begun(&self) -> Instant {
        *self.begun.get_or_init(clock::now)
    }

    /// The time since the beginning, in seconds, for a reader.
    pub(crate) fn second(&self, moment: Instant) -> String {
        format!("{:.2} s", moment.saturating_duration_since(self.begun()).as_secs_f64())
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Relaxed)
    }

    pub(crate) fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens to the exchange of this number; nothing any more when it is over.
    pub(crate) fn fate(&self, exchange: u64) -> Fate {
        if self.is_over() { Fate::CALM } else { Fate::decided(&self.profile, exchange) }
    }

    /// An exchange that nothing happens to.
    pub(crate) fn calm(&self) -> Arc<Record> {
        Arc::new(Record::new(self.network.calm_id(), Fate::CALM, clock::now()))
    }

    /// Asks. `None` if no whole answer came before the client lost its patience.
    pub(crate) async fn ask(&self, record: &Arc<Record>, request: Request) -> Option<Answer> {
        self.exchanges.fetch_add(1, Relaxed);
        self.network.announce(record);
        let bytes = request.with(http::EXCHANGE, record.id.to_string()).bytes(self.network.address);
        let exchange = async {
            let mut stream = TcpStream::connect(self.network.address).await?;
            http::send(&mut stream, &bytes).await
        };
        let is_calm = self.is_over() || Network::is_calm(record.id);
        let patience = if is_calm { CALM_PATIENCE } else { self.limits.patience };
        let answer = timeout_at((record.sent + patience).into(), exchange).await;
        Answer::parse(&answer.ok()?.ok()?)
    }

    /// The same without anything happening to it.
    pub(crate) async fn ask_calmly(&self, request: Request) -> Option<Answer> {
        self.ask(&self.calm(), request).await
    }
}

impl Found {
    /// Counts what a refresh was answered with.
    pub(crate) fn verdict(&mut self, what: impl Into<String>) {
        *self.verdicts.entry(what.into()).or_default() += 1;
    }

    /// Counts an answer that nobody should get.
    pub(crate) fn strange(&mut self, what: impl Into<String>) {
        *self.strange.entry(what.into()).or_default() += 1;
    }

    /// Somebody was signed out.
    pub(crate) fn signed_out(&mut self, why: Why, exhibit: impl FnOnce() -> Exhibit) {
        *self.signed_out.entry(why.name()).or_default() += 1;
        if why == Why::False && self.false_logouts.len() < SHOWN {
            self.false_logouts.push(exhibit());
        }
    }

    /// Something acknowledged did not hold.
    pub(crate) fn broken(&mut self, exhibit: impl FnOnce() -> Exhibit) {
        self.broken_count += 1;
        if self.broken.len() < SHOWN {
            self.broken.push(exhibit());
        }
    }
}

impl Why {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::False => "false",
            Self::OwnAct => "own_act",
            Self::Theft => "theft",
            Self::KeylessTooLate => "keyless_too_late",
            Self::NetworkTooSlow => "network_too_slow",
        }
    }
}

impl Display for Exhibit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.what)?;
        self.exchanges.iter().try_for_each(|line| write!(f, "\n    {line}"))
    }
}
