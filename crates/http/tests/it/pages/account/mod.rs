//! `/account`: each page in the file that its address names. Here: who is signed in in a browser, and what a page says.

mod acting;
mod activity;
mod data;
mod delete;
mod forms;
mod profile;
mod renewal;
mod security;
mod sessions;

use axum::http::header;
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD},
};
use serde_json::json;

use super::{
    admin::{form_of, grow_stale, press_act},
    error_at, heading,
};
use crate::family::EMAIL;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const PHONE: &str =
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
/// Somebody on another account.
const EVE: &str = "eve@example.test";

/// Ada's address with somebody who is signed in in a browser as pages do it, by this program and from this address.
async fn signed_in_with(app: &TestApp, user: &str, program: &str, ip: &str) -> Browser {
    let browser = app.browser();
    let body = json!({"login": EMAIL, "password": PASSWORD, "user": user, "transport": "cookie"});
    browser.post("/auth/login").header("user-agent", program).from(ip).json(body).await.expect_status(200);
    browser
}

/// The page as a browser reads it that knows what a slash is, and without what is new each time.
fn html(page: &Answer) -> String {
    let text = page.text().replace("&#x2f;", "/");
    let (_, rest) = text.split_once("<body").unwrap_or_else(|| panic!("no page: {text}"));
    rest.to_owned()
}

/// Loads what a redirect leads to, wherever the page stands.
async fn follow(browser: &Browser, from: &str, answer: &Answer) -> Answer {
    let to = leads_to(answer);
    assert!(!to.contains("//") && !to.starts_with('/'), "beside the page, wherever that is: {to}");
    let mut folders: Vec<&str> = from.split('?').next().unwrap().split('/').collect();
    folders.pop();
    let up = to.matches("../").count();
    folders.truncate(folders.len() - up);
    browser.get(&format!("{}/{}", folders.join("/"), to.replace("../", ""))).await
}

/// What the page says was done.
fn said(page: &Answer) -> Option<String> {
    between(&page.text(), "role=\"status\"><p>", "</p>")
}

/// What the page says is wrong, of all of it.
fn alarm(page: &Answer) -> Option<String> {
    between(&page.text(), "role=\"alert\"><p>", "</p>")
}

fn between(text: &str, from: &str, to: &str) -> Option<String> {
    let (_, rest) = text.split_once(from)?;
    Some(rest.split(to).next().unwrap().to_owned())
}

/// Follows the answer of a form and gives what the page says then.
async fn then_said(browser: &Browser, path: &str, answer: Answer) -> String {
    let page = follow(browser, path, &answer.expect_status(303)).await.expect_status(200);
    said(&page).unwrap_or_else(|| panic!("nothing was done: {}", page.text()))
}

/// Where the answer leads.
fn leads_to(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header(header::LOCATION.as_str()).unwrap()
}

/// The things of a list, each as it stands in the page.
fn items(page: &Answer) -> Vec<String> {
    let text = html(page);
    let (_, list) = text.split_once("<ul class=\"items\">").unwrap_or_else(|| panic!("no list: {text}"));
    let list = list.split("</ul>").next().unwrap();
    list.split("<li>").skip(1).map(str::to_owned).collect()
}

/// The thing of a list that has this in it.
fn item(page: &Answer, with: &str) -> String {
    let found: Vec<String> = items(page).into_iter().filter(|item| item.contains(with)).collect();
    assert_eq!(found.len(), 1, "{with}: {}", page.text());
    found.into_iter().next().unwrap()
}
