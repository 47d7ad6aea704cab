//! Service keys, mails, rules and their deliveries.

mod deliveries;
mod mails;
mod rules;
mod service_keys;

use gatewright_testkit::app::{Answer, Browser};

/// What a browser is shown when a form of the page is out of date.
const STALE: &str = super::super::STALE;

/// A page of the path, with whatever notice stands on it.
async fn read(browser: &Browser, path: &str) -> Answer {
    browser.get(path).await.expect_status(200)
}

/// Where an answer leads, from the page at `path`, loaded.
async fn led(browser: &Browser, path: &str, answer: Answer) -> Answer {
    let to = answer.expect_status(303).header("location").unwrap().to_owned();
    let mut folders: Vec<&str> = path.split('?').next().unwrap().split('/').collect();
    folders.pop();
    let mut to = to.as_str();
    while let Some(rest) = to.strip_prefix("../") {
        folders.pop();
        to = rest;
    }
    assert!(!to.contains("//") && !to.starts_with('/'), "{to}");
    browser.get(&format!("{}/{to}", folders.join("/"))).await.expect_status(200)
}

/// What the page says was done.
fn done(page: &Answer) -> String {
    notice(page, "<div class=\"notice done\" role=\"status\"><p>")
}

/// What the page says is wrong with all of it.
fn wrong(page: &Answer) -> String {
    notice(page, "<div class=\"notice\" role=\"alert\"><p>")
}

fn notice(page: &Answer, before: &str) -> String {
    let text = page.text();
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no notice: {text}"));
    rest.split("</p>").next().unwrap().to_owned()
}

/// The source of the page, with slashes as they are: in attributes and values they are escaped.
fn source(page: &Answer) -> String {
    page.text().replace("&#x2f;", "/")
}

/// What is shown once.
fn shown_once(page: &Answer) -> String {
    let text = source(page);
    let (_, rest) =
        text.split_once("<p class=\"value\"><code>").unwrap_or_else(|| panic!("nothing is shown once: {text}"));
    rest.split('<').next().unwrap().to_owned()
}
