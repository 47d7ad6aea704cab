//! Calls to real servers on the loopback: how they are signed and said, what a hostile server can do with them, and where they
//! cannot be led. The servers speak bytes that the tests write themselves, so that they can also be wrong.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that finds something wrong panics")]

mod authority;
mod conversation;
mod hostile;
mod leading;
mod receiver;
mod slow;
mod tls;

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use gatewright_core::{
    model::{Secret, Timestamp},
    port::{HookAnswer, HookCall, HookCaller, HookError},
};
use gatewright_hooks::{ClearText, HookClient, HookRules, Resolve};

/// The moment of every call.
const AT: i64 = 1_795_292_400;

/// A client that may call the loopback, in clear, too.
fn client() -> HookClient {
    client_that_may_call(&["127.0.0.0/8"])
}

fn client_that_may_call(networks: &[&str]) -> HookClient {
    let allow = networks.iter().map(|network| network.parse().unwrap()).collect();
    let rules = HookRules { allow, clear: ClearText::ToAllowed };
    HookClient::new(rules, Some(authority::pem().as_bytes())).unwrap()
}

fn call(url: impl Into<String>) -> HookCall {
    HookCall {
        url: url.into(),
        id: "msg_0123".to_owned(),
        at: Timestamp::from_secs(AT),
        body: br#"{"type":"user.created"}"#.to_vec(),
        secrets: vec![Secret::new([7; 32])],
        timeout: Duration::from_secs(10),
    }
}

/// Calls, and panics if an answer comes back.
async fn refused(client: &HookClient, call: HookCall) -> HookError {
    match client.call(call).await {
        Err(error) => error,
        Ok(HookAnswer { status, body }) => panic!("it was answered: {status} {}", String::from_utf8_lossy(&body)),
    }
}

fn unreachable(says: &str) -> HookError {
    HookError::Unreachable(says.to_owned())
}

/// Answers each question with the next of these lists of addresses, and the last one for ever.
struct Names {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    fn leading_to(answers: &[&[&str]]) -> Arc<Self> {
        let list = |addresses: &&[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self { answers: Mutex::new(answers.iter().map(list).collect()), asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Resolve for Names {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut answers = self.answers.lock().unwrap();
        Ok(if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() })
    }
}

/// Counts what is dropped: a question that was given up.
struct Deaf(Arc<AtomicUsize>);

#[async_trait]
impl Resolve for Deaf {
    async fn addresses(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}
