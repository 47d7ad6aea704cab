//! `kill -9` during load, many times at random moments: nothing that was acknowledged is lost, and nothing that had ended comes
//! back (invariants P5, P11, P12; SECURITY LG10). On PostgreSQL its server is killed in the same way, too.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use gatewright_testkit::{
    SeededEntropy,
    servers::{Postgres, PostgresSetup},
};
use serde_json::{Value, json};

use crate::{
    child::{PATIENCE, Place, Server},
    client::{Answer, PASSWORD, post, refresh, request, sign_up_body},
};

const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";
const CLIENTS: usize = 4;
/// How many living accounts are taken into the next round.
const KEPT: usize = 8;
/// So many answers make a load.
const ENOUGH: usize = 12;
/// Another password, for accounts that change theirs.
const OTHER: &str = "a lamp of basalt over the first stair";

/// One account with a session, as its client knows it.
#[derive(Clone, Debug)]
struct Client {
    email: String,
    /// The last refresh token that it was given, and the access token that came with it.
    token: String,
    access: String,
    /// What the password is: one, or after a change that was not answered one of two.
    passwords: Vec<&'static str>,
    /// The one user beside the owner, if there is one for certain.
    child: Option<String>,
    /// Whether the session itself may have ended without an answer.
    may_have_ended: bool,
}

