//! The whole system in one process: the router, the core, SQLite in a temporary file, the password engine with hashes that
//! cost nothing, a clock that stands still and randomness that repeats itself. Requests go through the router as a browser's
//! would, cookies included; no socket is opened unless a test asks for one.

mod administering;
mod answer;
mod browser;
mod fuse;
mod jar;
mod letters;
mod receiver;
mod served;

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::Router;
use gatewright::{Edge, Gatewright, HttpOptions};
use gatewright_core::{
    SigningKeySource,
    model::{KeyNumber, MasterKeys, Policy, Secret},
    port::{Clock, EmbeddedRules, Keys, Rule, Sessions},
    token::SigningKey,
};
use gatewright_password::{CommonPasswords, Engine, Parameters, Settings};
use gatewright_store::sqlite::{Options, SqliteStore};
use tempfile::TempDir;

use self::browser::Line;
pub use self::{
    administering::ADMIN_EMAIL,
    answer::Answer,
    browser::{Browser, Call},
    fuse::Fuse,
    letters::Mail,
    receiver::{Called, Receiver, Reply, loopback_caller},
    served::Served,
};
use crate::{FrozenClock, SeededEntropy};

/// The password of everybody.
pub const PASSWORD: &str = "a perfectly fine sentence";
/// Our origin, and the issuer of tokens.
pub const ISSUER: &str = "https://auth.example.test";

/// So many seconds.
#[must_use]
pub const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// So many minutes.
#[must_use]
pub const fn mins(mins: u64) -> Duration {
    Duration::from_secs(60 * mins)
}

/// So many days.
#[must_use]
pub const fn days(days: u64) -> Duration {
    Duration::from_secs(86_400 * days)
}

/// A running system.
pub struct TestApp {
    /// The clock. It stands still until a test moves it.
    pub clock: Arc<FrozenClock>,
    /// The instance.
    pub gate: Gatewright,
    /// The instance with its options.
    pub edge: Edge,
    /// Makes steps of the store fail.
    pub fuse: Arc<Fuse>,
    /// The password engine, for what it has computed.
    pub hasher: Arc<Engine>,
    line: Line,
    setup: Setup,
    folder: Arc<TempDir>,
}

/// What a system is made of. Everything has a default.
#[derive(Clone)]
pub struct Setup {
    policy: Policy,
    http: HttpOptions,
    sessions: Option<WrapSessions>,
    keys: Option<WrapKeys>,
    router: fn(&Edge) -> Router,
    signing_key: Option<String>,
    rules: Vec<Arc<dyn Rule>>,
}

type WrapSessions = Arc<dyn Fn(Arc<dyn Sessions>) -> Arc<dyn Sessions> + Send + Sync>;
type WrapKeys = Arc<dyn Fn(Arc<dyn Keys>) -> Arc<dyn Keys> + Send + Sync>;

impl Default for Setup {
    fn default() -> Self {
        let (policy, http) = (policy(), HttpOptions::default());
        Self {
            policy,
            http,
            sessions: None,
            keys: None,
            router: Edge::router::<()>,
            signing_key: None,
            rules: Vec::new(),
        }
    }
}

impl Setup {
    /// Changes the policy.
    #[must_use]
    pub fn policy(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// Changes the options of the HTTP edge.
    #[must_use]
    pub fn http(mut self, change: impl FnOnce(&mut HttpOptions)) -> Self {
        change(&mut self.http);
        self
    }

    /// Puts something between the core and the store's sessions.
    #[must_use]
    pub fn sessions(mut self, wrap: impl Fn(Arc<dyn Sessions>) -> Arc<dyn Sessions> + Send + Sync + 'static) -> Self {
        self.sessions = Some(Arc::new(wrap));
        self
    }

    /// Puts something between the core and the store's signing keys.
    #[must_use]
    pub fn keys(mut self, wrap: impl Fn(Arc<dyn Keys>) -> Arc<dyn Keys> + Send + Sync + 'static) -> Self {
        self.keys = Some(Arc::new(wrap));
        self
    }

    /// Serves another router than ours alone: an app that embeds it.
    #[must_use]
    pub fn router(self, router: fn(&Edge) -> Router) -> Self {
        Self { router, ..self }
    }

    /// Signs with this key (PKCS#8 as PEM) instead of one that is made here: then the test can sign as well.
    #[must_use]
    pub fn signing_key(self, pem: impl Into<String>) -> Self {
        Self { signing_key: Some(pem.into()), ..self }
    }

    /// Asks and tells this rule as well.
    #[must_use]
    pub fn rule(mut self, rule: Arc<dyn Rule>) -> Self {
        self.rules.push(rule);
        self
    }

    /// Starts it.
    pub async fn start(self) -> TestApp {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        TestApp::open(self, Arc::new(folder), Arc::new(FrozenClock::default()), Line::default(), FIRST_NODE).await
    }
}

impl TestApp {
    /// Starts a system with the defaults.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    /// Another node on the same database, with a clock of its own that begins at the same moment.
    pub async fn another_node(&self) -> Self {
        self.another_node_with(|_| {}).await
    }

