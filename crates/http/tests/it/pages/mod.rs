//! The hosted pages, as a browser without script sees them: one file per page, and one for what holds for all. Here: opening what a
//! mail links to, filling a form in and sending it, as a browser does.

mod account;
mod admin;
mod assets;
mod confirm_email;
mod entry;
mod everywhere;
mod family;
mod form_tokens;
mod house;
mod invitation;
mod magic_link;
mod naughty;
mod options;
mod reset_password;
mod scanners;
mod select;
mod undo_email;
mod verify_email;

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, ISSUER, Mail, PASSWORD, Setup, mins},
};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{change_mail, invitation, magic_mail, reset_mail},
};

/// What an address becomes.
const NEW_EMAIL: &str = "countess@example.test";
/// Somebody who is invited.
const GUEST: &str = "bob@example.test";

/// The kinds of mail with a link, and the page that each leads to.
const KINDS: [(&str, &str); 7] = [
    ("verify_email", "/verify-email"),
    ("sign_up", "/verify-email"),
    ("reset_password", "/reset-password"),
    ("magic_link", "/magic-link"),
    ("confirm_email", "/confirm-email"),
    ("email_changed", "/undo-email"),
    ("invitation", "/invitation"),
];

/// The paths of all pages.
const PATHS: [&str; 7] =
    ["/verify-email", "/reset-password", "/magic-link", "/confirm-email", "/undo-email", "/invitation", "/select"];

/// A system where a mail of this kind has just arrived, and the browser that brought it about.
struct Scene {
    app: TestApp,
    asker: Browser,
    mail: Mail,
}

impl Scene {
    async fn of(kind: &str) -> Self {
        Self::set(Setup::default(), kind).await
    }

    async fn set(setup: Setup, kind: &str) -> Self {
        if kind == "sign_up" {
            let app = verified_first(setup).start().await;
            let asker = app.browser();
            let body = json!({"email": EMAIL, "password": PASSWORD, "transport": "hybrid"});
            asker.post("/auth/signup").json(body).await.expect_status(202);
            let mail = app.letter("sign_up", EMAIL).await;
            return Self { app, asker, mail };
        }
        let app = setup.start().await;
        let ada = app.sign_up_in("body", EMAIL).await;
        let (asker, mail) = match kind {
            "verify_email" => (ada, app.letter("verify_email", EMAIL).await),
            "reset_password" => (app.browser(), reset_mail(&app).await),
            "magic_link" => magic_mail(&app).await,
            "confirm_email" => {
                let mail = change_mail(&app, &ada, NEW_EMAIL).await;
                (ada, mail)
            }
            "email_changed" => {
                let mail = change_mail(&app, &ada, NEW_EMAIL).await;
                let body = json!({"token": mail.token()});
                ada.post("/auth/email/confirm").json(body).await.expect_status(204);
                (ada, app.letter("email_changed", EMAIL).await)
            }
            "invitation" => {
                let mail = invitation(&app, &ada, GUEST).await;
                (ada, mail)
            }
            other => panic!("no mail is called {other}"),
        };
        Self { app, asker, mail }
    }

    /// Where the mail's link leads, without what it carries.
    fn path(&self) -> String {
        path_of(&self.mail).split('?').next().unwrap().to_owned()
    }

    /// Waits until the same address may be sent another mail.
    fn wait(&self) {
        self.app.clock.advance(mins(31));
    }
}

/// Where an address has to be proved before there is an account.
fn verified_first(setup: Setup) -> Setup {
    setup.policy(|policy| policy.mail.verification = gatewright::core::model::EmailVerification::Required)
}

/// The path and query of a mail's link.
fn path_of(mail: &Mail) -> String {
    let link = mail.link();
    link.strip_prefix(ISSUER).expect("links lead to us").to_owned()
}

/// Opens a mail's link as a browser does, through the redirect, and gives the page.
async fn open(browser: &Browser, mail: &Mail) -> Answer {
    let link = path_of(mail);
    // A click in a mail comes from another site, or from none.
    let answer = browser.get(&link).fetch_site(Some("cross-site")).await.expect_status(303);
    follow(browser, &link, &answer).await
}

/// Loads what a redirect leads to.
async fn follow(browser: &Browser, from: &str, answer: &Answer) -> Answer {
    let mut to = answer.header("location").expect("a redirect leads somewhere");
    let path = to.split('?').next().unwrap();
    assert!(!path.contains("//") && !path.starts_with('/'), "beside the page, wherever that is: {to}");
    let mut folder = from.split('?').next().unwrap().rsplit_once('/').unwrap().0;
    while let Some(rest) = to.strip_prefix("../") {
        (to, folder) = (rest, folder.rsplit_once('/').unwrap().0);
    }
    browser.get(&format!("{folder}/{to}")).await
}

/// Fills in the form of `page`, which stands at `path`, and presses its button.
async fn press(browser: &Browser, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let token = form_token(page);
    let mut filled = vec![("form_token", token.as_str())];
    for (name, value) in fields {
        assert!(page.text().contains(&format!("name=\"{name}\"")), "no field {name}: {}", page.text());
        filled.push((name, value));
    }
    send(browser, path, &filled).await
}

/// Sends a form with these fields.
async fn send(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    browser.post(path).raw("application/x-www-form-urlencoded", encoded(fields)).await
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&")
}

fn form_token(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("name=\"form_token\" value=\"").unwrap_or_else(|| panic!("no form: {text}"));
    rest.split('"').next().unwrap().to_owned()
}

/// What the page says was done, after the button: 303, and the page behind it.
async fn done(browser: &Browser, path: &str, answer: Answer) -> String {
    let answer = answer.expect_status(303);
    let page = follow(browser, path, &answer).await.expect_status(200);
    assert!(!page.text().contains("<form"), "{}", page.text());
    heading(&page)
}

/// The first heading.
fn heading(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("<h1>").unwrap_or_else(|| panic!("no heading: {text}"));
    rest.split("</h1>").next().unwrap().to_owned()
}

/// What is said next to a field.
fn error_at(page: &Answer, field: &str) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("id=\"{field}-error\">"))?;
    Some(rest.split('<').next().unwrap().to_owned())
}

/// Whether the browser has a session: its refresh token is good.
async fn has_session(browser: &Browser) -> bool {
    let has_cookie = browser.cookie_names().iter().any(|name| name.starts_with("__Host-gw_rt_"));
    has_cookie && browser.refresh().await.status == 200
}

const DEAD: &str = "This link is not good any more";
const STALE: &str = "This page is out of date";
