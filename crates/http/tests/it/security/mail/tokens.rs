//! What mails carry: for what it is good, how long, and how often.

use gatewright::core::model::{EmailVerification, Limits};
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, Call, Mail, PASSWORD, Setup, days, mins, secs},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    family::EMAIL,
    mail::{
        By, NEW_PASSWORD, ask, change_mail, invitation, is_signed_in, log_in, magic_mail, opens, reset_mail, shown,
        signs_up, strict, unlimited, with,
    },
};

const NEW_EMAIL: &str = "countess@example.test";
const GRACE: &str = "grace@example.test";

/// The calls that take what a mail carried, with the kind of mail that each takes.
const CALLS: [(&str, &[&str]); 6] = [
    ("/auth/email/verify", &["verify_email", "sign_up"]),
    ("/auth/password/reset", &["reset_password"]),
    ("/auth/magic-link/redeem", &["magic_link"]),
    ("/auth/email/confirm", &["confirm_email"]),
    ("/auth/email/undo", &["email_changed"]),
    ("/auth/invitations/accept", &["invitation"]),
];

/// A body that shows what a mail carried to this call.
fn body(path: &str, mail: &Mail, by: By) -> Value {
    let shown = shown(mail, by);
    match path {
        "/auth/password/reset" => with(shown, "new_password", NEW_PASSWORD),
        "/auth/invitations/accept" => with(shown, "username", "newcomer"),
        _ => shown,
    }
}

fn call_of(kind: &str) -> &'static str {
    CALLS.iter().find(|(_, kinds)| kinds.contains(&kind)).unwrap().0
}

/// A mail of this kind, and a browser in which its link works.
async fn mail_of(app: &TestApp, kind: &str) -> (Browser, Mail) {
    let ada = app.browser();
    match kind {
        "sign_up" => {
            signs_up(&ada, EMAIL).await.expect_status(202);
            let mail = app.letter(kind, EMAIL).await;
            return (ada, mail);
        }
        "verify_email" => {
            signs_up(&ada, EMAIL).await.expect_status(201);
            let mail = app.letter(kind, EMAIL).await;
            return (ada, mail);
        }
        _ => {}
    }
    signs_up(&ada, EMAIL).await.expect_status(201);
    match kind {
        "reset_password" => (ada, reset_mail(app).await),
        "magic_link" => magic_mail(app).await,
        "confirm_email" => {
            let mail = change_mail(app, &ada, NEW_EMAIL).await;
            (ada, mail)
        }
        "email_changed" => {
            let mail = change_mail(app, &ada, NEW_EMAIL).await;
            ada.post("/auth/email/confirm").json(shown(&mail, By::Link)).await.expect_status(204);
            (ada, app.letter(kind, EMAIL).await)
        }
        "invitation" => {
            let mail = invitation(app, &ada, GRACE).await;
            (app.browser(), mail)
        }
        other => panic!("no call asks for {other}"),
    }
}

/// A system in which this kind of mail is asked for.
async fn app_for(kind: &str) -> TestApp {
    match kind {
        "sign_up" => strict().await,
        _ => TestApp::start().await,
    }
}

fn kinds() -> impl Iterator<Item = &'static str> {
    CALLS.iter().flat_map(|(_, kinds)| kinds.iter().copied())
}

/// docs/attacks.md#a-mail-for-something-else
#[tokio::test]
async fn em1_what_a_mail_carries_is_good_for_its_own_purpose_only() {
    for kind in kinds() {
        let app = Setup::default()
            .policy(|policy| {
                policy.limits = Limits::Off;
                if kind == "sign_up" {
                    policy.mail.verification = EmailVerification::Required;
                }
            })
            .start()
            .await;
        let (browser, mail) = mail_of(&app, kind).await;
        for (path, _) in CALLS.iter().filter(|(_, kinds)| !kinds.contains(&kind)) {
            for by in By::BOTH {
                let answer = browser.post(path).json(body(path, &mail, by)).await;
                answer.expect_problem(400, "mail_token_invalid");
            }
        }
        let path = call_of(kind);
        let answer = browser.post(path).json(body(path, &mail, By::Link)).await;
        assert!(answer.status.is_success(), "{kind} is still good for its own: {}", answer.text());
    }
}

/// docs/attacks.md#a-mail-for-something-else
#[tokio::test]
async fn em1_a_code_is_good_at_the_address_that_it_was_sent_to_only() {
    let app = unlimited().await;
    app.sign_up("eve@example.test").await;
    app.sign_up(EMAIL).await;
    let mail = reset_mail(&app).await;
    for to in ["eve@example.test", "nobody@example.test"] {
        ask(&app.browser(), "/auth/password/forgot", to).await;
        let foreign = json!({"email": to, "code": mail.code(), "new_password": NEW_PASSWORD});
        let answer = app.browser().post("/auth/password/reset").json(foreign).await;
        answer.expect_problem(400, "mail_token_invalid");
    }
    assert!(opens(&app, "eve@example.test", PASSWORD).await && opens(&app, EMAIL, PASSWORD).await);
}

