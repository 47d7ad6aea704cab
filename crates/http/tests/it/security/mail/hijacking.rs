//! What an address is good for that somebody else owns: for nothing.

use gatewright_testkit::{
    TestApp,
    app::{Browser, Mail, PASSWORD, days, mins, secs},
};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{
        By, ELSEWHERE, NEW_PASSWORD, is_signed_in, log_in, magic_mail, open_house, opens, reset_mail, shown,
        sign_up_body, signs_up, strict, with,
    },
};

const ATTACKERS: &str = "chosen by the attacker";

/// Somebody signs up with Ada's address from elsewhere.
async fn attacks(app: &TestApp, eve: &Browser) {
    let call = eve.post("/auth/signup").from(ELSEWHERE).json(sign_up_body(EMAIL, ATTACKERS));
    let answer = call.await.expect_status(202);
    assert!(!answer.text().contains("token"));
    assert!(!opens(app, EMAIL, ATTACKERS).await && !is_signed_in(eve).await);
}

/// Ada signs up, as if nobody had before her.
async fn signs_up_herself(ada: &Browser) {
    let answer = signs_up(ada, EMAIL).await.expect_status(202);
    assert_eq!(answer.json(), json!({"status": "verification_required", "expires_in": 86_400}));
}

async fn only_ada_is_in(app: &TestApp, eve: &Browser, what: &str) {
    app.clock.advance(mins(1));
    assert!(opens(app, EMAIL, PASSWORD).await, "{what}: her password is good");
    assert!(!opens(app, EMAIL, ATTACKERS).await, "{what}: the attacker's is not");
    assert!(!is_signed_in(eve).await, "{what}");
    app.clock.advance(days(2));
    assert!(!opens(app, EMAIL, ATTACKERS).await, "{what}: and never will be");
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn whichever_of_two_mails_the_victim_uses_the_account_is_hers_alone() {
    for attacker_first in [true, false] {
        for used in [0, 1] {
            for by in By::BOTH {
                let app = strict().await;
                let (ada, eve) = (app.browser(), app.browser());
                if attacker_first {
                    attacks(&app, &eve).await;
                    app.clock.advance(mins(2));
                    signs_up_herself(&ada).await;
                } else {
                    signs_up_herself(&ada).await;
                    app.clock.advance(mins(2));
                    attacks(&app, &eve).await;
                }
                let mails: Vec<Mail> = app.letters().await;
                assert_eq!(mails.iter().map(|mail| mail.kind).collect::<Vec<_>>(), ["sign_up", "sign_up"]);
                let what = format!("attacker first: {attacker_first}, mail {used}, by {by:?}");
                let answer = ada.post("/auth/email/verify").json(shown(&mails[used], by)).await.expect_status(200);
                assert_eq!(answer.json()["status"], "signed_in", "{what}");
                assert!(is_signed_in(&ada).await, "{what}");
                // The other one makes nothing any more, whoever has it.
                for mail in &mails {
                    for by in By::BOTH {
                        let answer = eve.post("/auth/email/verify").json(shown(mail, by)).await;
                        answer.expect_problem(400, "mail_token_invalid");
                    }
                }
                only_ada_is_in(&app, &eve, &what).await;
            }
        }
    }
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn a_victim_whose_own_mail_was_held_back_uses_the_attackers_and_the_account_is_hers() {
    for elsewhere in [true, false] {
        let app = strict().await;
        let (ada, eve) = (app.browser(), app.browser());
        attacks(&app, &eve).await;
        // Within the same minute: the limit on mails lets no second one out.
        signs_up_herself(&ada).await;
        let mail = app.letter("sign_up", EMAIL).await;
        // On her phone, say, where she is asked for the password.
        let phone = app.browser();
        let (browser, body) = match elsewhere {
            true => (&phone, with(shown(&mail, By::Link), "password", PASSWORD)),
            false => (&ada, shown(&mail, By::Link)),
        };
        let answer = browser.post("/auth/email/verify").json(body).await.expect_status(200);
        assert_eq!(answer.json()["status"], "signed_in");
        only_ada_is_in(&app, &eve, "one mail for both").await;
    }
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn an_attacker_who_signs_up_again_and_again_pushes_the_victims_sign_up_out_of_nothing() {
    for by in By::BOTH {
        let app = strict().await;
        let (ada, eve) = (app.browser(), app.browser());
        signs_up_herself(&ada).await;
        let mail = app.letter("sign_up", EMAIL).await;
        for at in 0..60 {
            let body = sign_up_body(EMAIL, ATTACKERS);
            let from = format!("198.51.100.{at}");
            app.browser().post("/auth/signup").from(&from).json(body).await.expect_status(202);
            app.clock.advance(secs(61));
        }
        let answer = ada.post("/auth/email/verify").json(shown(&mail, by)).await.expect_status(200);
        assert_eq!(answer.json()["status"], "signed_in");
        only_ada_is_in(&app, &eve, "after sixty sign-ups").await;
    }
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn a_victim_finds_her_own_sign_up_among_many_with_any_mail_that_came() {
    let app = strict().await;
    let (ada, eve) = (app.browser(), app.browser());
    attacks(&app, &eve).await;
    signs_up_herself(&ada).await;
    let mail = app.letter("sign_up", EMAIL).await;
    for at in 0..20 {
        let from = format!("198.51.100.{at}");
        app.browser().post("/auth/signup").from(&from).json(sign_up_body(EMAIL, ATTACKERS)).await.expect_status(202);
    }
    let answer = ada.post("/auth/email/verify").json(shown(&mail, By::Link)).await.expect_status(200);
    assert_eq!(answer.json()["status"], "signed_in");
    only_ada_is_in(&app, &eve, "by her browser").await;
}

#[tokio::test]
async fn who_signs_up_twice_in_one_browser_means_the_second() {
    let app = strict().await;
    let ada = app.browser();
    ada.post("/auth/signup").json(sign_up_body(EMAIL, "mistyped at first")).await.expect_status(202);
    signs_up_herself(&ada).await;
    let mail = app.letter("sign_up", EMAIL).await;
    ada.post("/auth/email/verify").json(shown(&mail, By::Link)).await.expect_status(200);
    assert!(opens(&app, EMAIL, PASSWORD).await && !opens(&app, EMAIL, "mistyped at first").await);
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn in_another_browser_the_password_tells_however_many_have_signed_up_since() {
    let app = strict().await;
    let (ada, eve) = (app.browser(), app.browser());
    signs_up_herself(&ada).await;
    let mail = app.letter("sign_up", EMAIL).await;
    for _ in 0..6 {
        app.clock.advance(secs(61));
        attacks(&app, &eve).await;
    }
    let mut body = shown(&mail, By::Link);
    body["password"] = json!("not what she chose");
    app.browser().post("/auth/email/verify").json(body.clone()).await.expect_problem(403, "other_browser");
    body["password"] = json!(PASSWORD);
    let answer = app.browser().post("/auth/email/verify").json(body).await.expect_status(200);
    assert_eq!(answer.json()["status"], "signed_in");
    only_ada_is_in(&app, &eve, "by her password").await;
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn what_the_attacker_has_of_a_sign_up_finishes_nothing_for_him() {
    let app = strict().await;
    let (ada, eve) = (app.browser(), app.browser());
    attacks(&app, &eve).await;
    app.clock.advance(mins(2));
    signs_up_herself(&ada).await;
    let mails = app.letters().await;
    // She is asked for a proof that it is hers; what does not fit spends nothing.
    let phone = app.browser();
    for mail in &mails {
        let wrong = with(shown(mail, By::Link), "password", "not the password");
        phone.post("/auth/email/verify").json(wrong).await.expect_problem(403, "other_browser");
        let marked = app.browser();
        marked.post("/auth/magic-link").json(json!({"email": "else@example.test"})).await.expect_status(202);
        let foreign = marked.post("/auth/email/verify").json(shown(mail, By::Link)).await;
        foreign.expect_problem(403, "other_browser");
    }
    assert!(!opens(&app, EMAIL, PASSWORD).await && !opens(&app, EMAIL, ATTACKERS).await);
    let right = with(shown(&mails[0], By::Code), "password", PASSWORD);
    let answer = phone.post("/auth/email/verify").json(right).await.expect_status(200);
    assert_eq!(answer.json()["account"]["email_verified"], true);
    only_ada_is_in(&app, &eve, "by password").await;
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn an_unproved_sign_up_is_in_nobodys_way_and_ends() {
    let app = strict().await;
    let eve = app.browser();
    attacks(&app, &eve).await;
    let mail = app.letter("sign_up", EMAIL).await;
    // There is no account: nothing to log in to, to reset or to sign in to by mail.
    log_in(&app, EMAIL, ATTACKERS).await.expect_problem(401, "invalid_credentials");
    for path in ["/auth/password/forgot", "/auth/magic-link"] {
        eve.post(path).json(json!({"email": EMAIL})).await.expect_status(202);
    }
    assert!(app.letters().await.is_empty());
    // A name that was wished for is nobody's yet, either.
    let body = json!({"email": "bob@example.test", "password": ATTACKERS, "username": "ada"});
    eve.post("/auth/signup").json(body).await.expect_status(202);
    app.letters().await;
    app.clock.advance(days(1));
    eve.post("/auth/email/verify").json(shown(&mail, By::Link)).await.expect_problem(400, "mail_token_invalid");
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "username": "ada", "transport": "body"});
    ada.post("/auth/signup").json(body).await.expect_status(202);
    let mail = app.letter("sign_up", EMAIL).await;
    let answer = ada.post("/auth/email/verify").json(shown(&mail, By::Link)).await.expect_status(200);
    assert_eq!(answer.json()["user"]["username"], "ada");
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn the_owner_of_a_taken_address_is_told_and_nothing_else_happens() {
    let app = strict().await;
    let ada = app.browser();
    signs_up_herself(&ada).await;
    let mail = app.letter("sign_up", EMAIL).await;
    ada.post("/auth/email/verify").json(shown(&mail, By::Link)).await.expect_status(200);
    app.clock.advance(mins(2));
    let eve = app.browser();
    attacks(&app, &eve).await;
    let told = app.letters().await;
    assert_eq!(
        told.iter().map(|mail| (mail.kind, mail.to.as_str())).collect::<Vec<_>>(),
        [("already_signed_up", EMAIL)]
    );
    assert!(!told[0].text.contains("token="));
    assert!(is_signed_in(&ada).await && opens(&app, EMAIL, PASSWORD).await && !opens(&app, EMAIL, ATTACKERS).await);
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn where_proving_is_optional_the_first_proof_by_mail_throws_out_whoever_was_there_before() {
    for by in By::BOTH {
        let app = TestApp::start().await;
        let eve = app.browser();
        let body = sign_up_body(EMAIL, ATTACKERS);
        eve.post("/auth/signup").from(ELSEWHERE).json(body).await.expect_status(201);
        let (ada, mail) = magic_mail(&app).await;
        let answer = ada.post("/auth/magic-link/redeem").json(shown(&mail, by)).await.expect_status(200);
        assert_eq!(answer.json()["account"]["email_verified"], true);
        assert!(is_signed_in(&ada).await && !is_signed_in(&eve).await);
        eve.refresh().await.expect_problem(401, "refresh_token_invalid");
        assert!(!opens(&app, EMAIL, ATTACKERS).await);
        // She chooses a password of her own, by mail.
        let mail = reset_mail(&app).await;
        let reset = with(shown(&mail, by), "new_password", NEW_PASSWORD);
        ada.post("/auth/password/reset").json(reset).await.expect_status(204);
        assert!(opens(&app, EMAIL, NEW_PASSWORD).await && !opens(&app, EMAIL, ATTACKERS).await);
    }
}

/// The second time she signs in by mail nothing of hers is lost.
#[tokio::test]
async fn signing_in_by_mail_to_an_address_that_is_proved_throws_nobody_out() {
    let app = TestApp::start().await;
    let ada = app.browser();
    signs_up(&ada, EMAIL).await.expect_status(201);
    let mail = app.letter("verify_email", EMAIL).await;
    let answer = ada.post("/auth/email/verify").json(shown(&mail, By::Link)).await.expect_status(200);
    assert_eq!(answer.json(), json!({"status": "email_verified"}));
    let (other, mail) = magic_mail(&app).await;
    other.post("/auth/magic-link/redeem").json(shown(&mail, By::Link)).await.expect_status(200);
    assert!(is_signed_in(&ada).await && is_signed_in(&other).await);
    assert!(opens(&app, EMAIL, PASSWORD).await);
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn who_signs_up_by_mail_has_no_password_until_one_is_set_by_mail() {
    let app = open_house().await;
    let (ada, mail) = magic_mail(&app).await;
    log_in(&app, EMAIL, PASSWORD).await.expect_status(401);
    let body = with(shown(&mail, By::Link), "user", "ada");
    let answer = ada.post("/auth/magic-link/redeem").json(body).await.expect_status(200).json();
    assert_eq!((&answer["status"], &answer["user"]["username"]), (&json!("signed_in"), &json!("ada")));
    assert_eq!((&answer["account"]["email_verified"], &answer["user"]["owner"]), (&json!(true), &json!(true)));
    for guess in ["", " ", PASSWORD, "null"] {
        let body = json!({"login": EMAIL, "password": guess});
        let answer = app.browser().post("/auth/login").json(body).await;
        assert!([401, 422].contains(&answer.status.as_u16()), "{}", answer.text());
    }
    ada.post("/auth/reauthenticate")
        .json(json!({"password": PASSWORD}))
        .await
        .expect_problem(401, "invalid_credentials");
    let mail = reset_mail(&app).await;
    let reset = with(shown(&mail, By::Link), "new_password", NEW_PASSWORD);
    ada.post("/auth/password/reset").json(reset).await.expect_status(204);
    log_in(&app, EMAIL, NEW_PASSWORD).await.expect_status(200);
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn a_mail_that_would_have_made_an_account_does_not_open_one_that_was_made_meanwhile() {
    let app = open_house().await;
    let (early, mail) = magic_mail(&app).await;
    let ada = app.browser();
    signs_up(&ada, EMAIL).await.expect_status(201);
    let answer = early.post("/auth/magic-link/redeem").json(shown(&mail, By::Link)).await;
    answer.expect_problem(400, "mail_token_invalid");
    assert!(!is_signed_in(&early).await && is_signed_in(&ada).await);
}