/// What the server has said, and must therefore stand by.
#[derive(Default)]
struct Acknowledged {
    living: Vec<Client>,
    /// A token of each session that has ended.
    ended: Vec<String>,
    /// Accounts with a password that was acknowledged as changed, and what it was before.
    changed: Vec<(String, &'static str)>,
}

#[test]
fn p5_p11_p12_lg10_kill_minus_nine_loses_nothing_acknowledged_and_revives_nothing() {
    let place = Place::new().with("REFRESH_MIN_AGE", "0").with("RATE_LIMITS", "off");
    let place = place.with("PUBLIC_URL", "http://127.0.0.1:8080").with("PASSWORD_MEMORY_KIB", "7168");
    let place = place.with("PASSWORD_PASSES", "5").with("REFRESH_LOST_WINDOW", "120s");
    kill_again_and_again(&place, 12, |_, server| server.kill());
    let whole = place.run(&["doctor"]);
    assert!(whole.out().contains("✓ database"), "{}", whole.out());
}

#[test]
fn p5_p11_p12_lg10_on_postgres_kill_minus_nine_of_node_or_server_loses_nothing_acknowledged() {
    let postgres = Postgres::start(&PostgresSetup::default());
    let place = Place::new().with("STORE", &postgres.fresh_database().url()).with("MASTER_KEY", MASTER);
    let place = place.with("REFRESH_MIN_AGE", "0").with("RATE_LIMITS", "off").with("PASSWORD_MEMORY_KIB", "7168");
    let place = place
        .with("PASSWORD_PASSES", "5")
        .with("PUBLIC_URL", "http://127.0.0.1:8080")
        .with("REFRESH_LOST_WINDOW", "120s");
    kill_again_and_again(&place, 4, |round, server| {
        if round.is_multiple_of(2) {
            postgres.kill();
            server.kill();
            postgres.restart();
        } else {
            server.kill();
        }
    });
}

#[expect(clippy::print_stdout, reason = "a failure has to be repeated from its seed, and a run says what it proved")]
fn kill_again_and_again(place: &Place, rounds: usize, kill: impl Fn(usize, &mut Server)) {
    let seed = RandomState::new().build_hasher().finish();
    println!("seed {seed}");
    let chance = SeededEntropy::new(seed);
    let random = |below: u64| u64::from_le_bytes(chance.bytes::<8>()) % below;
    let names = AtomicUsize::new(0);
    let (mut kept, mut ended, mut proven) = (Vec::new(), Vec::new(), 0);
    let mut server = place.serve();
    for round in 0..rounds {
        let to = server.api;
        let span = Duration::from_millis(100 + random(300));
        let mut found = load(to, &names, kept, random(u64::MAX), span, || kill(round, &mut server));
        server = place.serve();
        let to = server.api;
        for token in &found.ended {
            let answer = refresh(to, token);
            assert_eq!(answer.status, 401, "seed {seed}, round {round}: what had ended is back: {}", answer.body);
        }
        for (email, before) in found.changed.iter().take(3) {
            let status = log_in(to, email, before).status;
            assert_eq!(status, 401, "seed {seed}, round {round}: the old password of {email} is back");
        }
        for client in &mut found.living {
            let answer = refresh(to, &client.token);
            if client.may_have_ended && answer.status == 401 {
                assert_eq!(answer.json()["code"], "refresh_token_invalid", "seed {seed}, round {round}: {client:?}");
                continue;
            }
            assert_eq!(answer.status, 200, "seed {seed}, round {round}: {client:?} is lost: {}", answer.body);
            client.take(&answer);
            client.may_have_ended = false;
            proven += 1;
        }
        found.living.retain(|client| !client.may_have_ended);
        for (number, client) in found.living.iter_mut().enumerate() {
            // One that was not answered has happened or not.
            if client.passwords.len() > 1 || number < 3 {
                let lets_in = |password: &&str| log_in(to, &client.email, password).status == 200;
                let password = client.passwords.iter().copied().find(lets_in);
                let password =
                    password.unwrap_or_else(|| panic!("seed {seed}, round {round}: {client:?} cannot log in"));
                client.passwords = vec![password];
            }
        }
        kept = found.living;
        kept.truncate(KEPT);
        ended.extend(found.ended);
    }
    for token in ended.iter().step_by(ended.len() / 50 + 1) {
        assert_eq!(refresh(server.api, token).status, 401, "seed {seed}");
    }
    println!("{proven} living and {} ended sessions proven in {rounds} rounds", ended.len());
    // Which of the two there is more of is chance.
    assert!(
        proven >= rounds && ended.len() >= rounds && proven + ended.len() > 4 * rounds,
        "there was hardly any load"
    );
}

fn log_in(to: SocketAddr, email: &str, password: &str) -> Answer {
    post(to, "/auth/login", &json!({ "login": email, "password": password, "transport": "body" }))
}

/// Does everything that is acknowledged until `kill` was called.
fn load(
    to: SocketAddr,
    names: &AtomicUsize,
    kept: Vec<Client>,
    seed: u64,
    span: Duration,
    kill: impl FnOnce(),
) -> Acknowledged {
    let load = Load {
        to,
        names,
        kept: Mutex::new(kept),
        found: Mutex::default(),
        answers: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let load = &load;
            scope.spawn(move || load.client(&SeededEntropy::new(seed.wrapping_add(client as u64))));
        }
        // On a busy machine it takes longer until there is a load.
        let begun = Instant::now();
        while begun.elapsed() < span || (load.answers.load(SeqCst) < ENOUGH && begun.elapsed() < PATIENCE) {
            thread::sleep(Duration::from_millis(1));
        }
        kill();
        load.is_over.store(true, SeqCst);
    });
    let mut found = load.found.into_inner().unwrap();
    found.living.extend(load.kept.into_inner().unwrap());
    found
}

/// What the clients of one round share.
struct Load<'a> {
    to: SocketAddr,
    names: &'a AtomicUsize,
    kept: Mutex<Vec<Client>>,
    found: Mutex<Acknowledged>,
    answers: AtomicUsize,
    is_over: AtomicBool,
}

impl Client {
    fn take(&mut self, answer: &Answer) {
        self.token = answer.text("refresh_token");
        self.access = answer.text("access_token");
    }
}