    /// The same with other settings, as while an operator's change goes round the nodes.
    pub async fn another_node_with(&self, change: impl FnOnce(&mut Policy)) -> Self {
        let clock = Arc::new(FrozenClock::at(self.clock.now()));
        let number = FIRST_NODE + u64::try_from(Arc::strong_count(&self.folder)).expect("nodes are few");
        Self::open(self.setup.clone().policy(change), Arc::clone(&self.folder), clock, Line::default(), number).await
    }

    async fn open(setup: Setup, folder: Arc<TempDir>, clock: Arc<FrozenClock>, line: Line, node: u64) -> Self {
        let shared: Arc<dyn Clock> = clock.clone();
        let store = SqliteStore::open(&database(folder.path()), Options::default(), |_| Arc::clone(&shared))
            .expect("a database can be opened in a temporary folder");
        let entropy = Arc::new(SeededEntropy::new(node));
        let settings = Settings::new(Parameters::insecure_for_tests()).with_permits(NonZeroUsize::MIN);
        let hasher = Engine::start(settings, Arc::clone(&shared), entropy.clone()).expect("the engine starts");
        let hasher = Arc::new(hasher);
        let fuse = Arc::new(Fuse::default());
        let mut ports = fuse::ports(&Arc::new(store), &fuse, hasher.clone(), Arc::new(CommonPasswords::new()));
        ports.clock = shared;
        ports.entropy = entropy;
        ports.hooks = loopback_caller();
        let rules = EmbeddedRules::new(setup.rules.clone(), Arc::new(gatewright::TokioTimer));
        ports.embedded_rules = rules.expect("rules have names of their own");
        if let Some(wrap) = &setup.sessions {
            ports.sessions = wrap(ports.sessions);
        }
        if let Some(wrap) = &setup.keys {
            ports.keys = wrap(ports.keys);
        }
        let master = MasterKeys::single(KeyNumber::new(1), &Secret::new(*b"only for tests: thirty-two bytes"));
        let source = setup.signing_key.as_deref().map_or(SigningKeySource::Generated, |pem| {
            SigningKeySource::Given(Box::new(SigningKey::from_pkcs8_pem(pem, None).expect("a signing key")))
        });
        let gate = Gatewright::start(ports, setup.policy.clone(), master, source).await;
        let gate = gate.expect("an instance starts on an empty database");
        let edge = Edge::new(&gate, setup.http.clone());
        *line.lock().unwrap_or_else(PoisonError::into_inner) = (setup.router)(&edge);
        Self { clock, fuse, hasher, line, gate, edge, setup, folder }
    }

    /// Stops the system, does something with its database file, and starts it again at the same moment. Browsers go on.
    pub async fn restart(self, meanwhile: impl FnOnce(&Path)) -> Self {
        let Self { clock, gate, edge, fuse, hasher, line, setup, folder } = self;
        *line.lock().unwrap_or_else(PoisonError::into_inner) = Router::new();
        // The last clone closes the file.
        drop((gate, edge, fuse, hasher));
        meanwhile(&database(folder.path()));
        Self::open(setup, folder, clock, line, FIRST_NODE).await
    }

    /// A browser that has been nowhere yet.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(Arc::clone(&self.line), Arc::clone(&self.clock))
    }

    /// A browser whose user has signed up with this address, in the transport `hybrid`.
    pub async fn sign_up(&self, email: &str) -> Browser {
        self.sign_up_in("hybrid", email).await
    }

    /// A browser whose user has signed up with this address, in this transport.
    pub async fn sign_up_in(&self, transport: &str, email: &str) -> Browser {
        let browser = self.browser();
        let body = serde_json::json!({"email": email, "password": PASSWORD, "transport": transport});
        browser.post("/auth/signup").json(body).await.expect_status(201);
        browser
    }

    /// Logs in from a new browser, as the account's only user or the one that is named.
    pub async fn log_in(&self, login: &str, user: Option<&str>, transport: &str) -> Browser {
        let browser = self.browser();
        let mut body = serde_json::json!({"login": login, "password": PASSWORD, "transport": transport});
        if let Some(user) = user {
            body["user"] = user.into();
        }
        browser.post("/auth/login").json(body).await.expect_status(200);
        browser
    }

    /// Presents a refresh token from nowhere in particular.
    pub async fn refresh(&self, token: impl Into<String>) -> Answer {
        self.browser().post("/auth/refresh").bearer(token).await
    }

    /// Serves the router on a socket of the loopback interface, until what is given back is dropped.
    pub async fn serve(&self) -> Served {
        let router = self.line.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Served::start(router).await
    }
}

/// Each node has randomness of its own.
const FIRST_NODE: u64 = u64::from_be_bytes(*b"testkit ");

fn database(folder: &Path) -> std::path::PathBuf {
    folder.join("data").join("gatewright.sqlite")
}

/// The defaults, with lower bounds for what a test has to make many of.
fn policy() -> Policy {
    Policy { max_users: 16, max_sessions: 20, ..Policy::for_issuer(ISSUER) }
}
