//! Rules of two nodes: a webhook that is made at one is asked by both, is told of everything once, and a node that is killed takes
//! nothing along.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use gatewright_testkit::servers::Postgres;
use serde_json::{Value, json};

use crate::{
    admin::{call, service_key},
    child::Place,
    client::{post, request, sign_up, sign_up_body},
    mail::eventually,
};

const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";

/// A program that is called: it allows, but for who has `refused` in the address, and remembers what it was told.
struct Receiver {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let calls: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let noted = Arc::clone(&calls);
        // It ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let noted = Arc::clone(&noted);
                thread::spawn(move || answer(stream, &noted));
            }
        });
        Self { address, calls }
    }

    /// How often each message came of those of this type.
    fn told(&self, kind: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (id, _) in self.calls.lock().unwrap().iter().filter(|(_, body)| body["type"] == kind) {
            *counts.entry(id.clone()).or_insert(0) += 1;
        }
        counts
    }
}

fn answer(stream: TcpStream, noted: &Mutex<Vec<(String, Value)>>) {
    let mut reader = BufReader::new(stream);
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some(value) = line.strip_prefix("webhook-id:") {
            id = value.trim().to_owned();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let is_refused = body["data"]["email"].as_str().is_some_and(|email| email.contains("refused"));
    noted.lock().unwrap().push((id, body));
    let says = json!({ "allow": !is_refused }).to_string();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", says.len());
    let _whoever_called_may_be_gone = reader.get_mut().write_all(format!("{head}{says}").as_bytes());
}

#[test]
fn a_webhook_is_asked_and_told_by_every_node_and_a_killed_node_takes_nothing_along() {
    let database = Postgres::shared().fresh_database();
    let place = Place::new().with("STORE", &database.url()).with("MASTER_KEY", MASTER);
    let place = place.with("PUBLIC_URL", "http://127.0.0.1:8080");
    let place = place.with("WEBHOOKS_ALLOW", "127.0.0.0/8").with("WEBHOOKS_ALLOW_HTTP", "true");
    let (one, mut other) = (place.serve(), place.serve());
    let receiver = Receiver::start();
    let (_, key) = service_key(&place, &["rules:read", "rules:write", "deliveries:read"]);
    let rule = json!({
        "name": "it", "url": format!("http://{}/hook", receiver.address), "moments": ["before_sign_up", "after"],
        "acts": ["signed_up"],
    });
    call(one.api, &key, "POST", "/admin/v1/rules", &rule.to_string()).expect(201);
    // As long as the other node does not know it, sign-ups there are not refused.
    let mut early = 0;
    eventually("the rule at the other node", || {
        let body = sign_up_body(&format!("refused{early}@example.test"));
        let is_refused = post(other.api, "/auth/signup", &body).status == 403;
        early += usize::from(!is_refused);
        is_refused.then_some(())
    });
    post(one.api, "/auth/signup", &sign_up_body("refused@example.test")).expect_problem(403, "refused_by_rule");
    for number in 0..10 {
        let node = if number % 2 == 0 { &one } else { &other };
        sign_up(node.api, &format!("user{number}@example.test"));
    }
    other.kill();
    let told = eventually("what happened at both", || {
        Some(receiver.told("signed_up")).filter(|told| told.len() == 10 + early)
    });
    assert!(
        told.values().sum::<usize>() <= told.len() + 4,
        "only what was on its way at the kill comes twice: {told:?}"
    );
    let page = call(one.api, &key, "GET", "/admin/v1/deliveries?limit=200", "").expect(200).json();
    assert_eq!(page["deliveries"].as_array().unwrap().len(), 10 + early);
    let metrics = request(one.ops, "GET", "/metrics", &[], "").unwrap().expect(200).body;
    assert!(metrics.contains("gatewright_events_delivered_total"), "{metrics}");
}