impl Load<'_> {
    fn client(&self, chance: &SeededEntropy) {
        while !self.is_over.load(SeqCst) {
            let old = self.kept.lock().unwrap().pop();
            // Without an answer the server is dead: the end comes soon.
            match old.or_else(|| self.signed_up()) {
                Some(client) => self.act(client, chance),
                None => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// The answer, if one came before the server died; 503 if the database died first.
    fn answered(&self, method: &str, path: &str, access: &str, body: &Value, status: u16) -> Option<Answer> {
        let bearer = format!("Bearer {access}");
        let headers = [("Authorization", bearer.as_str())];
        let headers = if access.is_empty() { &[][..] } else { &headers };
        let answer = request(self.to, method, path, headers, &body.to_string()).ok()?;
        if answer.status == 503 {
            return None;
        }
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        self.answers.fetch_add(1, SeqCst);
        Some(answer)
    }

    fn signed_up(&self) -> Option<Client> {
        let email = format!("user{}@example.test", self.names.fetch_add(1, SeqCst));
        let answer = self.answered("POST", "/auth/signup", "", &sign_up_body(&email), 201)?;
        let (token, access) = (String::new(), String::new());
        let mut client = Client { email, token, access, passwords: vec![PASSWORD], child: None, may_have_ended: false };
        client.take(&answer);
        Some(client)
    }

    /// A few things in a row that the account's client does; the first that is not answered is the last.
    fn act(&self, mut client: Client, chance: &SeededEntropy) {
        let mut goes_on = true;
        for _ in 0..3 {
            goes_on = goes_on
                && match chance.bytes::<1>()[0] % 8 {
                    0..3 => self.refreshes(&mut client),
                    3 => self.logs_in(&mut client),
                    4 => self.changes_the_password(&mut client),
                    5..7 => self.switches(&mut client),
                    _ => {
                        let body = json!({ "refresh_token": client.token });
                        if self.answered("POST", "/auth/logout", "", &body, 204).is_some() {
                            self.found.lock().unwrap().ended.push(client.token);
                            return;
                        }
                        client.may_have_ended = true;
                        false
                    }
                };
        }
        self.found.lock().unwrap().living.push(client);
    }

    /// Whether an unanswered refresh has happened or not: the token that went with it gets the session on.
    fn refreshes(&self, client: &mut Client) -> bool {
        let body = json!({ "refresh_token": client.token });
        let answer = self.answered("POST", "/auth/refresh", "", &body, 200);
        answer.as_ref().inspect(|answer| client.take(answer)).is_some()
    }

    /// A session of its own, which is given up again; with several users there is one to choose first.
    fn logs_in(&self, client: &mut Client) -> bool {
        if client.child.is_some() {
            return true;
        }
        let body = json!({ "login": client.email, "password": client.passwords[0], "transport": "body" });
        let Some(answer) = self.answered("POST", "/auth/login", "", &body, 200) else { return false };
        let other = answer.text("refresh_token");
        // Of an unanswered logout nothing is known.
        let ended = self.answered("POST", "/auth/logout", "", &json!({ "refresh_token": other }), 204).is_some();
        if ended {
            self.found.lock().unwrap().ended.push(other);
        }
        ended
    }

    fn changes_the_password(&self, client: &mut Client) -> bool {
        if client.child.is_some() {
            return true;
        }
        let before = client.passwords[0];
        let after = if before == PASSWORD { OTHER } else { PASSWORD };
        let body = json!({ "current_password": before, "new_password": after });
        match self.answered("PUT", "/auth/password", &client.access, &body, 204) {
            Some(_) => {
                client.passwords = vec![after];
                let mut found = self.found.lock().unwrap();
                found.changed.retain(|(email, _)| *email != client.email);
                found.changed.push((client.email.clone(), before));
                true
            }
            None => {
                client.passwords.push(after);
                self.found.lock().unwrap().changed.retain(|(email, _)| *email != client.email);
                false
            }
        }
    }

    /// The owner becomes a child, whose session never becomes the owner's again.
    fn switches(&self, client: &mut Client) -> bool {
        if client.child.is_some() {
            return true;
        }
        let name = format!("kid{}", self.names.fetch_add(1, SeqCst));
        let added = self.answered("POST", "/auth/users", &client.access, &json!({ "username": name }), 201);
        client.child = Some(name.clone());
        if added.is_none() {
            return false;
        }
        let answer = self.answered("POST", "/auth/switch", &client.access, &json!({ "username": name }), 200);
        let Some(answer) = answer else {
            client.may_have_ended = true;
            return false;
        };
        self.found.lock().unwrap().ended.push(client.token.clone());
        client.take(&answer);
        true
    }
}
