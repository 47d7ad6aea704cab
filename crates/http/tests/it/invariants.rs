//! The invariants of refresh tokens (P1 to P20), as far as they can be seen over HTTP. P11 and P13 belong to the binary and
//! P16 to the store, and are tested there.

use std::{net::IpAddr, sync::Arc};

use async_trait::async_trait;
use gatewright::core::{
    model::{AccountId, Device, Roles, Session, SessionId, Standing, Timestamp, UserId},
    port::{Applied, End, EndAll, Entry, Opened, Opening, Redelivery, RollForward, Rotation, Sessions, StoreError},
};
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD, Setup, days, mins, secs},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::family::{EMAIL, family};

const KEY: &str = "0123456789abcdef-the-retry-key";

async fn present(app: &TestApp, token: &str, key: Option<&str>) -> Answer {
    let browser = app.browser();
    let call = browser.post("/auth/refresh").bearer(token);
    match key {
        Some(key) => call.header("idempotency-key", key).await,
        None => call.await,
    }
}

fn token(answer: &Answer) -> String {
    answer.json()["refresh_token"].as_str().unwrap().to_owned()
}

fn generation(answer: &Answer) -> u64 {
    answer.json()["session"]["generation"].as_u64().unwrap()
}

pub(crate) fn claims(access_token: &str) -> Value {
    let payload = access_token.split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

/// A session whose token has rotated `times` times, ten minutes apart and ten minutes ago, with all its tokens.
async fn rotated(app: &TestApp, times: usize) -> (Browser, Vec<String>) {
    let ada = app.sign_up_in("body", EMAIL).await;
    let mut tokens = vec![ada.refresh_token()];
    for _ in 0..times {
        app.clock.advance(mins(10));
        ada.refresh().await.expect_status(200);
        tokens.push(ada.refresh_token());
    }
    app.clock.advance(mins(10));
    (ada, tokens)
}

#[tokio::test]
async fn p1_at_most_one_token_of_a_session_would_rotate() {
    let mut rotating = 0;
    for which in 0..4 {
        // The same history each time, since clock and randomness are the same.
        let app = TestApp::start().await;
        let (_, tokens) = rotated(&app, 3).await;
        let answer = present(&app, &tokens[which], None).await;
        rotating += usize::from(answer.status == 200 && generation(&answer) == 5);
    }
    assert_eq!(rotating, 1);
}

#[tokio::test]
async fn p2_a_token_is_answered_with_itself_or_with_one_and_the_same_successor() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let first = ada.refresh_token();
    for _ in 0..3 {
        app.clock.advance(secs(19));
        assert_eq!(token(&present(&app, &first, Some(KEY)).await.expect_status(200)), first);
    }
    app.clock.advance(secs(3));
    let successor = token(&present(&app, &first, Some(KEY)).await.expect_status(200));
    assert_ne!(successor, first);
    for wait in [secs(1), secs(40), mins(30), days(3)] {
        app.clock.advance(wait);
        assert_eq!(token(&present(&app, &first, Some(KEY)).await.expect_status(200)), successor);
    }
}

#[tokio::test]
async fn p3_the_generation_rises_by_one_with_a_rotation_and_by_nothing_else() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let first = ada.refresh_token();
    assert_eq!(generation(&present(&app, &first, None).await), 1, "young");
    app.clock.advance(mins(2));
    let rotated = present(&app, &first, None).await;
    assert_eq!(generation(&rotated), 2);
    assert_eq!(generation(&present(&app, &first, None).await), 2, "delivered again");
    assert_eq!(generation(&present(&app, &token(&rotated), None).await), 2, "young");
    present(&app, "gwr_garbage", None).await.expect_status(401);
    app.clock.advance(mins(2));
    assert_eq!(generation(&present(&app, &token(&rotated), None).await), 3);
}

#[tokio::test]
async fn p4_detected_reuse_has_ended_the_session_when_it_is_answered() {
    let app = TestApp::start().await;
    let (ada, tokens) = rotated(&app, 2).await;
    present(&app, &tokens[1], None).await.expect_problem(401, "refresh_token_reused");
    ada.get("/auth/me").await.expect_problem(401, "access_token_expired");
    let app = app.restart(|_| {}).await;
    for token in &tokens {
        present(&app, token, None).await.expect_problem(401, "refresh_token_invalid");
    }
    app.clock.advance(secs(1));
    let again = app.log_in(EMAIL, None, "body").await;
    let log = again.get("/auth/activity").await.json();
    let acts: Vec<_> = log["activity"].as_array().unwrap().iter().map(|entry| entry["act"].clone()).collect();
    assert_eq!(acts, ["logged_in", "refresh_reuse", "logged_in", "signed_up"]);
    assert_eq!(log["activity"][1]["detail"], json!({"reason": "reused"}));
}

