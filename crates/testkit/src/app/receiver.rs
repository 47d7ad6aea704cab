//! A program of the operator that is called by webhooks: a real server on the loopback interface.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use gatewright_core::{model::Timestamp, port::HookCaller};
use gatewright_hooks::{ClearText, HookClient, HookRules, TOLERANCE, verify};
use http_body_util::BodyExt;
use serde_json::Value;

use super::Served;

/// A server that is called by webhooks. It allows everything until it is told otherwise, and ends when it is dropped.
pub struct Receiver {
    server: Served,
    state: Arc<Mutex<Inside>>,
}

/// What it does with a call.
#[derive(Clone, Debug)]
pub enum Reply {
    /// This status with this JSON.
    Json(u16, Value),
    /// 200 with these bytes.
    Text(String),
    /// 302 to here.
    Redirect(String),
    /// Nothing, for a minute.
    Nothing,
}

/// A call that came.
#[derive(Clone, Debug)]
pub struct Called {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

struct Inside {
    reply: Reply,
    calls: Vec<Called>,
}

impl Called {
    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// What it is: `before_token`, or an act.
    #[must_use]
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }

    /// Its `webhook-id`.
    ///
    /// # Panics
    /// It has none.
    #[must_use]
    pub fn id(&self) -> String {
        self.headers["webhook-id"].to_str().expect("an id is text").to_owned()
    }

    /// Whether it is signed with this secret (`whsec_…`), now.
    #[must_use]
    pub fn is_signed_with(&self, secret: &str, now: Timestamp) -> bool {
        verify(secret, &self.headers, &self.body, now, TOLERANCE).is_ok()
    }
}

impl Receiver {
    /// Starts it.
    pub async fn start() -> Self {
        let reply = Reply::Json(200, serde_json::json!({ "allow": true }));
        let state = Arc::new(Mutex::new(Inside { reply, calls: Vec::new() }));
        let router = Router::new().fallback(receive).with_state(Arc::clone(&state));
        Self { server: Served::start(router).await, state }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.server.address)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// What it does with calls from now on.
    pub fn reply(&self, reply: Reply) {
        self.lock().reply = reply;
    }

    /// The calls that came, in the order in which they did.
    #[must_use]
    pub fn calls(&self) -> Vec<Called> {
        self.lock().calls.clone()
    }

    /// The calls of this type.
    #[must_use]
    pub fn calls_of(&self, kind: &str) -> Vec<Called> {
        self.calls().into_iter().filter(|call| call.kind() == kind).collect()
    }

    /// Forgets the calls that came.
    pub fn forget(&self) {
        self.lock().calls.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What calls webhooks, and may do so on the loopback interface.
///
/// # Panics
/// Never: the settings are usable.
#[must_use]
pub fn loopback_caller() -> Arc<dyn HookCaller> {
    let allow = vec!["127.0.0.0/8".parse().expect("a network")];
    let rules = HookRules { allow, clear: ClearText::ToAllowed };
    Arc::new(HookClient::new(rules, None).expect("there are no certificates to be wrong"))
}

async fn receive(State(state): State<Arc<Mutex<Inside>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("a call arrives whole").to_bytes();
    let reply = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.calls.push(Called { headers: parts.headers, body });
        state.reply.clone()
    };
    match reply {
        Reply::Json(status, value) => {
            let status = StatusCode::from_u16(status).expect("a status");
            (status, axum::Json(value)).into_response()
        }
        Reply::Text(text) => text.into_response(),
        Reply::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Reply::Nothing => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            StatusCode::OK.into_response()
        }
    }
}
