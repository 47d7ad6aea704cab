//! Section 2: how one gets in, how often one may try, and what the tries tell.

use gatewright_testkit::{
    TestApp,
    app::{Answer, PASSWORD, days, mins, secs},
};
use serde_json::{Value, json};

use super::{account_of, hashes};
use crate::{
    access_table::{Caller, cells},
    family::EMAIL,
};

const ELSEWHERE: &str = "198.51.100.9";
/// Where `TestApp`'s browsers are.
const HOME: &str = "203.0.113.7";

async fn log_in(app: &TestApp, from: &str, login: &str, password: &str) -> Answer {
    let body = json!({"login": login, "password": password});
    app.browser().post("/auth/login").from(from).json(body).await
}

/// docs/attacks.md#guessing-a-password
#[tokio::test]
async fn au1_after_a_hundred_failures_the_right_password_is_refused_too() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let mut failures = 0;
    // Each from another address, so that nothing but the account's own count can stop it.
    for attempt in 0..600 {
        let from = format!("198.51.{}.{}", 100 + attempt / 250, attempt % 250);
        let answer = log_in(&app, &from, EMAIL, "a wrong guess").await;
        match answer.status.as_u16() {
            401 => failures += 1,
            429 if failures == 100 => break,
            429 => {
                let wait = answer.json()["retry_after"].as_u64().unwrap();
                assert!((1..=900).contains(&wait), "{wait}");
                app.clock.advance(secs(wait));
            }
            other => panic!("{other}: {}", answer.text()),
        }
    }
    assert_eq!(failures, 100);
    // Whoever is at a place that the account knows is counted apart and gets in.
    log_in(&app, HOME, EMAIL, PASSWORD).await.expect_status(200);
    let before = hashes(&app).await;
    for passed in [0, 1, 30] {
        app.clock.advance(days(passed));
        log_in(&app, ELSEWHERE, EMAIL, PASSWORD).await.expect_problem(429, "rate_limited");
    }
    assert_eq!(hashes(&app).await, before);
    let app = app.restart(|_| {}).await;
    log_in(&app, ELSEWHERE, EMAIL, PASSWORD).await.expect_problem(429, "rate_limited");
    // The recovery: an operator forgives them all, and the log of the account tells.
    let account = account_of(&app, EMAIL).await;
    app.gate.operator().forgive_failures(account).await.unwrap();
    let ada = log_in(&app, ELSEWHERE, EMAIL, PASSWORD).await.expect_status(200).json();
    let token = ada["access_token"].as_str().unwrap();
    let activity = app.browser().get("/auth/activity").bearer(token).await.json();
    assert!(activity["activity"].as_array().unwrap().iter().any(|entry| entry["act"] == "failures_forgiven"));
}

/// docs/attacks.md#guessing-a-password
#[tokio::test]
async fn au1_the_logins_of_one_account_have_no_more_attempts_together_than_one() {
    let app = TestApp::start().await;
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "username": "ada"});
    ada.post("/auth/signup").json(body).await.expect_status(201);
    let mut names = vec![EMAIL.to_owned(), "ada".to_owned()];
    for name in 0..10 {
        let name = format!("user{name}");
        ada.post("/auth/users").json(json!({"username": name})).await.expect_status(201);
        names.push(name);
    }
    let mut failures = 0;
    for round in 0..40 {
        for name in &names {
            let from = format!("198.51.100.{round}");
            failures += u32::from(log_in(&app, &from, name, "a wrong guess").await.status == 401);
        }
        app.clock.advance(mins(16));
    }
    assert_eq!(failures, 100);
}

/// docs/attacks.md#password-spraying
#[tokio::test]
async fn au2_one_password_for_two_hundred_users_is_stopped_at_the_source() {
    let app = TestApp::start().await;
    let mut statuses = Vec::new();
    for user in 0..200 {
        // Every address of one IPv6 /64 is the same household.
        let from = format!("2001:db8:1:2::{user:x}");
        let login = format!("user{user}@example.test");
        statuses.push(log_in(&app, &from, &login, PASSWORD).await.status.as_u16());
    }
    let (tried, stopped) = statuses.split_at(60);
    assert!(tried.iter().all(|status| *status == 401), "{tried:?}");
    assert!(stopped.iter().all(|status| *status == 429), "{stopped:?}");
    // Its neighbour is not.
    log_in(&app, "2001:db8:1:3::1", "user1@example.test", PASSWORD).await.expect_status(401);
}

/// docs/attacks.md#locking-somebody-out
#[tokio::test]
async fn au3_who_hammers_an_account_does_not_lock_its_owner_out() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    for _ in 0..20 {
        log_in(&app, ELSEWHERE, EMAIL, "a wrong guess").await;
    }
    log_in(&app, ELSEWHERE, EMAIL, PASSWORD).await.expect_problem(429, "rate_limited");
    log_in(&app, HOME, EMAIL, PASSWORD).await.expect_status(200);
    ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    // A success at home is no pardon for the others.
    log_in(&app, ELSEWHERE, EMAIL, PASSWORD).await.expect_problem(429, "rate_limited");
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au3_au4_the_limiter_says_the_same_for_who_exists_and_who_does_not() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    app.sign_up("off@example.test").await;
    let off = account_of(&app, "off@example.test").await;
    assert!(app.gate.operator().disable_account(off).await.unwrap());
    let mut histories = Vec::new();
    let logins =
        [(EMAIL, "198.51.100.1"), ("nobody@example.test", "198.51.100.2"), ("off@example.test", "198.51.100.3")];
    for (login, from) in logins {
        let mut history = Vec::new();
        for _ in 0..9 {
            let answer = log_in(&app, from, login, "a wrong guess").await;
            history.push((answer.status.as_u16(), without_id(&answer), headers(&answer)));
        }
        histories.push(history);
    }
    assert_eq!(histories[0][8].0, 429);
    assert_eq!(histories[0], histories[1]);
    assert_eq!(histories[0], histories[2]);
}