#[tokio::test]
async fn p5_dead_is_dead() {
    let app = TestApp::start().await;
    let (ada, mut tokens) = rotated(&app, 2).await;
    // One more answer that its client never saw.
    tokens.push(token(&present(&app, &tokens[2], Some(KEY)).await));
    let access = ada.access_token();
    let body = json!({"refresh_token": tokens[3]});
    app.browser().post("/auth/logout").json(body).await.expect_status(204);
    let app = app.restart(|_| {}).await;
    for wait in [secs(0), secs(20), mins(2), days(1)] {
        app.clock.advance(wait);
        for token in &tokens {
            for key in [None, Some(KEY)] {
                present(&app, token, key).await.expect_problem(401, "refresh_token_invalid");
            }
        }
        app.browser().get("/auth/me").bearer(&access).await.expect_status(401);
    }
}

#[tokio::test]
async fn p6_fifteen_lost_answers_at_any_time_and_in_any_number_of_tabs_log_nobody_out() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    for round in 0..2 {
        let key = format!("{KEY}-{round}");
        let held = ada.refresh_token();
        app.clock.advance(mins(2));
        for _ in 0..16 {
            // Nobody sees these answers.
            let mut tabs = JoinSet::new();
            for _ in 0..4 {
                let (tab, held, key) = (ada.copy(), held.clone(), key.clone());
                tabs.spawn(async move {
                    tab.post("/auth/refresh").bearer(held).header("idempotency-key", key).await.expect_status(200);
                });
            }
            tabs.join_all().await;
            app.clock.advance(mins(90));
        }
        ada.refresh().header("idempotency-key", key).await.expect_status(200);
        assert_ne!(ada.refresh_token(), held);
    }
}

#[tokio::test]
async fn p6_a_client_without_a_key_survives_a_lost_answer_for_the_lost_window() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.clock.advance(mins(2));
    ada.copy().refresh().await.expect_status(200);
    app.clock.advance(secs(30));
    ada.refresh().await.expect_status(200);
    app.clock.advance(mins(2));
    ada.refresh().await.expect_status(200);
}

#[tokio::test]
async fn p7_a_forged_or_damaged_token_touches_no_row() {
    let app = TestApp::start().await;
    let (ada, tokens) = rotated(&app, 1).await;
    let good = tokens[0].as_bytes();
    app.fuse.mend();
    for at in 0..good.len() {
        let mut bad = good.to_vec();
        bad[at] = if bad[at] == b'7' { b'8' } else { b'7' };
        let bad = String::from_utf8(bad).unwrap();
        if bad.starts_with("gwr_") {
            present(&app, &bad, None).await.expect_problem(401, "refresh_token_invalid");
            let logout = json!({"refresh_token": bad});
            app.browser().post("/auth/logout").json(logout).await.expect_problem(401, "refresh_token_invalid");
        }
    }
    present(&app, &tokens[0][..tokens[0].len() - 1], None).await.expect_problem(401, "refresh_token_invalid");
    assert_eq!(app.fuse.steps(), Vec::<&str>::new(), "the store was never asked");
    ada.refresh().await.expect_status(200);
}

#[tokio::test]
async fn p8_a_store_that_lost_its_last_write_revokes_nobody() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let kept = tempfile::tempdir().unwrap();
    let copy = kept.path().join("copy");
    app.clock.advance(mins(2));
    let app = app.restart(|database| _ = std::fs::copy(database, &copy).unwrap()).await;
    let first = ada.refresh_token();
    let second = token(&present(&app, &first, None).await.expect_status(200));
    let app = app
        .restart(|database| {
            for rest in ["-wal", "-shm"] {
                drop(std::fs::remove_file(format!("{}{rest}", database.display())));
            }
            std::fs::copy(&copy, database).unwrap();
        })
        .await;
    let answer = present(&app, &second, None).await.expect_status(200);
    assert_eq!((token(&answer), generation(&answer)), (second.clone(), 2), "the row follows, nothing rotates");
    assert_eq!(token(&present(&app, &first, None).await.expect_status(200)), second, "a sibling that is late");
    app.clock.advance(mins(2));
    assert_eq!(generation(&present(&app, &second, None).await.expect_status(200)), 3);
    let log = app.log_in(EMAIL, None, "body").await.get("/auth/activity").await.json();
    assert_eq!(log["activity"][1]["act"], "store_rollback");
}

