//! Section 4: sessions and refresh tokens, beside the invariants of `invariants.rs`.

use std::collections::BTreeSet;

use axum::http::Method;
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD, Setup, days, mins, secs},
};
use serde_json::json;
use tokio::task::JoinSet;

use super::account_of;
use crate::{
    access_table::{Caller, cells, rows},
    family::{EMAIL, PIN, family, grace, kid},
};

async fn is_dead(app: &TestApp, browser: &Browser) -> bool {
    let me = app.browser().get("/auth/me").bearer(browser.access_token()).await;
    let refresh = app.refresh(browser.refresh_token()).await;
    assert_eq!(
        me.status == 401,
        refresh.status == 401,
        "both tokens have the same fate: {} {}",
        me.text(),
        refresh.text()
    );
    me.status == 401
}

#[tokio::test]
async fn se1_no_two_tokens_are_ever_alike() {
    let app = Setup::default().policy(|policy| policy.max_sessions = 1000).start().await;
    app.sign_up_in("body", EMAIL).await;
    let (mut seen, mut made) = (BTreeSet::new(), 0);
    for _ in 0..100 {
        let browser = app.log_in(EMAIL, None, "body").await;
        app.clock.advance(mins(2));
        for _ in 0..2 {
            let refresh = browser.refresh_token();
            assert_eq!(refresh.split('_').count(), 3);
            // 256 bits of it are the secret, and more than that stands between the underscores.
            assert!(refresh.split('_').nth(1).unwrap().len() > 43, "{refresh}");
            seen.extend([refresh, browser.access_token(), browser.session_id()]);
            made += 3;
            browser.refresh().await.expect_status(200);
        }
    }
    // Both rounds show the same session id.
    assert_eq!(seen.len(), made - 100);
}

#[tokio::test]
async fn se2_a_replay_two_generations_later_ends_the_whole_family() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let other = app.log_in(EMAIL, None, "body").await;
    let mut chain = vec![ada.refresh_token()];
    for _ in 0..2 {
        app.clock.advance(mins(2));
        ada.refresh().await.expect_status(200);
        chain.push(ada.refresh_token());
    }
    app.refresh(&chain[0]).await.expect_problem(401, "refresh_token_reused");
    for token in &chain {
        app.refresh(token).await.expect_problem(401, "refresh_token_invalid");
    }
    assert!(!is_dead(&app, &other).await, "another device is another family");
}

#[tokio::test]
async fn se3_the_absolute_end_is_fixed_at_the_beginning_however_often_one_refreshes() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let end = ada.signed_in()["session"]["expires_at"].clone();
    for _ in 0..29 {
        app.clock.advance(days(1));
        ada.refresh().await.expect_status(200);
        assert_eq!(ada.signed_in()["session"]["expires_at"], end);
    }
    app.clock.advance(days(1) - secs(1));
    ada.refresh().await.expect_status(200);
    ada.get("/auth/me").await.expect_status(200);
    app.clock.advance(secs(1));
    ada.refresh().await.expect_problem(401, "refresh_token_invalid");
    // The last access token was cut to the same second.
    ada.get("/auth/me").await.expect_problem(401, "access_token_expired");
}

#[tokio::test]
async fn se4_a_session_that_nobody_uses_ends_after_two_weeks() {
    let app = TestApp::start().await;
    let [in_time, late] = [app.sign_up_in("body", EMAIL).await, app.log_in(EMAIL, None, "body").await];
    app.clock.advance(days(14) - secs(1));
    in_time.refresh().await.expect_status(200);
    app.clock.advance(secs(1));
    late.refresh().await.expect_problem(401, "refresh_token_invalid");
    app.clock.advance(days(13));
    in_time.refresh().await.expect_status(200);
}

/// docs/attacks.md#tokens-outlive-their-session
#[tokio::test]
async fn se6_every_way_of_logging_out_reaches_what_it_says_and_nothing_else() {
    // Which of the owner's two devices, the member's and another account's are dead afterwards.
    for (scope, expected) in [
        ("session", [true, false, false, false]),
        ("others", [false, true, false, false]),
        ("account", [true, true, true, false]),
    ] {
        for by_refresh_token in [false, true] {
            let app = TestApp::start().await;
            let ada = family(&app, "body").await;
            let devices = [
                ada,
                app.log_in(EMAIL, Some("ada"), "body").await,
                grace(&app, "body").await,
                app.sign_up_in("body", "eve@example.test").await,
            ];
            let mut body = json!({"scope": scope});
            let call = devices[0].post("/auth/logout");
            let call = if by_refresh_token {
                body["refresh_token"] = devices[0].refresh_token().into();
                call.without_bearer()
            } else {
                call
            };
            call.json(body).await.expect_status(204);
            let mut dead = Vec::new();
            for device in &devices {
                dead.push(is_dead(&app, device).await);
            }
            assert_eq!(dead, expected, "{scope} {by_refresh_token}");
        }
    }
}