/// Sends the same request so often at once.
async fn race(browser: &Browser, path: &str, body: impl Fn(usize) -> Value, times: usize) -> Vec<Answer> {
    let mut racing = JoinSet::new();
    for at in 0..times {
        let (tab, path, body) = (browser.copy(), path.to_owned(), body(at));
        racing.spawn(async move { tab.post(&path).json(body).await });
    }
    racing.join_all().await
}

#[track_caller]
fn one_wins(answers: &[Answer], what: &str) {
    let won = answers.iter().filter(|answer| answer.status.is_success()).count();
    let seen: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(won, 1, "{what}: {seen:?}");
    for lost in answers.iter().filter(|answer| !answer.status.is_success()) {
        let code = lost.json()["code"].clone();
        assert!(code == "mail_token_invalid" || code == "rate_limited", "{what}: {}", lost.text());
    }
}

/// docs/attacks.md#racing-one-step
#[tokio::test]
async fn em1_az9_of_fifty_uses_of_one_mail_at_once_one_succeeds() {
    for kind in kinds() {
        for by in By::BOTH {
            let app = app_for(kind).await;
            let (browser, mail) = mail_of(&app, kind).await;
            let path = call_of(kind);
            let answers = race(&browser, path, |_| body(path, &mail, by), 50).await;
            one_wins(&answers, &format!("{kind} {by:?}"));
            let again = browser.post(path).json(body(path, &mail, By::Link)).await;
            again.expect_problem(400, "mail_token_invalid");
        }
    }
}

/// docs/attacks.md#racing-one-step
#[tokio::test]
async fn em1_az9_link_and_code_of_one_mail_and_two_mails_of_a_kind_are_used_once_together() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let first = reset_mail(&app).await;
    app.clock.advance(mins(1));
    let second = reset_mail(&app).await;
    let bodies = [shown(&first, By::Link), shown(&first, By::Code), shown(&second, By::Link), shown(&second, By::Code)];
    let new = |at: usize| format!("the sentence of attempt {at}");
    let body = |at: usize| with(bodies[at % 4].clone(), "new_password", new(at));
    let answers = race(&app.browser(), "/auth/password/reset", body, 50).await;
    one_wins(&answers, "four ways");
    let mut good = 0;
    for at in 0..50 {
        app.clock.advance(mins(16));
        good += usize::from(log_in(&app, EMAIL, &new(at)).await.status == 200);
    }
    assert_eq!(good, 1, "and the password is the one of who won");
}

#[tokio::test]
async fn em2_what_a_mail_carries_ends_to_the_second() {
    let lives = [
        ("verify_email", days(1)),
        ("sign_up", days(1)),
        ("reset_password", mins(30)),
        ("magic_link", mins(10)),
        ("confirm_email", days(1)),
        ("email_changed", days(3)),
        ("invitation", days(7)),
    ];
    assert!(kinds().all(|kind| lives.iter().any(|(known, _)| *known == kind)));
    for (kind, life) in lives {
        for (by, early, status) in [
            (By::Link, secs(1), None),
            (By::Code, secs(1), None),
            (By::Link, secs(0), Some(400)),
            (By::Code, secs(0), Some(400)),
        ] {
            let app = app_for(kind).await;
            let (browser, mail) = mail_of(&app, kind).await;
            app.clock.advance(life - early);
            let path = call_of(kind);
            // A mark lives for a day: what is older is shown by its code or in its place.
            let answer = browser.post(path).json(body(path, &mail, by)).await;
            match status {
                None => assert!(answer.status.is_success(), "{kind} {by:?}: {}", answer.text()),
                Some(status) => drop(answer.expect_problem(status, "mail_token_invalid")),
            }
        }
    }
}

/// docs/attacks.md#more-than-one-mail
#[tokio::test]
async fn em2_a_second_mail_leaves_the_first_good_until_one_is_used() {
    for kind in ["verify_email", "reset_password", "magic_link", "sign_up"] {
        for used in [0, 1] {
            for by in By::BOTH {
                let app = app_for(kind).await;
                let (browser, first) = mail_of(&app, kind).await;
                app.clock.advance(mins(1));
                let asks = match kind {
                    "reset_password" => "/auth/password/forgot",
                    "magic_link" => "/auth/magic-link",
                    _ => "/auth/email/resend",
                };
                ask(&browser, asks, EMAIL).await;
                let second = app.letter(kind, EMAIL).await;
                assert_ne!(first.token(), second.token());
                let both = [&first, &second];
                let path = call_of(kind);
                let answer = browser.post(path).json(body(path, both[used], by)).await;
                assert!(answer.status.is_success(), "{kind} {used} {by:?}: {}", answer.text());
                for mail in both {
                    for by in By::BOTH {
                        let answer = browser.post(path).json(body(path, mail, by)).await;
                        answer.expect_problem(400, "mail_token_invalid");
                    }
                }
            }
        }
    }
}

