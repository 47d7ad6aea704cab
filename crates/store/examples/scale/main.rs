//! What a refresh costs when there are few sessions and when there are very many, and what a session takes on disk:
//! `cargo run --release -p gatewright-store --example scale -- sqlite 10000 1000000 10000000` (or `postgres`, which starts a
//! server of its own, or a `postgres://…` URL of an empty database). Each number is a store of its own.
//!
//! A refresh is the whole act without HTTP: the token is parsed and its MAC checked, the standing read and judged, the
//! rotation made durable, an access token signed. The sessions are picked at random over all of them.
#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement that goes wrong may stop")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and starts tasks")]

mod seeded;

use std::{
    collections::HashMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use gatewright_core::{
    Gatewright, Ports, RefreshDelivery, SigningKeySource,
    model::{ClientInfo, ClientSource, Leniency, PasswordHash, Plaintext, Policy, Windows},
    port::{Blocklist, Clock, HashError, Hasher, SystemClock, SystemEntropy, Verification},
};
use gatewright_store::{
    postgres::{self, Address, PgStore},
    sqlite::{self, SqliteStore},
};
use gatewright_testkit::servers::{Postgres, PostgresSetup};
use seeded::Seeded;
use tokio::task::JoinSet;

/// How many ask at once when the rate is measured.
const CALLERS: usize = 64;
const WARM_UP: Duration = Duration::from_secs(3);
const SPAN: Duration = Duration::from_secs(10);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (engine, sizes) = arguments.split_first().expect("`sqlite`, `postgres` or a URL, and how many sessions");
    let sizes = sizes.iter().map(|size| size.parse().expect("a number of sessions"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("| sessions | bytes a session | refreshes/s ({CALLERS} callers) | p50 | p99 | alone p50 | alone p99 |");
    println!("|---|---|---|---|---|---|---|");
    for sessions in sizes {
        runtime.block_on(measure(engine, sessions));
    }
}

async fn measure(engine: &str, sessions: usize) {
    let seeded = Seeded::new(sessions);
    match engine {
        "sqlite" => {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("scale.db");
            let bytes = seeded.fill_sqlite(&path, || drop(open_sqlite(&path)));
            let store = open_sqlite(&path);
            let clock = store.clock();
            let ports = Ports::on_store(
                Arc::new(store),
                Arc::new(Nothing),
                Arc::new(Nothing),
                clock,
                Arc::new(SystemEntropy::default()),
            );
            report(&seeded, bytes, start(&seeded, ports).await).await;
        }
        "postgres" => {
            let settings = ["shared_buffers = 4GB", "max_wal_size = 8GB", "checkpoint_timeout = 15min"];
            let settings = settings.map(str::to_owned).to_vec();
            let server = Postgres::start(&PostgresSetup { settings, ..PostgresSetup::default() });
            on_postgres(&seeded, &server.fresh_database().url()).await;
        }
        url => on_postgres(&seeded, url).await,
    }
}

async fn on_postgres(seeded: &Seeded, url: &str) {
    let address = Address::parse(url).unwrap();
    let clock = |floor| -> Arc<dyn Clock> { Arc::new(SystemClock::starting_at(floor)) };
    let store = PgStore::open(&address, postgres::Options::default(), clock).await.unwrap();
    let bytes = seeded.fill_postgres(url).await;
    let clock = store.clock();
    let ports = Ports::on_store(
        Arc::new(store),
        Arc::new(Nothing),
        Arc::new(Nothing),
        clock,
        Arc::new(SystemEntropy::default()),
    );
    report(seeded, bytes, start(seeded, ports).await).await;
}

fn open_sqlite(path: &Path) -> SqliteStore {
    SqliteStore::open(path, sqlite::Options::default(), |floor| Arc::new(SystemClock::starting_at(floor))).unwrap()
}

/// Every refresh rotates, whatever it was last.
async fn start(seeded: &Seeded, ports: Ports) -> Gatewright {
    let windows = Windows { min_age: Duration::ZERO, lost_window: Duration::ZERO, leniency: Leniency::Retries };
    let policy = Policy { windows, ..Policy::for_issuer("http://127.0.0.1") };
    Gatewright::start(ports, policy, seeded.master(), SigningKeySource::Generated).await.unwrap()
}

async fn report(seeded: &Seeded, bytes: u64, gate: Gatewright) {
    let mut tokens = vec![HashMap::new(); CALLERS];
    load(seeded, &gate, &mut tokens, WARM_UP).await;
    let begun = Instant::now();
    let many = load(seeded, &gate, &mut tokens, SPAN).await;
    let rate = many.len() as f64 / begun.elapsed().as_secs_f64();
    let alone = load(seeded, &gate, &mut tokens[..1], SPAN).await;
    println!(
        "| {} | {} | {rate:.0} | {:?} | {:?} | {:?} | {:?} |",
        seeded.sessions(),
        bytes / seeded.sessions() as u64,
        at(&many, 0.5),
        at(&many, 0.99),
        at(&alone, 0.5),
        at(&alone, 0.99),
    );
}

fn at(waits: &[Duration], share: f64) -> Duration {
    waits[((waits.len() - 1) as f64 * share) as usize]
}

/// Refreshes with as many callers as there are maps of tokens; how long each refresh took, sorted.
async fn load(
    seeded: &Seeded,
    gate: &Gatewright,
    tokens: &mut [HashMap<usize, String>],
    span: Duration,
) -> Vec<Duration> {
    let callers = tokens.len();
    let until = Instant::now() + span;
    let mut tasks = JoinSet::new();
    for (caller, known) in tokens.iter_mut().enumerate() {
        let (seeded, gate, mut known) = (*seeded, gate.clone(), std::mem::take(known));
        tasks.spawn(async move {
            let mut waits = Vec::new();
            while Instant::now() < until {
                // Each caller has its own sessions, so that nobody refreshes with a token that another has spent.
                let random = usize::from_ne_bytes(gate.random());
                let session = (random % seeded.sessions()) / CALLERS * CALLERS + caller;
                if session >= seeded.sessions() {
                    continue;
                }
                let token = known.remove(&session).unwrap_or_else(|| seeded.first_token(session));
                let client = ClientInfo { ip: None, user_agent: None, received_at: gate.now() };
                let asked = Instant::now();
                let answer = gate.refresh(&token, None, &client).await.unwrap();
                waits.push(asked.elapsed());
                match answer.refresh {
                    RefreshDelivery::Set(text) => known.insert(session, text.expose().to_owned()),
                    RefreshDelivery::Keep => panic!("every refresh rotates"),
                };
            }
            (caller, known, waits)
        });
    }
    let mut waits = Vec::new();
    for (caller, known, own) in tasks.join_all().await {
        tokens[caller] = known;
        waits.extend(own);
    }
    assert!(callers > 0 && !waits.is_empty());
    waits.sort();
    waits
}

/// Nobody logs in here: no password is hashed, and none is on a list.
struct Nothing;

#[async_trait]
impl Hasher for Nothing {
    async fn hash(&self, _: &Plaintext, _: ClientSource) -> Result<PasswordHash, HashError> {
        Err(HashError::Stopped)
    }

    async fn verify(
        &self,
        _: &Plaintext,
        _: Option<&PasswordHash>,
        _: ClientSource,
    ) -> Result<Verification, HashError> {
        Err(HashError::Stopped)
    }
}

impl Blocklist for Nothing {
    fn contains(&self, _: &str) -> bool {
        false
    }
}