fn without_id(answer: &Answer) -> Value {
    let mut json = answer.json();
    json["request_id"] = Value::Null;
    json
}

fn headers(answer: &Answer) -> Vec<(String, String)> {
    let all = answer.headers.iter().filter(|(name, _)| *name != "x-request-id");
    all.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}

/// docs/attacks.md#password-change-by-a-copied-token
#[tokio::test]
async fn au8_what_concerns_credentials_takes_a_proof_not_older_than_five_minutes() {
    let concerned = [
        ("PUT", "/auth/password"),
        ("PUT", "/auth/users/{id}/pin"),
        ("DELETE", "/auth/users/{id}/pin"),
        ("DELETE", "/auth/users/{id}"),
        ("DELETE", "/auth/account"),
        ("GET", "/auth/account/export"),
        ("PUT", "/auth/email"),
        ("POST", "/auth/invitations"),
    ];
    for cell in cells().await.iter().filter(|cell| cell.caller == Caller::OldOwner) {
        let is_concerned = concerned.iter().any(|(method, path)| cell.row.is(method, path));
        let is_refused = cell.answer.json()["code"] == "reauthentication_required";
        assert_eq!(is_concerned, is_refused, "{}: {}", cell.name(), cell.answer.text());
        if is_refused {
            let challenge = "Bearer error=\"insufficient_user_authentication\", max_age=\"300\"";
            assert_eq!(cell.answer.header("www-authenticate"), Some(challenge), "{}", cell.name());
        }
    }
    // To the second.
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.clock.advance(mins(5));
    ada.get("/auth/account/export").await.expect_status(200);
    app.clock.advance(secs(1));
    ada.get("/auth/account/export").await.expect_problem(403, "reauthentication_required");
}

/// docs/attacks.md#session-fixation
#[tokio::test]
async fn au9_what_was_planted_in_a_browser_before_the_login_never_becomes_signed_in() {
    let app = TestApp::start().await;
    app.sign_up_in("cookie", EMAIL).await;
    let eve = app.sign_up_in("cookie", "eve@example.test").await;
    eve.post("/auth/logout").json(json!({"scope": "account"})).await.expect_status(204);
    let invented = format!("__Host-gw_rt_{0}=gwr_planted; __Host-gw_at_{0}=planted", "abcdef01");
    let living = app.log_in("eve@example.test", None, "cookie").await;
    for planted in [invented, living.cookie_header().unwrap()] {
        app.clock.advance(secs(1)); // so that the victim's is the newer one
        let victim = app.browser();
        let body = json!({"login": EMAIL, "password": PASSWORD, "transport": "cookie"});
        let answer = victim.post("/auth/login").cookies(&planted).json(body).await.expect_status(200);
        let tag = victim.tag();
        assert!(!planted.contains(&tag), "a session of its own");
        assert!(
            answer.set_cookies().iter().all(|line| line.contains(&format!("_{tag}="))),
            "{:?}",
            answer.set_cookies()
        );
        // What was planted is afterwards what it was before: nothing, or the attacker's own session.
        let seen = app.browser().get("/auth/me").cookies(&planted).await;
        assert_ne!(seen.json()["account"]["email"], EMAIL, "{}", seen.text());
        // Beside it the newer session counts, which is the victim's.
        let both = format!("{planted}; {}", victim.cookie_header().unwrap());
        let me = app.browser().get("/auth/me").cookies(both).await.expect_status(200);
        assert_eq!(me.json()["account"]["email"], EMAIL);
    }
}

#[tokio::test]
async fn au9_every_way_of_signing_in_makes_a_new_session_and_a_replaced_one_is_dead() {
    let app = TestApp::start().await;
    let ada = crate::family::family(&app, "body").await;
    let mut seen = vec![(ada.session_id(), ada.access_token())];
    for (path, body) in [
        ("/auth/reauthenticate", json!({"password": PASSWORD})),
        ("/auth/switch", json!({"username": "grace"})),
        ("/auth/switch", json!({"username": "ada"})),
        ("/auth/login", json!({"login": EMAIL, "password": PASSWORD, "user": "ada", "transport": "body"})),
    ] {
        app.clock.advance(secs(1));
        ada.post(path).json(body).await.expect_status(200);
        assert!(seen.iter().all(|(id, _)| *id != ada.session_id()), "{path}");
        seen.push((ada.session_id(), ada.access_token()));
    }
    let statuses: Vec<_> = {
        let mut statuses = Vec::new();
        for (_, token) in &seen {
            statuses.push(app.browser().get("/auth/me").bearer(token).await.status.as_u16());
        }
        statuses
    };
    // A login beside a session is a second device; the others were replaced.
    assert_eq!(statuses, [401, 401, 401, 200, 200]);
}
