//! An app of yours with Gatewright inside: the API nested under `/accounts`, and the caller as an extractor in the app's own
//! handlers. One process, one file of data.
//!
//! ```sh
//! mkdir -p embed-axum-data && openssl rand -hex 32 > embed-axum-data/master.key
//! cargo run -p embed-axum -- 127.0.0.1:3001 ./embed-axum-data
//! curl -sS http://127.0.0.1:3001/accounts/auth/signup -H 'Content-Type: application/json' \
//!   -d '{"email":"ada@example.test","password":"difference engine no. 2","transport":"body"}'
//! curl -sS http://127.0.0.1:3001/hello -H "Authorization: Bearer $ACCESS_TOKEN"
//! ```

use std::{fs, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::{Json, Router, extract::FromRef, routing::get};
use gatewright::{
    Caller, CookieSecurity, Edge, Fresh, Gatewright, HttpOptions, Owner, Signed,
    core::{
        Earned, Ports, SigningKeySource,
        model::{MasterKeys, Policy},
        port::{Clock, SystemClock, SystemEntropy},
    },
};
use gatewright_password::{CommonPasswords, Engine, Parameters, Settings};
use gatewright_store::sqlite::{Options, SqliteStore};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The state of the app's own handlers.
#[derive(Clone)]
struct App {
    edge: Edge,
}

/// What the extractor [`Signed`] asks for.
impl FromRef<App> for Edge {
    fn from_ref(app: &App) -> Self {
        app.edge.clone()
    }
}

/// Everybody who is signed in.
async fn hello(Signed(caller): Signed<Caller>) -> Json<Value> {
    let user = &caller.standing().user;
    Json(json!({ "hello": user.username.as_str(), "user": user.id.to_string() }))
}

/// Owners of an account who have proved it within the last minutes.
async fn vault(Signed(owner): Signed<Fresh<Owner>>) -> Json<Value> {
    Json(json!({ "vault": owner.caller().standing().account.id.to_string() }))
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let listen: SocketAddr = arguments.next().as_deref().unwrap_or("127.0.0.1:3001").parse()?;
    let data = arguments.next().unwrap_or_else(|| "embed-axum-data".to_owned());
    let gate = open(Path::new(&data), &format!("http://{listen}/accounts")).await?;
    let options = HttpOptions {
        base_path: "/accounts".to_owned(),
        cookies: CookieSecurity::PlainOnLoopback,
        ..HttpOptions::default()
    };
    let app = App { edge: Edge::new(&gate, options) };
    let router = Router::new()
        .route("/hello", get(hello))
        .route("/vault", get(vault))
        .nest("/accounts", app.edge.router())
        .with_state(app);
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let serving = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>());
    tokio::select! {
        served = serving => Ok(served?),
        never = tend(&gate) => never,
    }
}

/// Puts an instance together. Everything that it needs from the world is named here.
async fn open(data: &Path, issuer: &str) -> Result<Gatewright, Failure> {
    fs::create_dir_all(data)?;
    let clock = |floor| -> Arc<dyn Clock> { Arc::new(SystemClock::starting_at(floor)) };
    let store = SqliteStore::open(&data.join("app.db"), Options::default(), clock)?;
    let (clock, entropy) = (store.clock(), Arc::new(SystemEntropy::default()));
    let engine = Engine::start(Settings::new(Parameters::RECOMMENDED), clock.clone(), entropy.clone())?;
    let ports = Ports::on_store(Arc::new(store), Arc::new(engine), Arc::new(CommonPasswords::new()), clock, entropy);
    // 32 random bytes in hex, outside the database: without them it yields no usable token.
    let key_file = data.join("master.key");
    let master = fs::read_to_string(&key_file)
        .map_err(|error| format!("{}: {error}; make one with `openssl rand -hex 32`", key_file.display()))?;
    let policy = Policy::for_issuer(issuer);
    Ok(Gatewright::start(ports, policy, MasterKeys::parse(&master)?, SigningKeySource::Generated).await?)
}

/// Moves keys along and sweeps what is dead, for as long as the app runs.
async fn tend(gate: &Gatewright) -> Result<(), Failure> {
    loop {
        tokio::time::sleep(Duration::from_secs(20)).await;
        if let Err(error) = gate.tend().await {
            eprint(&error.to_string());
        }
    }
}

#[expect(clippy::print_stderr, reason = "an example has no logger; yours has")]
fn eprint(text: &str) {
    eprintln!("{text}");
}
