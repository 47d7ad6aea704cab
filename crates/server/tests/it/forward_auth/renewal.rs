//! Sessions are renewed in the question itself, and the new cookies reach the browser, whatever the application answers.

use std::{thread, time::Duration};

use serde_json::json;

use crate::forward_auth::{Stage, browser::Browser};

/// Longer than a token stays young.
const LATER: Duration = Duration::from_millis(5500);

#[test]
fn an_expired_access_token_is_renewed_on_the_way_whatever_the_application_answers() {
    let stage = Stage::start();
    let (ada, ben, cleo) = (stage.signed_in("ada"), stage.signed_in("ben"), stage.signed_in("cleo"));
    let before = [&ada, &ben, &cleo].map(|one| one.cookie("__Host-gw_rt_"));
    thread::sleep(LATER);
    // Sent although its time is up.
    let reply = ada.get("/");
    assert_eq!(reply.tokens_set().len(), 2, "{:?}", reply.headers);
    assert!(!reply.headers.iter().any(|(name, _)| name.starts_with("gatewright")), "{:?}", reply.headers);
    assert_eq!(reply.seen().one("gatewright-username"), "ada");
    for (browser, path, status) in [(&ben, "/status/500", 500), (&cleo, "/status/404", 404)] {
        browser.forget_access();
        let reply = browser.get(path).expect(status);
        assert_eq!(reply.tokens_set().len(), 2, "{path}: {:?}", reply.headers);
    }
    for (browser, before) in [&ada, &ben, &cleo].into_iter().zip(before) {
        assert_ne!(browser.cookie("__Host-gw_rt_"), before);
        assert_eq!(browser.get("/").expect(200).tokens_set(), Vec::<&str>::new());
        assert_eq!(browser.generation(), 2);
        // Young: only the access token.
        browser.forget_access();
        let reply = browser.get("/").expect(200);
        assert!(
            reply.tokens_set().len() == 1 && reply.tokens_set()[0].starts_with("__Host-gw_at_"),
            "{:?}",
            reply.headers
        );
        browser.get("/").seen();
    }
}

/// docs/attacks.md#forward-auth-beside-a-script
#[test]
fn p6_sessions_of_scripts_are_left_to_them() {
    let stage = Stage::start();
    let hybrid = stage.browser();
    hybrid.sign_up("ada", "hybrid");
    let before = hybrid.cookie("__Host-gw_rt_");
    thread::sleep(LATER);
    assert_eq!(hybrid.get("/").expect(401).tokens_set(), Vec::<&str>::new());
    assert_eq!(hybrid.cookie("__Host-gw_rt_"), before);
    hybrid.api("/auth/refresh", &json!({})).expect(200);
    assert_ne!(hybrid.cookie("__Host-gw_rt_"), before);
}

/// Forty requests of one browser at the moment in which its access token has run out; the answers of half of them are lost.
fn forty(stage: &Stage, browser: &Browser, lose: impl Fn(usize) -> bool + Sync) -> Vec<Browser> {
    let mut tabs = Vec::new();
    thread::scope(|scope| {
        let mut running = Vec::new();
        for number in 0..40 {
            let tab = browser.copy();
            let is_lost = lose(number);
            running.push(scope.spawn(move || {
                if is_lost {
                    tab.send_and_leave("/", Duration::from_millis(10 * (number as u64 % 5)));
                } else {
                    assert_eq!(tab.get("/").seen().one("gatewright-username"), "ada");
                }
                tab
            }));
        }
        tabs = running.into_iter().map(|one| one.join().expect("no request panics")).collect();
    });
    assert!(!stage.server.printed().contains("session ended"), "{}", stage.server.printed());
    tabs
}

#[test]
fn p1_p2_forty_requests_at_expiry_are_one_rotation_and_nobody_is_signed_out() {
    let stage = Stage::start();
    let ada = stage.signed_in("ada");
    thread::sleep(LATER);
    ada.forget_access();
    let tabs = forty(&stage, &ada, |_| false);
    let successor = tabs[0].cookie("__Host-gw_rt_");
    for tab in &tabs {
        assert_eq!(tab.cookie("__Host-gw_rt_"), successor, "one successor");
        tab.get("/").seen();
    }
    assert_eq!(tabs[0].generation(), 2);
}

#[test]
fn p6_half_of_forty_answers_lost_lose_nobody_anything() {
    let stage = Stage::start();
    let ada = stage.signed_in("ada");
    for round in 1..=3 {
        thread::sleep(LATER);
        ada.forget_access();
        let tabs = forty(&stage, &ada, |number| number % 2 == 0);
        // Whatever a tab has ended with is good, also what the lost ones still have.
        for tab in &tabs {
            tab.forget_access();
            tab.get("/").seen();
        }
        assert_eq!(tabs[0].generation(), round + 1);
        // The browser comes back with what it had, as if every answer had been lost.
        ada.get("/").seen();
    }
}

/// docs/attacks.md#refresh-replay
#[test]
fn p4_a_copied_cookie_ends_the_session_for_both() {
    let stage = Stage::of(crate::child::Place::new());
    let ada = stage.signed_in("ada");
    let thief = ada.copy();
    thief.forget_access();
    thread::sleep(LATER);
    ada.get("/").seen();
    thread::sleep(LATER);
    ada.forget_access();
    ada.get("/").seen();
    // Two behind by now.
    thief.get("/").expect(401);
    ada.get("/").expect(401);
    ada.forget_access();
    ada.visit("/").expect(303);
    assert!(stage.server.printed().contains("session ended"));
}

#[test]
fn se6_what_was_ended_is_out_at_the_next_request() {
    let stage = Stage::start();
    let (ada, ben) = (stage.signed_in("ada"), stage.signed_in("ben"));
    let tab = ada.copy();
    ada.api("/auth/logout", &json!({})).expect(204);
    tab.get("/").expect(401);
    ben.get("/").seen();
    stage.place.run(&["account", "disable", "ben@example.test"]).well();
    ben.get("/").expect(401);
    ben.forget_access();
    ben.get("/").expect(401);
    stage.place.run(&["account", "enable", "ben@example.test"]).well();
}