/// docs/attacks.md#outliving-ones-account
#[tokio::test]
async fn se7_a_disabled_account_is_out_by_every_token_it_had_and_gets_no_new_one() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let devices = [grace(&app, "body").await, kid(&app, "body").await, ada];
    let half = app.log_in(EMAIL, None, "body").await;
    let id = account_of(&app, EMAIL).await;
    assert!(app.gate.operator().disable_account(id).await.unwrap());
    for device in &devices {
        assert!(is_dead(&app, device).await);
    }
    let choice = json!({"selection_token": half.selection_token(), "username": "grace"});
    half.post("/auth/select").json(choice.clone()).await.expect_problem(401, "selection_token_invalid");
    let login = json!({"login": EMAIL, "password": PASSWORD});
    app.browser().post("/auth/login").json(login).await.expect_problem(401, "invalid_credentials");
    // Enabling it again opens the door and revives nothing (P5).
    assert!(app.gate.operator().enable_account(id).await.unwrap());
    for device in &devices {
        assert!(is_dead(&app, device).await);
    }
    half.post("/auth/select").json(choice).await.expect_problem(401, "selection_token_invalid");
    assert!(!is_dead(&app, &app.log_in(EMAIL, Some("grace"), "body").await).await);
}

/// docs/attacks.md#outliving-ones-account
#[tokio::test]
async fn se7_a_removed_user_and_a_deleted_account_are_out_at_once() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let (grace, kid) = (grace(&app, "body").await, kid(&app, "body").await);
    let half = app.log_in(EMAIL, None, "body").await;
    ada.delete(&format!("/auth/users/{}", grace.user_id())).await.expect_status(204);
    assert!(is_dead(&app, &grace).await);
    assert!(!is_dead(&app, &kid).await);
    let choice = json!({"selection_token": half.selection_token(), "username": "grace"});
    half.post("/auth/select").json(choice).await.expect_problem(404, "user_not_found");
    ada.delete("/auth/account").await.expect_status(204);
    assert!(is_dead(&app, &ada).await);
    assert!(is_dead(&app, &kid).await);
    let choice = json!({"selection_token": half.selection_token(), "username": "kid", "pin": PIN});
    half.post("/auth/select").json(choice).await.expect_problem(401, "selection_token_invalid");
    // The address is free again, and whoever takes it gets nothing of what was.
    let new = app.sign_up_in("body", EMAIL).await;
    assert_ne!(new.signed_in()["account"]["id"], ada.signed_in()["account"]["id"]);
    assert_eq!(new.get("/auth/users").await.json()["users"].as_array().unwrap().len(), 1);
    assert_eq!(new.get("/auth/sessions").await.json()["sessions"].as_array().unwrap().len(), 1);
    assert!(is_dead(&app, &kid).await);
}

/// docs/attacks.md#outliving-ones-account
#[tokio::test]
async fn se7_a_refresh_that_races_the_disabling_leaves_nothing_alive() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let id = account_of(&app, EMAIL).await;
    for _ in 0..8 {
        app.clock.advance(mins(10));
        let mut racing = JoinSet::new();
        for at in 0..8 {
            let (tab, gate) = (ada.copy(), app.gate.clone());
            racing.spawn(async move {
                if at == 4 {
                    gate.operator().disable_account(id).await.unwrap();
                    return None;
                }
                let login = json!({"login": EMAIL, "password": PASSWORD, "transport": "body"});
                let answer = if at % 2 == 0 { tab.refresh().await } else { tab.post("/auth/login").json(login).await };
                (answer.status == 200).then_some(tab)
            });
        }
        for lucky in racing.join_all().await.into_iter().flatten() {
            assert!(is_dead(&app, &lucky).await);
        }
        app.gate.operator().enable_account(id).await.unwrap();
        let login = json!({"login": EMAIL, "password": PASSWORD, "transport": "body"});
        ada.post("/auth/login").without_bearer().json(login).await.expect_status(200);
    }
}

#[tokio::test]
async fn se8_a_changed_password_ends_every_other_session_and_the_list_ends_any() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let (second, grace) = (app.log_in(EMAIL, Some("ada"), "body").await, grace(&app, "body").await);
    let half = app.log_in(EMAIL, None, "body").await;
    let new = "quite another fine sentence";
    let change = json!({"current_password": PASSWORD, "new_password": new});
    ada.put("/auth/password").json(change).await.expect_status(204);
    assert!(!is_dead(&app, &ada).await);
    assert!(is_dead(&app, &second).await && is_dead(&app, &grace).await);
    let choice = json!({"selection_token": half.selection_token(), "username": "grace"});
    half.post("/auth/select").json(choice).await.expect_problem(401, "selection_token_invalid");

    let again = app.browser();
    let login = json!({"login": EMAIL, "password": new, "user": "grace", "transport": "body", "client": "a phone"});
    again.post("/auth/login").json(login).await.expect_status(200);
    let list = ada.get("/auth/sessions").await.expect_status(200).json();
    let listed: Vec<_> =
        list["sessions"].as_array().unwrap().iter().map(|one| (&one["client"], &one["current"])).collect();
    assert_eq!(listed, [(&json!("a phone"), &json!(false)), (&json!(null), &json!(true))]);
    ada.delete(&format!("/auth/sessions/{}", again.session_id())).await.expect_status(204);
    assert!(is_dead(&app, &again).await);
    assert!(!is_dead(&app, &ada).await);
}

