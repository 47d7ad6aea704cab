//! Somebody who asks each node twenty times a second, past the proxy, whether it can judge: that is what an outage is measured by.
//! What must stay true: it is a client as it should be, so it must never be signed out either.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    book::ChainKind,
    chance::{Chance, Stream},
    clock,
    http::{self, Answer, Request},
    proxy::{Seen, Sighting},
    world::World,
};

const EVERY: Duration = Duration::from_millis(50);
/// Longer than a node makes anybody wait.
const PATIENCE: Duration = Duration::from_secs(15);

/// What was seen, in order.
#[derive(Default)]
pub(crate) struct Watch(Mutex<Vec<Sighting>>);

impl Watch {
    pub(crate) fn sightings(&self) -> Vec<Sighting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn saw(&self, node: usize, what: Seen) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Sighting { node, at: clock::now(), what });
    }
}

/// Watches a node each in `lives`, until it is over.
pub(crate) fn post(lives: &mut JoinSet<()>, world: &Arc<World>, nodes: &[SocketAddr]) -> Arc<Watch> {
    let watch = Arc::new(Watch::default());
    for (node, address) in nodes.iter().enumerate() {
        lives.spawn(stand(Arc::clone(world), Arc::clone(&watch), node, *address));
    }
    watch
}

async fn stand(world: Arc<World>, watch: Arc<Watch>, node: usize, address: SocketAddr) {
    let mut chance = Chance::of(world.profile.seed, Stream::Keys, u64::MAX - node as u64);
    let mut held: Option<(Value, String)> = None;
    while !world.is_over() {
        let request = match &held {
            None => {
                let email = format!("sentry{node}-{}@example.test", chance.draw());
                let body = json!({ "email": email, "password": "lantern on the outer wall", "transport": "body" });
                Request::post("/auth/signup", Some(&body))
            }
            Some((token, key)) => {
                let body = json!({ "refresh_token": token });
                Request::post("/auth/refresh", Some(&body)).with("idempotency-key", key.as_str())
            }
        };
        let answer = ask(address, &request).await;
        match answer {
            Err(what) => watch.saw(node, what),
            Ok(answer) if answer.status >= 500 => watch.saw(node, Seen::Failed(answer.status)),
            Ok(answer) => {
                watch.saw(node, Seen::Verdict);
                let token = answer.json()["refresh_token"].clone();
                match held.as_ref() {
                    Some((same, _)) if *same == token => {}
                    _ if token.is_string() => held = Some((token, chance.text())),
                    _ => {
                        // Where any policy may sign it out, that is what the clients are there to count.
                        if world.limits.chain == ChainKind::One {
                            world.found().strange(format!("a sentry: {} {}", answer.status, answer.code()));
                        }
                        held = None;
                    }
                }
            }
        }
        sleep(EVERY).await;
    }
}

async fn ask(address: SocketAddr, request: &Request) -> Result<Answer, Seen> {
    let Ok(mut stream) = TcpStream::connect(address).await else { return Err(Seen::Away) };
    let sent = timeout(PATIENCE, http::send(&mut stream, &request.bytes(address))).await;
    let bytes = sent.ok().and_then(Result::ok).unwrap_or_default();
    Answer::parse(&bytes).ok_or(Seen::HungUp)
}
