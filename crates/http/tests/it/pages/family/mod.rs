//! Who shares an account, and who of them it is: switching, and the pages about users. Here: what a picker and a page
//! say.

mod language;
mod switch;
mod users;

use gatewright_testkit::app::{Answer, Browser};

use super::{form_token, send};

/// The names on the buttons of the picker.
pub(super) fn names(page: &Answer) -> Vec<String> {
    let text = page.text();
    let names = text.split("<bdi class=\"name\">").skip(1).map(|rest| rest.split("</bdi>").next().unwrap().to_owned());
    if text.contains("class=\"picker\"") { names.collect() } else { Vec::new() }
}

/// What the button of this user sends.
pub(super) fn value_of(page: &Answer, name: &str) -> String {
    let text = page.text();
    let before = text.split(&format!("<bdi class=\"name\">{name}</bdi>")).next().unwrap();
    let (_, value) = before.rsplit_once("name=\"user\" value=\"").unwrap_or_else(|| panic!("no {name}: {text}"));
    value.split('"').next().unwrap().to_owned()
}

/// Sends the second step of the page with this PIN, and whatever else it carries.
pub(super) async fn prove(browser: &Browser, path: &str, page: &Answer, pin: &str) -> Answer {
    let hidden = ["step", "user", "next"].map(|name| (name, hidden(page, name)));
    let token = form_token(page);
    let mut filled = vec![("form_token", token.as_str()), ("pin", pin)];
    filled.extend(hidden.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))));
    assert!(filled.len() > 3, "no PIN is asked for: {}", page.text());
    send(browser, path, &filled).await
}

fn hidden(page: &Answer, name: &str) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("<input type=\"hidden\" name=\"{name}\" value=\""))?;
    Some(rest.split('"').next().unwrap().replace("&#x2f;", "/").replace("&amp;", "&"))
}

/// Where the answer leads.
#[track_caller]
pub(super) fn leads_to(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().to_owned()
}

/// What is wrong with all of it.
pub(super) fn alarm(page: &Answer) -> Option<String> {
    between(page, "role=\"alert\"><p>")
}

/// What the page says was done.
fn said(page: &Answer) -> Option<String> {
    between(page, "role=\"status\"><p>")
}

fn between(page: &Answer, from: &str) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once(from)?;
    Some(rest.split("</p>").next().unwrap().to_owned())
}

/// The source of a page with its addresses as they are meant.
fn html(page: &Answer) -> String {
    page.text().replace("&#x2f;", "/")
}

/// The source of a page without what is another on each loading.
pub(super) fn lasting(page: &Answer) -> String {
    let text = page.text().replace(page.header("x-request-id").unwrap(), "");
    let mut parts = text.split(" nonce=\"");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + part.split_once('"').unwrap().1)
}
