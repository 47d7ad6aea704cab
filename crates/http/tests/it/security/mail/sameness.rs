//! Nobody learns from an answer, or from what it cost, who has an account (SECURITY AU4, PW16).

use gatewright::core::model::{EmailVerification, MagicLinks, MailPolicy};
use gatewright_testkit::{
    TestApp,
    app::{Answer, PASSWORD, Setup, mins},
};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{By, log_in, shown, sign_up_body, signs_up},
    security::{account_of, hashes},
};

const PROVED: &str = "proved@example.test";
const OFF: &str = "off@example.test";
const WAITING: &str = "waiting@example.test";
const NOBODY: &str = "nobody@example.test";

/// Everybody there can be behind an address, and an operator who tells addresses apart.
async fn town(change: impl FnOnce(&mut MailPolicy)) -> TestApp {
    let app = Setup::default().policy(|policy| change(&mut policy.mail)).start().await;
    for email in [EMAIL, PROVED, OFF] {
        let browser = app.browser();
        let answer = signs_up(&browser, email).await;
        if answer.status == 202 {
            let token = app.letter("sign_up", email).await.token();
            browser.post("/auth/email/verify").json(json!({"token": token})).await.expect_status(200);
        } else if email == PROVED {
            let mail = app.letters().await.into_iter().rfind(|mail| mail.to == PROVED).unwrap();
            browser.post("/auth/email/verify").json(shown(&mail, By::Link)).await.expect_status(200);
        }
    }
    if app.gate.policy().mail.verification == EmailVerification::Required {
        signs_up(&app.browser(), WAITING).await.expect_status(202);
    }
    let off = account_of(&app, OFF).await;
    assert!(app.gate.operator().disable_account(off).await.unwrap());
    app.letters().await;
    app.clock.advance(mins(120));
    app
}

/// All that somebody sees: status, headers, body; the ids and secrets that differ each time are masked.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().map(|(name, value)| {
        let value = value.to_str().unwrap();
        let value = match (name.as_str(), value.split_once("; ")) {
            ("x-request-id", _) => "[id]".to_owned(),
            ("set-cookie", Some((pair, attributes))) => {
                let (name, mark) = pair.split_once('=').unwrap();
                format!("{name}=[{} characters]; {attributes}", mark.len())
            }
            _ => value.to_owned(),
        };
        (name.to_string(), value)
    });
    (answer.status.as_u16(), headers.collect(), answer.masked())
}

/// Asks once for each address, and again, and sees every time the same, at the same cost.
async fn all_alike(app: &TestApp, path: &str, people: &[&str], hashes_each: u64) {
    for with_mark in [false, true] {
        let mut all = Vec::new();
        for email in people {
            let browser = app.browser();
            if with_mark {
                browser.post("/auth/magic-link").json(json!({"email": "mark@example.test"})).await;
            }
            for _ in 0..2 {
                app.fuse.mend();
                let before = hashes(app).await;
                let body = match path {
                    "/auth/signup" => sign_up_body(email, PASSWORD),
                    _ => json!({"email": email}),
                };
                let answer = browser.post(path).json(body).await;
                let (mut steps, hashed) = (app.fuse.steps(), hashes(app).await - before);
                // Whoever asks first within a second has the rules read, for everybody.
                steps.retain(|step| *step != "rules");
                assert_eq!((answer.status.as_u16(), hashed), (202, hashes_each), "{path} {email}: {}", answer.text());
                all.push((seen(&answer), steps));
            }
        }
        for pair in all.chunks(2) {
            assert_eq!(pair[0], all[0], "{path}, with a mark: {with_mark}");
            // What is over the limit costs less, and says the same.
            assert_eq!(pair[1], all[1], "{path}, with a mark: {with_mark}");
            assert_eq!(pair[0].0, pair[1].0, "{path}, with a mark: {with_mark}");
        }
        app.clock.advance(mins(120));
    }
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_pw16_asking_for_a_mail_says_and_costs_the_same_for_everybody() {
    for (verification, people) in [
        (EmailVerification::Optional, &[EMAIL, PROVED, OFF, NOBODY][..]),
        (EmailVerification::Required, &[EMAIL, OFF, WAITING, NOBODY][..]),
    ] {
        for magic_links in [MagicLinks::On, MagicLinks::WithSignUp] {
            let app = town(|mail| (mail.verification, mail.magic_links) = (verification, magic_links)).await;
            for path in ["/auth/password/forgot", "/auth/email/resend", "/auth/magic-link"] {
                all_alike(&app, path, people, 0).await;
            }
        }
    }
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_pw16_where_addresses_are_proved_a_sign_up_says_and_costs_the_same_for_everybody() {
    let app = town(|mail| mail.verification = EmailVerification::Required).await;
    all_alike(&app, "/auth/signup", &[EMAIL, OFF, WAITING, NOBODY], 1).await;
    // And who had an account has it still.
    log_in(&app, EMAIL, PASSWORD).await.expect_status(200);
    log_in(&app, NOBODY, PASSWORD).await.expect_status(401);
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_asking_for_an_address_that_somebody_has_is_like_asking_for_any() {
    let app = town(|_| {}).await;
    let mut all = Vec::new();
    for email in [PROVED, OFF, NOBODY, "somebody@example.test"] {
        let ada = app.log_in(EMAIL, None, "body").await;
        app.fuse.mend();
        let answer = ada.put("/auth/email").json(json!({"email": email})).await.expect_status(202);
        all.push((seen(&answer), app.fuse.steps()));
    }
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
    // Who has the address is told, and gets nothing that could be used for the change.
    let mails = app.letters().await;
    let to = |email: &str| mails.iter().filter(|mail| mail.to == email).map(|mail| mail.kind).collect::<Vec<_>>();
    assert_eq!((to(PROVED), to(NOBODY)), (vec!["already_signed_up"], vec!["confirm_email"]));
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_what_is_shown_wrongly_is_refused_alike_whoever_has_the_address() {
    let app = town(|_| {}).await;
    for path in ["/auth/password/reset", "/auth/email/verify", "/auth/magic-link/redeem", "/auth/email/confirm"] {
        let mut all = Vec::new();
        for email in [EMAIL, PROVED, OFF, NOBODY] {
            for asks in ["/auth/password/forgot", "/auth/email/resend", "/auth/magic-link"] {
                app.browser().post(asks).json(json!({"email": email})).await.expect_status(202);
            }
            let mut body = json!({"email": email, "code": "12345678"});
            if path == "/auth/password/reset" {
                body["new_password"] = PASSWORD.into();
            }
            app.fuse.mend();
            let before = hashes(&app).await;
            let answer = app.browser().post(path).json(body).await.expect_problem(400, "mail_token_invalid");
            let (status, headers, text) = seen(&answer);
            all.push((status, headers, text, app.fuse.steps(), hashes(&app).await - before));
        }
        assert!(all.iter().all(|one| *one == all[0]), "{path}: {all:?}");
        app.clock.advance(mins(120));
    }
}