/// docs/attacks.md#more-than-one-mail
#[tokio::test]
async fn em2_another_password_or_address_has_everything_die_that_was_sent_before() {
    for change in ["password", "reset", "address"] {
        let app = TestApp::start().await;
        let ada = app.browser();
        signs_up(&ada, EMAIL).await.expect_status(201);
        let verify = app.letter("verify_email", EMAIL).await;
        let reset = reset_mail(&app).await;
        let (browser, magic) = magic_mail(&app).await;
        let confirm = change_mail(&app, &ada, NEW_EMAIL).await;
        match change {
            "password" => {
                let body = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
                ada.put("/auth/password").json(body).await.expect_status(204);
            }
            "reset" => {
                let body = body("/auth/password/reset", &reset, By::Code);
                ada.post("/auth/password/reset").json(body).await.expect_status(204);
            }
            _ => drop(ada.post("/auth/email/confirm").json(shown(&confirm, By::Link)).await.expect_status(204)),
        }
        for mail in [&verify, &reset, &magic, &confirm] {
            for by in By::BOTH {
                let path = call_of(mail.kind);
                let answer = browser.post(path).json(body(path, mail, by)).await;
                answer.expect_problem(400, "mail_token_invalid");
            }
        }
    }
}

/// docs/attacks.md#signed-in-by-a-link
#[tokio::test]
async fn em4_a_link_signs_no_other_browser_in_and_is_not_used_up_by_trying() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let (asked, mail) = magic_mail(&app).await;
    let other = app.browser();
    // With a mark of its own, too: it has asked for something else.
    let marked = app.browser();
    ask(&marked, "/auth/magic-link", "eve@example.test").await;
    for browser in [&other, &marked] {
        for _ in 0..8 {
            let answer = browser.post("/auth/magic-link/redeem").json(shown(&mail, By::Link)).await;
            let answer = answer.expect_problem(403, "other_browser");
            assert!(answer.set_cookies().is_empty());
        }
        assert!(!is_signed_in(browser).await);
    }
    let answer = asked.post("/auth/magic-link/redeem").json(shown(&mail, By::Link)).await;
    assert_eq!(answer.expect_status(200).json()["status"], "signed_in");
    assert!(is_signed_in(&asked).await);
}

/// docs/attacks.md#signed-in-by-a-link
#[tokio::test]
async fn em4_in_another_browser_the_code_signs_in() {
    for with_link in [true, false] {
        let app = TestApp::start().await;
        app.sign_up(EMAIL).await;
        let (asked, mail) = magic_mail(&app).await;
        let other = app.browser();
        let link = json!({"token": mail.token()});
        other.post("/auth/magic-link/redeem").json(link.clone()).await.expect_problem(403, "other_browser");
        let body = if with_link { with(link.clone(), "code", mail.code()) } else { shown(&mail, By::Code) };
        let answer = other.post("/auth/magic-link/redeem").json(body).await.expect_status(200);
        assert_eq!(answer.json()["status"], "signed_in");
        assert!(is_signed_in(&other).await);
        asked.post("/auth/magic-link/redeem").json(link).await.expect_problem(400, "mail_token_invalid");
    }
}

/// docs/attacks.md#signed-in-by-a-link
#[tokio::test]
async fn em4_the_code_of_another_mail_does_not_go_with_a_link() {
    let app = unlimited().await;
    app.sign_up(EMAIL).await;
    app.sign_up("eve@example.test").await;
    let (_, mail) = magic_mail(&app).await;
    let eve = app.browser();
    ask(&eve, "/auth/magic-link", "eve@example.test").await;
    let own = app.letter("magic_link", "eve@example.test").await;
    for (token, code) in [(mail.token(), own.code()), (own.token(), mail.code()), (mail.token(), "00000000".to_owned())]
    {
        let answer = eve.post("/auth/magic-link/redeem").json(json!({"token": token, "code": code})).await;
        answer.expect_problem(400, "mail_token_invalid");
    }
    assert!(!is_signed_in(&eve).await);
}

/// With everything in which some framework reads a host.
fn forged<'b>(call: Call<'b>, evil: &str) -> Call<'b> {
    call.header("host", evil)
        .header("x-forwarded-host", evil)
        .header("x-forwarded-proto", "http")
        .header("x-original-host", evil)
        .header("x-host", evil)
        .header("x-forwarded-server", evil)
        .header("forwarded", format!("host={evil};proto=http"))
        .header("referer", format!("https://{evil}/"))
}

