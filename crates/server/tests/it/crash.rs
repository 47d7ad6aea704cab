//! `kill -9` during load, fifty times: nothing that was acknowledged is lost, and nothing that had ended comes back
//! (invariants P5, P11, P12; SECURITY LG10).

use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    child::Place,
    client::{Answer, refresh, sign_up_body, try_post},
};

const ROUNDS: usize = 50;
const CLIENTS: usize = 4;
/// How many living sessions are taken into the next round.
const KEPT: usize = 12;

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
    let found = Mutex::new(Acknowledged::default());
    let kept = Mutex::new(kept);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (found, kept, is_over) = (&found, &kept, &is_over);
            scope.spawn(move || {
                let mut turn = client;
                while !is_over.load(SeqCst) {
                    turn += 1;
                    let old = kept.lock().unwrap().pop();
                    let token = match old {
                        Some(token) => Some(token),
                        None => signed_up(to, names.fetch_add(1, SeqCst)),
                    };
                    // Without an answer the server is dead: the end comes soon.
                    match token {
                        Some(token) => one_session(to, token, turn, found),
                        None => thread::sleep(Duration::from_millis(5)),
                    }
                }
            });
        }
        thread::sleep(span);
        kill();
        is_over.store(true, SeqCst);
    });
    let mut found = found.into_inner().unwrap();
    found.living.extend(kept.into_inner().unwrap());
    found
}

/// The answer, if one came before the server died.
fn answered(to: SocketAddr, path: &str, body: &Value, status: u16) -> Option<Answer> {
    let answer = try_post(to, path, body).ok()?;
    assert_eq!(answer.status, status, "{path}: {}", answer.body);
    Some(answer)
}

fn signed_up(to: SocketAddr, number: usize) -> Option<String> {
    let body = sign_up_body(&format!("user{number}@example.test"));
    answered(to, "/auth/signup", &body, 201).map(|answer| answer.text("refresh_token"))
}

/// Refreshes a few times; every third session logs out.
fn one_session(to: SocketAddr, mut token: String, turn: usize, found: &Mutex<Acknowledged>) {
    for _ in 0..3 {
        // Whether an unanswered refresh has happened or not: the token that went with it gets the session on.
        match answered(to, "/auth/refresh", &json!({ "refresh_token": token }), 200) {
            Some(answer) => token = answer.text("refresh_token"),
            None => return found.lock().unwrap().living.push(token),
        }
    }
    if !turn.is_multiple_of(3) {
        return found.lock().unwrap().living.push(token);
    }
    // Of an unanswered logout nothing is known.
    if answered(to, "/auth/logout", &json!({ "refresh_token": token }), 204).is_some() {
        found.lock().unwrap().ended.push(token);
    }
}
