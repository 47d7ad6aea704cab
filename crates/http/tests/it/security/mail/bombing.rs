//! How many mails somebody gets because others ask for them, and what cannot be smuggled into one.

use gatewright::core::model::{LimitRule, LimitRules, Limits};
use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, Setup, mins, secs},
};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{ask, change_mail, sign_up_body, signs_up, strict},
};

/// Where anybody can have a mail sent to.
const ASKING: [&str; 3] = ["/auth/password/forgot", "/auth/magic-link", "/auth/email/resend"];

fn source(at: usize) -> String {
    format!("198.{}.{}.{}", 51 + at / 62_500, at / 250 % 250, at % 250)
}

/// docs/attacks.md#burying-somebody-in-mail
#[tokio::test]
async fn em9_a_thousand_requests_within_an_hour_are_at_most_five_mails() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    app.letters().await;
    let kinds = async || app.letters().await.into_iter().map(|mail| mail.kind).collect::<Vec<_>>();
    let mut mails = Vec::new();
    for at in 0..1000 {
        let body = json!({"email": EMAIL});
        let answer = app.browser().post(ASKING[at % 3]).from(&source(at)).json(body).await.expect_status(202);
        assert!(answer.body.is_empty());
        if at % 10 == 9 {
            mails.extend(kinds().await);
            app.clock.advance(secs(35));
        }
    }
    mails.extend(kinds().await);
    assert!((4..=5).contains(&mails.len()), "{mails:?}");
}

/// docs/attacks.md#burying-somebody-in-mail
#[tokio::test]
async fn em9_in_no_hour_an_address_gets_more_than_five_and_in_no_minute_two_of_a_kind() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    app.letters().await;
    let start = app.gate.now();
    let mut arrived: Vec<(u64, &str)> = Vec::new();
    for at in 0..4 * 120 {
        app.clock.advance(secs(30));
        ask(&app.browser(), ASKING[at % 3], EMAIL).await;
        let now = app.gate.now().since(start).as_secs();
        arrived.extend(app.letters().await.iter().map(|mail| (now, mail.kind)));
    }
    assert!(arrived.len() >= 8, "they come all the same: {arrived:?}");
    for (from, kind) in &arrived {
        let hour = arrived.iter().filter(|(at, _)| (*from..from + 3600).contains(at)).count();
        assert!(hour <= 5, "{hour} in the hour from {from}: {arrived:?}");
        let minute = arrived.iter().filter(|(at, other)| (*from..from + 60).contains(at) && other == kind).count();
        assert_eq!(minute, 1, "{arrived:?}");
    }
}

/// docs/attacks.md#burying-somebody-in-mail
#[tokio::test]
async fn em9_one_source_has_so_many_mails_sent_and_no_more_and_the_next_is_not_concerned() {
    let app = TestApp::start().await;
    for user in 0..40 {
        signs_up(&app.browser(), &format!("user{user}@example.test")).await.expect_status(201);
    }
    app.letters().await;
    for user in 0..40 {
        let body = json!({"email": format!("user{user}@example.test")});
        app.browser().post("/auth/password/forgot").json(body).await.expect_status(202);
    }
    assert_eq!(app.letters().await.len(), 30);
    let body = json!({"email": "user39@example.test"});
    app.browser().post("/auth/password/forgot").from("198.51.100.1").json(body).await.expect_status(202);
    assert_eq!(app.letters().await.len(), 1);
}

/// docs/attacks.md#burying-somebody-in-mail
#[tokio::test]
async fn em9_all_sources_together_have_a_budget() {
    let rules = LimitRules { mail_global: LimitRule::Rate { burst: 10, interval: secs(60) }, ..LimitRules::DEFAULT };
    let app = Setup::default().policy(|policy| policy.limits = Limits::On(rules)).start().await;
    for user in 0..20 {
        signs_up(&app.browser(), &format!("user{user}@example.test")).await.expect_status(201);
    }
    app.letters().await;
    for user in 0..20 {
        let body = json!({"email": format!("user{user}@example.test")});
        let answer = app.browser().post("/auth/magic-link").from(&source(user)).json(body).await;
        answer.expect_status(202);
    }
    assert_eq!(app.letters().await.len(), 10);
    app.clock.advance(mins(1));
    ask(&app.browser(), "/auth/magic-link", "user19@example.test").await;
    assert_eq!(app.letters().await.len(), 1);
}

/// docs/attacks.md#burying-somebody-in-mail
#[tokio::test]
async fn em9_signing_up_with_somebodys_address_again_and_again_is_no_way_around() {
    let app = strict().await;
    for taken in [false, true] {
        if taken {
            app.clock.advance(mins(24 * 60));
            let ada = app.browser();
            signs_up(&ada, EMAIL).await.expect_status(202);
            let token = app.letter("sign_up", EMAIL).await.token();
            ada.post("/auth/email/verify").json(json!({"token": token})).await.expect_status(200);
            app.clock.advance(mins(24 * 60));
        }
        let mut mails = 0;
        for at in 0..100 {
            let call = app.browser();
            let call = call.post("/auth/signup").from(&source(at)).json(sign_up_body(EMAIL, PASSWORD));
            call.await.expect_status(202);
            mails += app.letters().await.len();
            app.clock.advance(secs(35));
        }
        assert!((1..=5).contains(&mails), "taken: {taken}, {mails}");
    }
}