#[tokio::test]
async fn se9_one_session_too_many_ends_the_oldest() {
    let app = Setup::default().policy(|policy| policy.max_sessions = 3).start().await;
    let mut devices = vec![app.sign_up_in("body", EMAIL).await];
    for _ in 0..3 {
        app.clock.advance(mins(1));
        devices.push(app.log_in(EMAIL, None, "body").await);
    }
    assert!(is_dead(&app, &devices[0]).await);
    for device in &devices[1..] {
        assert!(!is_dead(&app, device).await);
    }
    assert_eq!(devices[3].get("/auth/sessions").await.json()["sessions"].as_array().unwrap().len(), 3);
    let log = devices[3].get("/auth/activity").await.json();
    let oldest = devices[0].session_id();
    let said: Vec<_> =
        log["activity"].as_array().unwrap().iter().filter(|entry| entry["session_id"] == *oldest).collect();
    assert!(!said.is_empty(), "{log}");
}

/// docs/attacks.md#session-fixation
#[tokio::test]
async fn se11_a_well_formed_token_that_nobody_gave_out_makes_no_session() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    // Of the right length and alphabet, and nothing else.
    let invented = "gwr_".to_owned() + &ada.refresh_token()["gwr_".len()..].chars().rev().collect::<String>();
    for token in [invented, "gwr_0_000000".to_owned(), format!("gwr_{}_000000", "0".repeat(100))] {
        let refused = app.refresh(token).await.expect_problem(401, "refresh_token_invalid");
        assert!(refused.set_cookies().is_empty());
    }
    assert_eq!(ada.get("/auth/sessions").await.json()["sessions"].as_array().unwrap().len(), 1);
    // A good one of a store that is gone.
    let lost = TestApp::start().await;
    let refused = lost.refresh(ada.refresh_token()).await.expect_problem(401, "refresh_token_invalid");
    assert!(refused.set_cookies().is_empty());
}

fn carries_a_token(answer: &Answer) -> bool {
    let text = answer.text();
    !answer.set_cookies().is_empty() || text.contains("\"eyJ") || text.contains("\"gwr_")
}

/// docs/attacks.md#tokens-in-caches
#[tokio::test]
async fn se12_nothing_with_a_token_or_about_somebody_is_ever_cached() {
    let mut with_token = 0;
    for cell in cells().await {
        with_token += usize::from(carries_a_token(&cell.answer));
        let control = cell.answer.header("cache-control").unwrap_or_default();
        if cell.row.path.starts_with("/.well-known/") {
            assert_eq!(control, "public, max-age=300");
        } else if cell.row.path == "/auth/openapi.json" {
            assert!(cell.answer.set_cookies().is_empty());
        } else {
            assert_eq!(control, "no-store", "{}", cell.name());
        }
    }
    assert!(with_token > 50, "the cells show what they are to show: {with_token}");
}

#[tokio::test]
async fn se13_a_logout_by_the_only_cookie_tells_the_browser_to_forget_everything() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let told = |answer: Answer| answer.header("clear-site-data").map(str::to_owned);
    let failed = ada.post("/auth/logout").fetch_site(Some("cross-site")).await.expect_status(403);
    assert_eq!(told(failed), None);
    let others = ada.post("/auth/logout").json(json!({"scope": "others"})).await.expect_status(204);
    assert_eq!(told(others), None);
    let by_header = app.sign_up_in("body", "eve@example.test").await;
    assert_eq!(told(by_header.post("/auth/logout").await.expect_status(204)), None);
    // Beside the cookies of another session it would take those along.
    app.clock.advance(secs(1)); // so that it is the newer one
    let second = app.log_in(EMAIL, None, "cookie").await;
    let both = format!("{}; {}", ada.cookie_header().unwrap(), second.cookie_header().unwrap());
    let one = second.post("/auth/logout").cookies(both).await.expect_status(204);
    assert!(one.set_cookies().iter().all(|line| line.contains(&second.tag()) && line.contains("Max-Age=0")));
    assert_eq!(told(one), None);
    let only = ada.post("/auth/logout").await.expect_status(204);
    assert!(ada.cookie_names().is_empty());
    assert_eq!(told(only).unwrap(), "\"cookies\", \"storage\"");
}

/// docs/attacks.md#token-sources
#[tokio::test]
async fn se14_a_token_in_the_address_is_as_good_as_none_for_every_operation() {
    let cells = cells().await;
    let of = |caller| cells.iter().filter(move |cell| cell.caller == caller);
    for (nobody, query) in of(Caller::Nobody).zip(of(Caller::Query)) {
        assert_eq!(nobody.answer.status, query.answer.status, "{}", query.name());
        assert_eq!(nobody.answer.json()["code"], query.answer.json()["code"], "{}", query.name());
    }
    // And no answer sends anybody to an address with one in it.
    for cell in cells {
        assert_eq!(cell.answer.header("location"), None, "{}", cell.name());
    }
    let gets = rows().iter().filter(|row| row.method == Method::GET).count();
    assert!(gets > 5);
}