#[tokio::test]
async fn p9_two_parties_with_one_token_do_not_coexist() {
    for thief_first in [true, false] {
        let app = TestApp::start().await;
        let ada = app.sign_up_in("body", EMAIL).await;
        let thief = ada.copy();
        let (first, second) = if thief_first { (&thief, &ada) } else { (&ada, &thief) };
        app.clock.advance(mins(2));
        first.refresh().await.expect_status(200);
        app.clock.advance(secs(31));
        second.refresh().await.expect_problem(401, "refresh_token_reused");
        first.refresh().await.expect_problem(401, "refresh_token_invalid");
    }
}

#[tokio::test]
async fn p10_nothing_succeeds_after_the_absolute_end_and_nothing_moves_it() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let end = ada.signed_in()["session"]["expires_at"].clone();
    app.clock.advance(days(10));
    ada.refresh().await.expect_status(200);
    ada.post("/auth/switch").json(json!({"username": "grace"})).await.expect_status(200);
    app.clock.advance(days(10));
    ada.refresh().await.expect_status(200);
    ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    // Ada signed up two seconds before now's count began.
    app.clock.advance(days(10) - secs(3));
    let last = ada.refresh().await.expect_status(200).json();
    assert_eq!(last["session"]["expires_at"], end);
    assert_eq!(last["expires_in"], 1, "an access token ends with its session");
    app.clock.advance(secs(1));
    ada.refresh().await.expect_problem(401, "refresh_token_invalid");
    ada.get("/auth/me").await.expect_status(401);
}

#[tokio::test]
async fn p12_a_rotation_whose_answer_was_lost_is_answered_again() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.clock.advance(mins(2));
    let lost = token(&present(&app, &ada.refresh_token(), Some(KEY)).await);
    let app = app.restart(|_| {}).await;
    app.clock.advance(days(2));
    assert_eq!(token(&present(&app, &ada.refresh_token(), Some(KEY)).await.expect_status(200)), lost);
}

#[tokio::test]
async fn p14_the_roles_in_the_token_are_those_of_the_rotating_step() {
    let app = Setup::default().sessions(|inner| Arc::new(Promoting(inner))).start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.clock.advance(mins(2));
    let answer = ada.refresh().await.expect_status(200).json();
    assert_eq!(answer["user"]["roles"], json!(["editor"]));
    assert_eq!(claims(&ada.access_token())["roles"], json!(["editor"]));
}

#[tokio::test]
async fn p15_a_refresh_widens_nothing_and_proves_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let kept = |claims: &Value| {
        ["sub", "account_id", "session_id", "amr", "auth_time", "roles", "iss", "aud"].map(|name| claims[name].clone())
    };
    let before = claims(&ada.access_token());
    for _ in 0..5 {
        app.clock.advance(days(1));
        ada.refresh().await.expect_status(200);
        let after = claims(&ada.access_token());
        assert_eq!(kept(&after), kept(&before));
        assert_ne!((&after["jti"], &after["iat"]), (&before["jti"], &before["iat"]));
    }
    ada.get("/auth/account/export").await.expect_problem(403, "reauthentication_required");
}

#[tokio::test]
async fn p17_acting_on_one_session_changes_no_other() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let other = app.log_in(EMAIL, None, "body").await;
    let shown = async || {
        let devices = other.get("/auth/sessions").await.expect_status(200).json();
        let devices = devices["sessions"].as_array().unwrap().clone();
        devices.into_iter().find(|device| device["current"] == true).unwrap()
    };
    let before = shown().await;
    let first = ada.refresh_token();
    for _ in 0..2 {
        app.clock.advance(mins(2));
        ada.refresh().await.expect_status(200);
    }
    app.refresh(first).await.expect_problem(401, "refresh_token_reused");
    let third = app.log_in(EMAIL, None, "body").await;
    third.post("/auth/logout").await.expect_status(204);
    assert_eq!(shown().await, before);
    let answer = other.refresh().await.expect_status(200);
    assert_eq!(generation(&answer), 2);
}