/// docs/attacks.md#burying-somebody-in-mail
#[tokio::test]
async fn em9_who_signs_up_with_somebodys_address_and_gives_it_up_again_is_no_way_around() {
    let app = TestApp::start().await;
    let mut mails = 0;
    for at in 0..20 {
        let eve = app.browser();
        let sign_up = eve.post("/auth/signup").from(&source(at)).json(sign_up_body(EMAIL, PASSWORD));
        sign_up.await.expect_status(201);
        eve.delete("/auth/account").await.expect_status(204);
        app.clock.advance(secs(60));
        mails += app.letters().await.len();
    }
    assert!(mails <= 5, "{mails}");
}

/// docs/attacks.md#burying-somebody-in-mail
#[tokio::test]
async fn em9_notices_of_an_account_that_somebody_else_made_do_not_bury_its_address() {
    let app = TestApp::start().await;
    let eve = app.browser();
    signs_up(&eve, EMAIL).await.expect_status(201);
    let mut mails = app.letters().await.len();
    let mut password = PASSWORD.to_owned();
    for at in 0..40 {
        let login = json!({"login": EMAIL, "password": password, "transport": "body"});
        let call = eve.post("/auth/login").from(&source(at)).header("user-agent", format!("device/{at}"));
        call.json(login).await.expect_status(200);
        let new = format!("the fine sentence of round {at}");
        let change = json!({"current_password": password, "new_password": new});
        eve.put("/auth/password").json(change).await.expect_status(204);
        password = new;
        mails += app.letters().await.len();
        app.clock.advance(secs(60));
    }
    assert!(mails <= 5, "{mails} mails within forty minutes to somebody who never asked for one");
}

/// docs/attacks.md#burying-somebody-in-mail
#[tokio::test]
async fn em9_an_unproved_address_gets_five_mails_an_hour_for_whatever_reason() {
    let app = TestApp::start().await;
    let eve = app.browser();
    signs_up(&eve, EMAIL).await.expect_status(201);
    let mut mails = app.letters().await.len();
    for at in 0..59 {
        let login = json!({"login": EMAIL, "password": PASSWORD, "transport": "body"});
        let call = eve.post("/auth/login").from(&source(at)).header("user-agent", format!("device/{at}"));
        call.json(login).await.expect_status(200);
        for path in ["/auth/password/forgot", "/auth/email/resend", "/auth/magic-link"] {
            ask(&app.browser(), path, EMAIL).await;
        }
        mails += app.letters().await.len();
        app.clock.advance(secs(60));
    }
    assert!((2..=5).contains(&mails), "{mails}");
}

/// docs/attacks.md#burying-somebody-in-mail
#[tokio::test]
async fn em9_owners_have_no_more_mails_sent_to_an_address_than_everybody_else() {
    let app = TestApp::start().await;
    let mut mails = 0;
    for at in 0..12 {
        let eve = app.browser();
        let sign_up = sign_up_body(&format!("eve{at}@example.test"), PASSWORD);
        eve.post("/auth/signup").json(sign_up).await.expect_status(201);
        eve.put("/auth/email").json(json!({"email": EMAIL})).await.expect_status(202);
        eve.post("/auth/invitations").json(json!({"email": EMAIL})).await.expect_status(202);
        app.clock.advance(secs(120));
        mails += app.letters().await.into_iter().filter(|mail| mail.to == EMAIL).count();
    }
    assert!((1..=5).contains(&mails), "{mails}");
}

/// docs/attacks.md#forged-lines
#[tokio::test]
async fn em10_an_address_or_a_name_with_a_line_break_in_it_reaches_no_mail() {
    let app = TestApp::start().await;
    let ada = app.browser();
    signs_up(&ada, EMAIL).await.expect_status(201);
    app.letters().await;
    let bad = [
        "a@b.example\r\nBcc: eve@evil.test",
        "a@b.example\nBcc: eve@evil.test",
        "a@b.example\r",
        "a@b.example\0",
        "a\0@b.example",
        "a@b.example>\r\nRCPT TO:<eve@evil.test",
        "a@b.example, eve@evil.test",
        "\"a\r\nb\"@b.example",
        "a@b.example\u{85}Bcc: eve@evil.test",
    ];
    for bad in bad {
        for path in ["/auth/password/forgot", "/auth/magic-link", "/auth/email/resend", "/auth/invitations"] {
            let refused = ada.post(path).json(json!({"email": bad})).await.expect_problem(422, "validation_failed");
            assert_eq!(refused.json()["field"], "email", "{path} {bad:?}");
        }
        let refused = ada.put("/auth/email").json(json!({"email": bad})).await;
        assert_eq!(refused.expect_problem(422, "validation_failed").json()["field"], "email");
        for path in ["/auth/email/verify", "/auth/email/confirm", "/auth/email/undo", "/auth/magic-link/redeem"] {
            let body = json!({"email": bad, "code": "12345678"});
            let refused = ada.post(path).json(body).await.expect_problem(422, "validation_failed");
            assert_eq!(refused.json()["field"], "email", "{path} {bad:?}");
        }
    }
    for bad in ["Ada\r\nBcc: eve@evil.test", "Ada\nSubject: hi", "Ada\0"] {
        let body = json!({"profile": {"display_name": bad}});
        let refused = ada.patch("/auth/me").json(body).await.expect_problem(422, "validation_failed");
        assert_eq!(refused.json()["field"], "profile.display_name");
    }
    assert!(app.letters().await.is_empty());
    // What is allowed to stand in a name stays in its line, and there is one reader.
    let name = "Ada <eve@evil.test>, \"Bcc: eve@evil.test\"";
    ada.patch("/auth/me").json(json!({"profile": {"display_name": name}})).await.expect_status(200);
    let mail = change_mail(&app, &ada, "countess@example.test").await;
    assert_eq!(mail.to, "countess@example.test");
    assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
}