/// docs/attacks.md#forged-links
#[tokio::test]
async fn em5_links_lead_to_the_configured_origin_whatever_the_request_says() {
    let app = TestApp::start().await;
    let ada = app.browser();
    let evil = "evil.test";
    let sign_up = json!({"email": EMAIL, "password": PASSWORD, "transport": "body"});
    let asked = json!({"email": EMAIL});
    let calls = [
        ada.post("/auth/signup").json(sign_up),
        ada.post("/auth/password/forgot").json(asked.clone()),
        ada.post("/auth/magic-link").json(asked.clone()),
    ];
    for call in calls {
        assert!(forged(call, evil).await.status.is_success());
    }
    let change = ada.put("/auth/email").json(json!({"email": NEW_EMAIL}));
    forged(change, evil).await.expect_status(202);
    forged(ada.post("/auth/invitations").json(json!({"email": GRACE})), evil).await.expect_status(202);
    let mails = app.letters().await;
    assert_eq!(mails.len(), 5);
    for mail in mails {
        assert!(mail.link().starts_with("https://auth.example.test/"), "{}", mail.link());
        assert!(!mail.text.contains(evil), "{}", mail.text);
    }
}

/// docs/attacks.md#a-reset-that-nobody-finished
#[tokio::test]
async fn em7_asking_changes_nothing_until_what_the_mail_carried_is_used() {
    let app = TestApp::start().await;
    let ada = app.browser();
    signs_up(&ada, EMAIL).await.expect_status(201);
    let before = ada.get("/auth/me").await.json();
    let reset = reset_mail(&app).await;
    magic_mail(&app).await;
    change_mail(&app, &ada, NEW_EMAIL).await;
    assert_eq!(ada.get("/auth/me").await.expect_status(200).json(), before);
    assert!(opens(&app, EMAIL, PASSWORD).await, "the old password is good");
    assert!(!opens(&app, NEW_EMAIL, PASSWORD).await);
    // Nor by what is refused.
    for bad in ["short", "password1", &"x".repeat(1025)] {
        let body = with(shown(&reset, By::Link), "new_password", bad);
        ada.post("/auth/password/reset").json(body).await.expect_status(422);
    }
    assert!(opens(&app, EMAIL, PASSWORD).await && is_signed_in(&ada).await);
    let body = body("/auth/password/reset", &reset, By::Link);
    ada.post("/auth/password/reset").json(body).await.expect_status(204);
    assert!(opens(&app, EMAIL, NEW_PASSWORD).await && !opens(&app, EMAIL, PASSWORD).await);
}

/// docs/attacks.md#a-reset-that-nobody-finished
#[tokio::test]
async fn em8_a_reset_ends_every_session_and_gives_none() {
    for by in By::BOTH {
        let app = TestApp::start().await;
        let ada = app.browser();
        signs_up(&ada, EMAIL).await.expect_status(201);
        let devices = [ada, app.log_in(EMAIL, None, "cookie").await, app.log_in(EMAIL, None, "hybrid").await];
        let mail = reset_mail(&app).await;
        let nobody = app.browser();
        let answer = nobody.post("/auth/password/reset").json(body("/auth/password/reset", &mail, by)).await;
        let answer = answer.expect_status(204);
        assert!(answer.body.is_empty() && answer.set_cookies().is_empty());
        for device in &devices {
            assert!(!is_signed_in(device).await);
            device.refresh().await.expect_problem(401, "refresh_token_invalid");
        }
        assert!(!is_signed_in(&nobody).await);
        log_in(&app, EMAIL, PASSWORD).await.expect_problem(401, "invalid_credentials");
        log_in(&app, EMAIL, NEW_PASSWORD).await.expect_status(200);
    }
}

/// docs/attacks.md#store-errors
#[tokio::test]
async fn lg4_a_store_that_fails_at_any_step_is_an_outage_whatever_is_shown() {
    for kind in kinds() {
        for by in By::BOTH {
            for steps in 0.. {
                let app = app_for(kind).await;
                let (browser, mail) = mail_of(&app, kind).await;
                let path = call_of(kind);
                app.fuse.blow_after(steps);
                let answer = browser.post(path).json(body(path, &mail, by)).await;
                if app.fuse.steps().len() <= steps {
                    assert!(answer.status.is_success() && steps > 1, "{kind} {by:?}: {}", answer.text());
                    break;
                }
                let answer = answer.expect_problem(503, "store_unavailable");
                assert!(answer.set_cookies().is_empty(), "{kind} {by:?} {steps}");
                assert!(steps < 30, "{kind} ends");
            }
        }
    }
}
