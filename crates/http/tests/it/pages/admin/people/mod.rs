//! Accounts, their users and sessions, and roles. What is the same for all of these pages is in `access`; what becomes of an admin who acts
//! on himself, in `oneself`.

mod access;
mod accounts;
mod oneself;
mod roles;
mod users;

use std::collections::BTreeSet;

use gatewright_testkit::app::{Answer, Browser};

use super::{admin, clerk, expect_confirmation, expect_lacking, form_of, grow_stale, nobody, press_act};
use crate::{
    pages::{
        STALE, encoded, error_at, form_token, heading,
        naughty::{naughty, skeleton, unescaped},
        press, send,
    },
    routes::admin::{account_id, somebody},
};

/// The page of an account.
fn account_page(id: &str) -> String {
    format!("/admin/accounts/{id}")
}

/// The page of a user.
fn user_page(id: &str) -> String {
    format!("/admin/users/{id}")
}

/// What stands above everything, if something does: what went wrong (`alert`) or was done (`status`).
fn notice(page: &Answer, role: &str) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("role=\"{role}\">"))?;
    let block = rest.split("</div>").next().unwrap();
    Some(block.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim()).collect())
}

/// The page without the escapes of what stands in its attributes.
fn plain(page: &Answer) -> String {
    unescaped(&page.text())
}

/// Loads what a redirect leads to, as a browser does that is at `path`.
async fn follow(browser: &Browser, path: &str, answer: &Answer) -> Answer {
    let to = answer.header("location").expect("a redirect leads somewhere");
    assert!(!to.contains("//") && !to.starts_with('/'), "beside the page, wherever that is: {to}");
    let (folder, _) = path.split('?').next().unwrap().rsplit_once('/').unwrap();
    let mut at: Vec<&str> = folder.split('/').collect();
    let mut rest = to;
    while let Some(above) = rest.strip_prefix("../") {
        at.pop().expect("nothing leads out of the site");
        rest = above;
    }
    browser.get(&format!("{}/{rest}", at.join("/"))).await
}

/// Loads where the button led, and gives what that page says was done.
async fn done(browser: &Browser, path: &str, answer: Answer) -> String {
    let answer = answer.expect_status(303);
    let page = follow(browser, path, &answer).await.expect_status(200);
    notice(&page, "status").unwrap_or_else(|| panic!("nothing is said: {}", page.text()))
}

/// The value of a hidden field of the form.
fn hidden(page: &Answer, act: &str, name: &str) -> String {
    let form = if act.is_empty() { page.text() } else { form_of(page, act, "") };
    let (_, rest) =
        form.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name}: {form}"));
    unescaped(rest.split('"').next().unwrap())
}

/// Every id that a link of the list leads to, in the order of the page.
fn listed(page: &Answer, folder: &str) -> Vec<String> {
    let (text, folder) = (plain(page), format!("{folder}/"));
    let links = text.split(&folder).skip(1).map(|rest| rest.split('"').next().unwrap());
    links.filter(|id| id.len() == 36).map(str::to_owned).collect()
}

/// All ids of a list, page after page, each page as the one before says.
async fn all_listed(browser: &Browser, path: &str, folder: &str) -> BTreeSet<String> {
    let (mut all, mut path) = (BTreeSet::new(), path.to_owned());
    for _ in 0..20 {
        let page = browser.get(&path).await.expect_status(200);
        let found = listed(&page, folder);
        assert!(!found.is_empty() && found.len() <= 25, "{} on one page", found.len());
        for id in found {
            assert!(all.insert(id.clone()), "{id} came twice");
        }
        let text = plain(&page);
        let Some((before, _)) = text.split_once("rel=\"next\"") else { return all };
        let (_, href) = before.rsplit_once("href=\"").unwrap();
        let href = href.split('"').next().unwrap();
        assert!(text.contains("To the beginning") == path.contains("cursor="));
        path = format!("/{}", href.trim_start_matches("../"));
    }
    panic!("the list has no end");
}
