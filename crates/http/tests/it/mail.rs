//! Asking for mails, and showing what they carried.

use axum::http::StatusCode;
use gatewright::core::model::{EmailVerification, Limits, MagicLinks};
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, Mail, PASSWORD, Setup},
};
use serde_json::{Value, json};

use crate::family::EMAIL;

/// What a password becomes when it is set by mail.
pub(crate) const NEW_PASSWORD: &str = "quite another fine sentence";
/// Where attackers are, and everybody who is not at home.
pub(crate) const ELSEWHERE: &str = "198.51.100.9";

/// Where an address has to be proved before there is an account.
pub(crate) async fn strict() -> TestApp {
    Setup::default().policy(|policy| policy.mail.verification = EmailVerification::Required).start().await
}

/// Where who has no account gets one by mail.
pub(crate) async fn open_house() -> TestApp {
    Setup::default().policy(|policy| policy.mail.magic_links = MagicLinks::WithSignUp).start().await
}

/// Where nobody counts attempts, so that nothing but a mail's own rules can stop one.
pub(crate) async fn unlimited() -> TestApp {
    Setup::default().policy(|policy| policy.limits = Limits::Off).start().await
}

/// How somebody shows that the mail was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Link,
    Code,
}

impl By {
    pub(crate) const BOTH: [Self; 2] = [Self::Link, Self::Code];
}

/// What the mail carried, as a request shows it.
pub(crate) fn shown(mail: &Mail, by: By) -> Value {
    match by {
        By::Link => json!({"token": mail.token()}),
        By::Code => json!({"email": mail.to, "code": mail.code()}),
    }
}

/// The same with another member.
pub(crate) fn with(mut body: Value, member: &str, value: impl Into<Value>) -> Value {
    body[member] = value.into();
    body
}

/// Asks for a mail to this address, in this browser. Everybody who asks is told the same.
pub(crate) async fn ask(browser: &Browser, path: &str, email: &str) {
    let answer = browser.post(path).json(json!({"email": email})).await.expect_status(202);
    assert!(answer.body.is_empty(), "{}", answer.text());
}

/// The mail with which a new password can be set.
pub(crate) async fn reset_mail(app: &TestApp) -> Mail {
    app.letters().await;
    ask(&app.browser(), "/auth/password/forgot", EMAIL).await;
    app.letter("reset_password", EMAIL).await
}

/// The mail that signs in, and the browser that asked for it.
pub(crate) async fn magic_mail(app: &TestApp) -> (Browser, Mail) {
    app.letters().await;
    let browser = app.browser();
    ask(&browser, "/auth/magic-link", EMAIL).await;
    let mail = app.letter("magic_link", EMAIL).await;
    (browser, mail)
}

/// The mail that proves a new address, asked for by its owner-to-be.
pub(crate) async fn change_mail(app: &TestApp, owner: &Browser, to: &str) -> Mail {
    app.letters().await;
    owner.put("/auth/email").json(json!({"email": to})).await.expect_status(202);
    app.letter("confirm_email", to).await
}

/// The mail that asks somebody to join.
pub(crate) async fn invitation(app: &TestApp, owner: &Browser, to: &str) -> Mail {
    app.letters().await;
    owner.post("/auth/invitations").json(json!({"email": to})).await.expect_status(202);
    app.letter("invitation", to).await
}

/// Somebody signed up who has proved the address.
pub(crate) async fn proved(app: &TestApp, ada: &Browser) {
    let mail = app.letter("verify_email", EMAIL).await;
    let answer = ada.post("/auth/email/verify").json(shown(&mail, By::Link)).await.expect_status(200);
    assert_eq!(answer.json(), json!({"status": "email_verified"}));
}

/// Logs in from nowhere in particular.
pub(crate) async fn log_in(app: &TestApp, login: &str, password: &str) -> Answer {
    let body = json!({"login": login, "password": password, "transport": "body"});
    app.browser().post("/auth/login").json(body).await
}

/// Whether this password opens the account, judged from a place that it does not know.
pub(crate) async fn opens(app: &TestApp, login: &str, password: &str) -> bool {
    let body = json!({"login": login, "password": password, "transport": "body"});
    let answer = app.browser().post("/auth/login").from(ELSEWHERE).json(body).await;
    assert!([200, 401].contains(&answer.status.as_u16()), "{}", answer.text());
    answer.status == StatusCode::OK
}

/// Whether somebody is signed in.
pub(crate) async fn is_signed_in(browser: &Browser) -> bool {
    browser.get("/auth/me").await.status == StatusCode::OK
}

/// A sign-up with a password of one's own.
pub(crate) fn sign_up_body(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password, "transport": "body"})
}

/// A sign-up with the password of everybody.
pub(crate) async fn signs_up(browser: &Browser, email: &str) -> Answer {
    browser.post("/auth/signup").json(sign_up_body(email, PASSWORD)).await
}
