//! `/account/users` and what stands below: who shares the account, and how an owner manages it.

mod acts;
mod naughty;
mod pin;
mod remove;

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser},
};
use serde_json::json;

use super::{html, lasting, leads_to, said};
use crate::{
    family::{EMAIL, family, grace, kid},
    pages::{STALE, encoded, error_at, follow, form_token, heading, press, send},
};

const LIST: &str = "/account/users";
/// Below a user's page, what has a page of its own.
const BELOW: [&str; 3] = ["", "/pin", "/remove"];
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// The id of one of the account's users.
async fn id_of(browser: &Browser, username: &str) -> String {
    let users = browser.get("/auth/users").await.expect_status(200).json();
    let mut users = users["users"].as_array().unwrap().iter();
    users.find(|user| user["username"] == username).unwrap()["id"].as_str().unwrap().to_owned()
}

/// The page of this user.
fn page_of(id: &str) -> String {
    format!("{LIST}/{id}")
}

/// What stands in the list, a user each.
fn items(page: &Answer) -> Vec<String> {
    let text = html(page);
    let (_, list) = text.split_once("<ul class=\"items\">").unwrap_or_else(|| panic!("no list: {text}"));
    list.split("</ul>").next().unwrap().split("<li>").skip(1).map(str::to_owned).collect()
}

/// The page behind the answer of a form, and what it says was done.
async fn then_said(browser: &Browser, path: &str, answer: Answer) -> String {
    let page = follow(browser, path, &answer.expect_status(303)).await.expect_status(200);
    said(&page).unwrap_or_else(|| panic!("nothing was done: {}", page.text()))
}

#[tokio::test]
async fn everybody_sees_who_is_there_and_an_owner_what_can_be_done() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(LIST).await.expect_status(200);
    let [first, second, third] = items(&page).try_into().unwrap();
    let badges = |item: &str| item.matches("class=\"badge ").count();
    assert!(first.contains(&format!("<a href=\"../account/users/{}\"><bdi>ada</bdi></a>", ada.user_id())), "{first}");
    assert!(first.contains(">you</span>") && first.contains(">owner</span>") && badges(&first) == 2, "{first}");
    assert!(second.contains("<bdi>grace</bdi></a>") && badges(&second) == 0, "{second}");
    assert!(third.contains("<bdi>kid</bdi></a>") && third.contains(">PIN</span>") && badges(&third) == 1, "{third}");
    for way in ["../account/users/add", "../account/users/invite"] {
        assert!(html(&page).contains(&format!("<a href=\"{way}\">")), "{}", page.text());
    }
    let grace = grace(&app, "cookie").await;
    let page = grace.get(LIST).await.expect_status(200);
    let [first, second, third] = items(&page).try_into().unwrap();
    assert!(!first.contains("<a ") && !third.contains("<a "), "of others there is nothing to change");
    assert!(second.contains("<a ") && second.contains(">you</span>"), "{second}");
    assert!(!page.text().contains("users/add") && !page.text().contains("users/invite"), "{}", page.text());
}

#[tokio::test]
async fn who_is_not_signed_in_does_that_first_and_comes_back() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let one = page_of(&ada.user_id());
    for path in
        [LIST, "/account/users/add", "/account/users/invite", &one, &format!("{one}/pin"), &format!("{one}/remove")]
    {
        let stranger = app.browser();
        let to = leads_to(&stranger.get(path).await);
        assert!(to.trim_start_matches("../").starts_with("login?next=/account/users"), "{path}: {to}");
        assert!(to.ends_with(path), "{path}: {to}");
    }
}

#[tokio::test]
async fn a_member_changes_itself_and_nobody_else() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    for member in [grace(&app, "cookie").await, kid(&app, "cookie").await] {
        for path in ["/account/users/add", "/account/users/invite"] {
            assert_eq!(heading(&member.get(path).await.expect_status(403)), "This is not yours to do");
        }
        let other = page_of(&ada.user_id());
        for below in BELOW {
            let page = member.get(&format!("{other}{below}")).await.expect_status(403);
            assert_eq!(heading(&page), "This is not yours to do");
            send(&member, &format!("{other}{below}"), &[("form_token", "x")]).await.expect_status(403);
        }
        let own = page_of(&member.user_id());
        let page = member.get(&own).await.expect_status(200);
        assert!(!page.text().contains("name=\"username\"") && !page.text().contains("/remove"), "{}", page.text());
        let answer =
            press(&member, &own, &page, &[("display_name", "Me, Myself"), ("avatar", ""), ("locale", "")]).await;
        assert_eq!(then_said(&member, &own, answer).await, "The changes are saved.");
        let name = member.get("/auth/me").await.json()["user"]["profile"]["display_name"].clone();
        assert_eq!(name, "Me, Myself");
        // A username that was smuggled in changes nothing.
        let token = form_token(&page);
        let smuggled = [("form_token", token.as_str()), ("display_name", "x"), ("username", "boss")];
        send(&member, &own, &smuggled).await.expect_status(303);
        assert_ne!(member.get("/auth/me").await.json()["user"]["username"], "boss");
        assert_eq!(heading(&member.get(&format!("{own}/remove")).await.expect_status(403)), "This is not yours to do");
    }
}

