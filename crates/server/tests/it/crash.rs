//! `kill -9` during load, fifty times: nothing that was acknowledged is lost, and nothing that had ended comes back
//! (invariants P5, P11, P12; SECURITY LG10).

use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    child::{PATIENCE, Place},
    client::{Answer, refresh, sign_up_body, try_post},
};

const ROUNDS: usize = 50;
const CLIENTS: usize = 4;
/// How many living sessions are taken into the next round.
const KEPT: usize = 12;
/// So many answers make a load.
const ENOUGH: usize = 12;

/// What the server has said, and must therefore stand by.
#[derive(Default)]
struct Acknowledged {
    /// The last token of each session that lives.
    living: Vec<String>,
    /// A token of each session that has ended.
    ended: Vec<String>,
}

#[test]
fn p11_lg10_kill_minus_nine_loses_nothing_acknowledged_and_revives_nothing() {
    let place = Place::new().with("REFRESH_MIN_AGE", "0").with("RATE_LIMITS", "off");
    let place = place.with("PUBLIC_URL", "http://127.0.0.1:8080");
    let names = AtomicUsize::new(0);
    let mut kept = Vec::new();
    let mut ended = Vec::new();
    let mut proven = 0;
    let mut server = place.serve();
    for round in 0..ROUNDS {
        let to = server.api;
        // Another moment each round, so that the kill falls into every phase.
        let found = load(to, &names, kept, Duration::from_millis(120 + (round as u64 * 37) % 130), || server.kill());
        server = place.serve();
        kept = Vec::new();
        for token in &found.living {
            let answer = refresh(server.api, token);
            assert_eq!(answer.status, 200, "round {round}: what was acknowledged is lost: {}", answer.body);
            kept.push(answer.text("refresh_token"));
        }
        for token in &found.ended {
            let answer = refresh(server.api, token);
            assert_eq!(answer.status, 401, "round {round}: a session that had ended is back: {}", answer.body);
        }
        proven += found.living.len();
        kept.truncate(KEPT);
        ended.extend(found.ended);
    }
    for token in ended.iter().step_by(ended.len() / 100 + 1) {
        assert_eq!(refresh(server.api, token).status, 401);
    }
    let ended = ended.len();
    println!("{proven} living and {ended} ended sessions proven in {ROUNDS} rounds");
    assert!(proven > 4 * ROUNDS && ended > ROUNDS, "there was hardly any load");
    let whole = place.run(&["doctor"]);
    assert!(whole.out().contains("✓ database"), "{}", whole.out());
}

/// Signs up, refreshes and logs out until `kill` was called. Of the `kept` sessions, too.
fn load(to: SocketAddr, names: &AtomicUsize, kept: Vec<String>, span: Duration, kill: impl FnOnce()) -> Acknowledged {
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
            scope.spawn(move || load.client(client));
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
    kept: Mutex<Vec<String>>,
    found: Mutex<Acknowledged>,
    answers: AtomicUsize,
    is_over: AtomicBool,
}

impl Load<'_> {
    fn client(&self, mut turn: usize) {
        while !self.is_over.load(SeqCst) {
            turn += 1;
            let old = self.kept.lock().unwrap().pop();
            // Without an answer the server is dead: the end comes soon.
            match old.or_else(|| self.signed_up()) {
                Some(token) => self.session(token, turn),
                None => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// The answer, if one came before the server died.
    fn answered(&self, path: &str, body: &Value, status: u16) -> Option<Answer> {
        let answer = try_post(self.to, path, body).ok()?;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        self.answers.fetch_add(1, SeqCst);
        Some(answer)
    }

    fn signed_up(&self) -> Option<String> {
        let body = sign_up_body(&format!("user{}@example.test", self.names.fetch_add(1, SeqCst)));
        self.answered("/auth/signup", &body, 201).map(|answer| answer.text("refresh_token"))
    }

    /// Refreshes a few times; every third session logs out.
    fn session(&self, mut token: String, turn: usize) {
        for _ in 0..3 {
            // Whether an unanswered refresh has happened or not: the token that went with it gets the session on.
            match self.answered("/auth/refresh", &json!({ "refresh_token": token }), 200) {
                Some(answer) => token = answer.text("refresh_token"),
                None => return self.lives(token),
            }
        }
        if !turn.is_multiple_of(3) {
            return self.lives(token);
        }
        // Of an unanswered logout nothing is known.
        if self.answered("/auth/logout", &json!({ "refresh_token": token }), 204).is_some() {
            self.found.lock().unwrap().ended.push(token);
        }
    }

    fn lives(&self, token: String) {
        self.found.lock().unwrap().living.push(token);
    }
}
