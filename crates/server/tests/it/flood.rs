//! A flood of logins: bounded memory, and everybody else is served meanwhile.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    child::{PATIENCE, Place, Server},
    client::{get, post, refresh, sign_up},
};

const LOGINS: usize = 200;
const PERMITS: u64 = 2;
const HASH_BYTES: u64 = 19_456 * 1024;
/// Two hundred connections with their buffers, in an unoptimised build.
const SLACK_BYTES: u64 = 48 * 1024 * 1024;

fn metric(server: &Server, name: &str) -> u64 {
    let text = get(server.ops, "/metrics").body;
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("gatewright_{name} ")));
    line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in\n{text}"))
}

#[test]
fn pw15_a_flood_of_logins_takes_bounded_memory_and_refreshes_go_on() {
    let place = Place::new().with("RATE_LIMITS", "off").with("REFRESH_MIN_AGE", "0");
    let server = place.with("PASSWORD_THREADS", "2").serve();
    let ada = sign_up(server.api, "ada@example.test");
    let before = metric(&server, "process_resident_memory_bytes");
    let to = server.api;
    let (mut most, mut slowest, mut refreshes) = (before, Duration::ZERO, 0);
    let mut token = ada.text("refresh_token");
    thread::scope(|scope| {
        let logins: Vec<_> = (0..LOGINS)
            .map(|number| {
                scope.spawn(move || {
                    let login = json!({ "login": format!("nobody{number}@example.test"), "password": "guess" });
                    post(to, "/auth/login", &login).status
                })
            })
            .collect();
        let begun = Instant::now();
        while logins.iter().any(|login| !login.is_finished()) {
            assert!(begun.elapsed() < PATIENCE);
            let asked = Instant::now();
            token = refresh(to, &token).expect(200).text("refresh_token");
            slowest = slowest.max(asked.elapsed());
            refreshes += 1;
            most = most.max(metric(&server, "process_resident_memory_bytes"));
            assert!(metric(&server, "password_running") <= PERMITS);
        }
        let statuses: Vec<_> = logins.into_iter().map(|login| login.join().unwrap()).collect();
        assert!(statuses.iter().all(|status| [401, 503].contains(status)), "{statuses:?}");
        assert!(statuses.contains(&401), "somebody was judged");
    });
    assert!(most <= before + PERMITS * HASH_BYTES + SLACK_BYTES, "{before} bytes before, {most} at the most");
    assert!(refreshes > 3, "refreshes went on: {refreshes}");
    // A login at the end of the queue waits for seconds; no refresh does.
    assert!(slowest < Duration::from_secs(2), "a refresh took {slowest:?}");
}