#[tokio::test]
async fn p18_the_same_token_has_the_same_outcome_by_cookie_header_and_body() {
    let mut outcomes: Vec<Vec<(u16, Value, Value)>> = Vec::new();
    for source in ["cookie", "header", "body"] {
        let app = TestApp::start().await;
        let ada = app.sign_up_in("body", EMAIL).await;
        let tag = ada.tag();
        let mut seen = Vec::new();
        let mut show = async |token: &str| {
            let browser = app.browser();
            let call = browser.post("/auth/refresh");
            let call = match source {
                "cookie" => call.cookies(format!("__Host-gw_rt_{tag}={token}")),
                "header" => call.bearer(token),
                _ => call.json(json!({"refresh_token": token})),
            };
            let answer = call.await;
            let json = answer.json();
            seen.push((answer.status.as_u16(), json["code"].clone(), json["session"]["generation"].clone()));
            json["refresh_token"].as_str().map(str::to_owned)
        };
        let first = ada.refresh_token();
        show(&first).await;
        app.clock.advance(mins(2));
        let second = show(&first).await.unwrap();
        show(&first).await;
        show("gwr_garbage").await;
        show(&second).await;
        app.clock.advance(mins(2));
        show(&second).await;
        show(&first).await;
        show(&second).await;
        outcomes.push(seen);
    }
    assert_eq!(outcomes[0].iter().map(|one| one.0).collect::<Vec<_>>(), [200, 200, 200, 401, 200, 200, 401, 401]);
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[0], outcomes[2]);
}

#[tokio::test]
async fn p19_a_clock_that_steps_back_makes_nothing_young_or_alive_again() {
    let app = TestApp::start().await;
    let (_, tokens) = rotated(&app, 2).await;
    let now = app.gate.now();
    app.clock.set(now.minus(mins(9)));
    let third = token(&present(&app, &tokens[2], None).await.expect_status(200));
    // Back to before everything: what is two behind was spent, whatever the clock says.
    app.clock.set(now.minus(days(1)));
    present(&app, &third, None).await.expect_status(200);
    present(&app, &tokens[0], None).await.expect_problem(401, "refresh_token_reused");
    present(&app, &third, None).await.expect_problem(401, "refresh_token_invalid");
}

#[tokio::test]
async fn p20_a_thief_with_the_pending_key_cannot_postpone_the_rotation_for_ever() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let copied = ada.refresh_token();
    app.clock.advance(mins(2));
    ada.refresh().header("idempotency-key", KEY).await.expect_status(200);
    let mut generation = 2;
    for minute in 0.. {
        assert!(minute < 30, "the rotation is not postponed for ever");
        app.clock.advance(secs(50));
        present(&app, &copied, Some(KEY)).await.expect_status(200);
        app.clock.advance(secs(50));
        let answer = ada.refresh().await.expect_status(200).json();
        generation = answer["session"]["generation"].as_u64().unwrap();
        if generation == 3 {
            break;
        }
    }
    assert_eq!(generation, 3);
    present(&app, &copied, Some(KEY)).await.expect_problem(401, "refresh_token_reused");
}

/// Sessions whose user becomes an editor exactly between the reading and the rotation.
struct Promoting(Arc<dyn Sessions>);

#[async_trait]
impl Sessions for Promoting {
    async fn open(&self, opening: Opening, entry: Entry) -> Result<Opened, StoreError> {
        self.0.open(opening, entry).await
    }

    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError> {
        self.0.standing(id).await
    }

    async fn rotate(&self, step: Rotation) -> Result<Applied, StoreError> {
        let mut applied = self.0.rotate(step).await?;
        if let Applied::Done(standing) = &mut applied {
            standing.user.roles = Roles::new(vec!["editor".parse().unwrap()]);
        }
        Ok(applied)
    }

    async fn redeliver(&self, step: Redelivery) -> Result<Applied, StoreError> {
        self.0.redeliver(step).await
    }

    async fn roll_forward(&self, step: RollForward, entry: Entry) -> Result<Applied, StoreError> {
        self.0.roll_forward(step, entry).await
    }

    async fn end(&self, end: End, entry: Entry) -> Result<bool, StoreError> {
        self.0.end(end, entry).await
    }

    async fn end_all(&self, end: EndAll, entry: Entry) -> Result<bool, StoreError> {
        self.0.end_all(end, entry).await
    }

    async fn of_user(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.0.of_user(user, now).await
    }

    async fn of_account(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.0.of_account(account, now).await
    }

    async fn knows_source(&self, account: AccountId, ip: IpAddr) -> Result<bool, StoreError> {
        self.0.knows_source(account, ip).await
    }

    async fn knows_device(&self, account: AccountId, device: &Device) -> Result<bool, StoreError> {
        self.0.knows_device(account, device).await
    }
}
