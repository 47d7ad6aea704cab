//! The way in and out, as a browser without script takes it: one file per page, and what holds for all of them in `next` and `safety`.

mod choose_account;
mod confirm_identity;
mod forgot_password;
mod forward_auth;
mod front_door;
mod login;
mod logout;
mod next;
mod rules;
mod safety;
mod signup;

use gatewright::{PageSettings, Pages};
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD, Setup},
};

use super::{encoded, form_token, send};

/// Somebody else's address.
const EVE: &str = "eve@example.test";

/// Types this at `/login` as it stands, with this query.
async fn sign_in_at(browser: &Browser, query: &str, login: &str) -> Answer {
    let path = format!("/login{query}");
    let page = browser.get(&path).await.expect_status(200);
    press(browser, &path, &page, &[("login", login), ("password", PASSWORD)]).await
}

/// Presses the button of the page with what its form carries on by itself.
async fn press(browser: &Browser, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let carried = between(&plain(page), "name=\"next\" value=\"", "\"");
    let own = carried.as_deref().filter(|_| !fields.iter().any(|(name, _)| *name == "next"));
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain(own.map(|next| ("next", next))).collect();
    super::press(browser, path, page, &fields).await
}

/// The page without what is made anew each time.
fn settled_text(page: &Answer) -> String {
    let text = page.text();
    let mut parts = text.split("nonce=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + part.split_once('"').map_or(part, |(_, rest)| rest))
}

async fn sign_in(browser: &Browser, login: &str) -> Answer {
    sign_in_at(browser, "", login).await
}

/// The same, and has the account remembered.
async fn sign_in_to_stay(browser: &Browser, login: &str) -> Answer {
    let page = browser.get("/login").await.expect_status(200);
    press(browser, "/login", &page, &[("login", login), ("password", PASSWORD), ("remember", "yes")]).await
}

/// Where a redirect leads.
#[track_caller]
fn leads_to(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").expect("a redirect leads somewhere").to_owned()
}

/// The names of the refresh tokens' cookies: one for each session.
fn sessions(browser: &Browser) -> Vec<String> {
    browser.cookie_names().into_iter().filter(|name| name.starts_with("__Host-gw_rt_")).collect()
}

/// The address of the account that counts in this browser; nothing if nobody is signed in.
async fn who(browser: &Browser) -> Option<String> {
    let answer = browser.get("/auth/me").await;
    (answer.status == 200).then(|| answer.json()["account"]["email"].as_str().unwrap().to_owned())
}

/// What the page says is wrong, of all of it.
fn alarm(page: &Answer) -> Option<String> {
    between(&page.text(), "role=\"alert\"><p>", "</p>")
}

/// What the page says was done.
fn said(page: &Answer) -> Option<String> {
    between(&page.text(), "role=\"status\"><p>", "</p>")
}

fn between(text: &str, from: &str, to: &str) -> Option<String> {
    let (_, rest) = text.split_once(from)?;
    Some(rest.split(to).next().unwrap().to_owned())
}

/// The text as it was before it was escaped.
fn plain(page: &Answer) -> String {
    page.text().replace("&#x2f;", "/").replace("&amp;", "&").replace("&quot;", "\"").replace("&#x27;", "'")
}

/// Pages that may lead to the origins, and whose app is at `home`.
fn settled(origins: &[&str], home: Option<&str>) -> Setup {
    let settings = PageSettings {
        home: home.map(str::to_owned),
        next_origins: origins.iter().map(|origin| origin.parse().unwrap()).collect(),
        ..PageSettings::default()
    };
    Setup::default().http(|http| http.pages = Pages::On(settings))
}

/// A browser that is signed in to both accounts, to Eve's last.
async fn both(app: &TestApp, ada: &str) -> Browser {
    let browser = app.browser();
    for login in [ada, EVE] {
        assert_eq!(leads_to(&sign_in(&browser, login).await), "account");
    }
    browser
}