/// docs/attacks.md#ids-of-other-accounts
#[tokio::test]
async fn az1_ids_of_others_and_of_nobody_are_nothing() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let eve = app.sign_up_in("cookie", "eve@example.test").await;
    let token = form_token(&ada.get(&page_of(&ada.user_id())).await.expect_status(200));
    let mut pages = Vec::new();
    for id in [eve.user_id().as_str(), NOBODY, "x", &ada.user_id().to_uppercase()] {
        for below in BELOW {
            let path = format!("{}{below}", page_of(id));
            let page = ada.get(&path).await.expect_status(404);
            assert_eq!(heading(&page), "There is no such page");
            let fields = [("form_token", token.as_str()), ("act", "set"), ("pin", "1234"), ("display_name", "Eve")];
            let refused = send(&ada, &path, &fields).await.expect_status(404);
            pages.extend([lasting(&page), lasting(&refused)]);
        }
    }
    // Some stand deeper than others.
    let of_root = |page: &String| page.replace("..&#x2f;", "");
    pages.iter().for_each(|page| assert_eq!(of_root(page), of_root(&pages[0]), "whose it is cannot be told"));
    assert_eq!(eve.get("/auth/me").await.json()["user"]["profile"]["display_name"], json!(null));
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb6_a_form_of_another_page_user_or_session_does_nothing() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let other_session = app.log_in(EMAIL, Some("ada"), "cookie").await;
    let grace_page = page_of(&id_of(&ada, "grace").await);
    let paths: Vec<String> = ["/account/users/add", "/account/users/invite"]
        .map(str::to_owned)
        .into_iter()
        .chain(BELOW.map(|below| format!("{grace_page}{below}")))
        .collect();
    let other = form_token(&ada.get(&page_of(&ada.user_id())).await.expect_status(200));
    let fields = [
        ("username", "mallory"),
        ("email", "mallory@example.test"),
        ("act", "set"),
        ("pin", "1234"),
        ("display_name", "Mallory"),
    ];
    app.letters().await;
    for path in &paths {
        let foreign = form_token(&other_session.get(path).await.expect_status(200));
        let good = form_token(&ada.get(path).await.expect_status(200));
        for token in ["", "x", &other, &foreign] {
            let filled: Vec<(&str, &str)> = [("form_token", token)].into_iter().chain(fields).collect();
            assert_eq!(heading(&send(&ada, path, &filled).await.expect_status(403)), STALE, "{path}");
        }
        // Another session in the same browser has the browser's key, and not the session's.
        let key = ada.cookie_header().unwrap();
        let key = key.split("; ").find(|cookie| cookie.starts_with("__Host-gw_form=")).unwrap();
        let theirs = other_session.cookie_header().unwrap();
        let theirs: Vec<&str> = theirs.split("; ").filter(|cookie| !cookie.starts_with("__Host-gw_form=")).collect();
        let filled: Vec<(&str, &str)> = [("form_token", good.as_str())].into_iter().chain(fields).collect();
        let call = ada.post(path).cookies(format!("{}; {key}", theirs.join("; ")));
        let call = call.raw("application/x-www-form-urlencoded", encoded(&filled));
        assert_eq!(heading(&call.await.expect_status(403)), STALE, "{path}");
        // And no page of another site can press the button.
        let call = ada.post(path).fetch_site(Some("cross-site"));
        call.raw("application/x-www-form-urlencoded", encoded(&filled)).await.expect_status(403);
    }
    assert!(app.letters().await.is_empty());
    let users = ada.get("/auth/users").await.expect_status(200).json();
    let users = users["users"].as_array().unwrap();
    assert_eq!(users.len(), 3);
    assert!(users.iter().all(|user| user["profile"]["display_name"] == json!(null)), "{users:?}");
    assert_eq!(users.iter().filter(|user| user["pin_required"] == json!(true)).count(), 1);
    // The very same from its own page does it.
    let page = ada.get(&grace_page).await.expect_status(200);
    let fields = [("username", "grace"), ("display_name", "Grace H."), ("avatar", ""), ("locale", "")];
    press(&ada, &grace_page, &page, &fields).await.expect_status(303);
    assert_eq!(error_at(&page, "username"), None);
}
