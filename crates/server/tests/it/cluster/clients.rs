//! Clients as they should be: each keeps the token it was given last and a retry key for the refresh that is under way, and
//! only a verdict ends its session. And a load of many of them, which knows what each was told.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::client::{Answer, PASSWORD, post, request, sign_up};

/// One signed-in client.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    /// The refresh token it was given last.
    pub(crate) token: String,
    /// The access token it was given last.
    pub(crate) access: String,
    /// The number of the refresh token.
    pub(crate) generation: u64,
    /// Made when a token is first refreshed, kept until there is another token.
    key: Option<String>,
    keys: Keys,
    email: String,
}

/// Whether a client sends retry keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// As a client should.
    Sent,
    /// As curl would.
    None,
}

/// How a refresh turned out for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has a fresh access token.
    Renewed,
    /// Nobody told it anything: it keeps what it has and tries again. Holds the status, or what went wrong on the way.
    Unanswered(String),
    /// It was signed out, with this code.
    SignedOut(String),
}

static NAMES: AtomicUsize = AtomicUsize::new(0);

/// A number that nobody had before in this process.
fn fresh_number() -> usize {
    NAMES.fetch_add(1, SeqCst)
}

impl Device {
    /// Signs up with an address that nobody has yet.
    pub(crate) fn signed_up(to: SocketAddr, keys: Keys) -> Self {
        let email = format!("person{}-{}@example.test", fresh_number(), std::process::id());
        let answer = sign_up(to, &email);
        let mut device = Self { token: String::new(), access: String::new(), generation: 0, key: None, keys, email };
        device.take(&answer);
        device
    }

    /// Another session of the same account.
    pub(crate) fn logged_in_again(&self, to: SocketAddr) -> Self {
        let body = json!({ "login": self.email, "password": PASSWORD, "transport": "body" });
        let answer = post(to, "/auth/login", &body).expect(200);
        let mut device = Self { key: None, ..self.clone() };
        device.take(&answer);
        device
    }

    fn take(&mut self, answer: &Answer) {
        let body = answer.json();
        let text = |name: &str| body[name].as_str().expect("it is a text").to_owned();
        let token = text("refresh_token");
        if token != self.token {
            self.key = None;
        }
        self.token = token;
        self.access = text("access_token");
        self.generation = body["session"]["generation"].as_u64().expect("it is a number");
    }

    /// Refreshes once.
    pub(crate) fn refresh(&mut self, to: SocketAddr) -> Outcome {
        if self.keys == Keys::Sent && self.key.is_none() {
            self.key = Some(format!("key-of-a-test-{:08}", fresh_number()));
        }
        let headers: Vec<_> = self.key.iter().map(|key| ("Idempotency-Key", key.as_str())).collect();
        let body = json!({ "refresh_token": self.token }).to_string();
        match request(to, "POST", "/auth/refresh", &headers, &body) {
            Ok(answer) if answer.status == 200 => {
                self.take(&answer);
                Outcome::Renewed
            }
            Ok(answer) if answer.status == 401 => Outcome::SignedOut(answer.text("code")),
            Ok(answer) if answer.status >= 500 => Outcome::Unanswered(answer.status.to_string()),
            Ok(answer) => panic!("{} {}", answer.status, answer.body),
            Err(error) => Outcome::Unanswered(error.to_string()),
        }
    }

    /// The same refresh from several tabs at once: they share token and key.
    pub(crate) fn refresh_in_tabs(&mut self, to: SocketAddr, tabs: usize) -> Vec<(Outcome, Self)> {
        if self.keys == Keys::Sent && self.key.is_none() {
            self.key = Some(format!("key-of-a-test-{:08}", fresh_number()));
        }
        let threads: Vec<_> = (0..tabs)
            .map(|_| {
                let mut tab = self.clone();
                thread::spawn(move || (tab.refresh(to), tab))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a tab does not panic")).collect()
    }

    /// Logs out; whether that was acknowledged.
    pub(crate) fn log_out(&self, to: SocketAddr) -> bool {
        let body = json!({ "refresh_token": self.token }).to_string();
        request(to, "POST", "/auth/logout", &[], &body).is_ok_and(|answer| answer.status == 204)
    }

    /// What `/auth/me` says to its access token.
    pub(crate) fn me(&self, to: SocketAddr) -> u16 {
        let bearer = format!("Bearer {}", self.access);
        request(to, "GET", "/auth/me", &[("Authorization", &bearer)], "").map_or(0, |answer| answer.status)
    }
}

/// Many devices that refresh again and again until told to stop.
pub(crate) struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<Device>>,
}

struct Shared {
    is_over: AtomicBool,
    found: Mutex<Found>,
}

/// What a load has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// Refreshes that were answered with tokens.
    pub(crate) renewed: usize,
    /// Refreshes that got no verdict, by what they got.
    pub(crate) unanswered: Vec<String>,
    /// Clients that were signed out, by the code.
    pub(crate) signed_out: Vec<String>,
    /// The longest that a client had to wait for any answer.
    pub(crate) longest: Duration,
    /// The longest time in which no client was renewed.
    pub(crate) longest_outage: Duration,
    last_renewed: Option<Instant>,
}

impl Load {
    /// Has each of the devices refresh, one refresh after the other with a short rest.
    pub(crate) fn of(devices: Vec<Device>, to: SocketAddr, rest: Duration) -> Self {
        let shared = Arc::new(Shared { is_over: AtomicBool::new(false), found: Mutex::default() });
        let threads = devices.into_iter().map(|device| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.refresh_until_over(device, to, rest))
        });
        let threads = threads.collect();
        Self { shared, threads }
    }

    /// What was seen until now.
    pub(crate) fn found(&self) -> Found {
        self.shared.found.lock().expect("nobody panics with it").clone()
    }

    /// Lets it go on until so many more refreshes have been answered.
    pub(crate) fn go_on_for(&self, renewals: usize) {
        let (begun, until) = (Instant::now(), self.found().renewed + renewals);
        while self.found().renewed < until {
            assert!(begun.elapsed() < crate::child::PATIENCE * 2, "it does not go on: {:?}", self.found());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops; the devices that are still signed in, and what was seen.
    pub(crate) fn stop(self) -> (Vec<Device>, Found) {
        self.shared.is_over.store(true, SeqCst);
        let devices = self.threads.into_iter().map(|thread| thread.join().expect("a client does not panic")).collect();
        let found = self.shared.found.lock().expect("nobody panics with it").clone();
        (devices, found)
    }
}

impl Shared {
    fn refresh_until_over(&self, mut device: Device, to: SocketAddr, rest: Duration) -> Device {
        while !self.is_over.load(SeqCst) {
            let asked = Instant::now();
            let outcome = device.refresh(to);
            let mut found = self.found.lock().expect("nobody panics with it");
            found.longest = found.longest.max(asked.elapsed());
            match outcome {
                Outcome::Renewed => {
                    found.renewed += 1;
                    let now = Instant::now();
                    let since = found.last_renewed.replace(now).map_or(Duration::ZERO, |last| now - last);
                    found.longest_outage = found.longest_outage.max(since);
                }
                Outcome::Unanswered(what) => found.unanswered.push(what),
                Outcome::SignedOut(code) => {
                    found.signed_out.push(code);
                    return device;
                }
            }
            drop(found);
            thread::sleep(rest);
        }
        device
    }
}
