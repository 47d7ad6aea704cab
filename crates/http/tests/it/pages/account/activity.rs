//! `/account/activity`: what happened, in plain words.

use gatewright_testkit::{
    TestApp,
    app::{mins, secs},
};
use serde_json::json;

use super::{EVE, FIREFOX, PHONE, heading, html, item, items, signed_in_with};
use crate::{
    family::{EMAIL, family, grace},
    routes::admin::user_path,
};

const PATH: &str = "/account/activity";

#[tokio::test]
async fn what_happened_is_told_in_sentences_in_each_language() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    signed_in_with(&app, "grace", FIREFOX, "198.51.100.9").await;
    let page = ada.get(PATH).await.expect_status(200);
    assert_eq!(heading(&page), "What happened");
    let entry = item(&page, "Firefox on Linux");
    assert!(entry.contains("Signed in") && entry.contains("<bdi>grace</bdi>"), "{entry}");
    assert!(entry.contains("address 198.51.100.9") && !entry.contains("badge"), "{entry}");
    assert!(items(&page).last().unwrap().contains("The account was made"), "{}", page.text());
    assert!(!page.text().contains("If something here was not you"), "{}", page.text());
    for (language, says) in [("de", "Ein Benutzer wurde hinzugefügt"), ("fr", "Un utilisateur a été ajouté")] {
        let page = ada.get(PATH).header("accept-language", language).await.expect_status(200);
        assert!(page.text().contains(says), "{}", page.text());
    }
}

#[tokio::test]
async fn what_failed_stands_out_with_what_to_do_about_it() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let body = json!({"login": EMAIL, "password": "a guess of somebody", "transport": "body"});
    app.browser().post("/auth/login").header("user-agent", PHONE).json(body).await.expect_status(401);
    let page = ada.get(PATH).await.expect_status(200);
    let entry = item(&page, "Somebody tried to sign in with a wrong password");
    assert!(entry.contains("class=\"badge grave\">Failed<") && entry.contains("Nobody got in."), "{entry}");
    assert!(entry.contains("Chrome on an Android phone"), "{entry}");
    for way in ["href=\"../account/sessions\"", "href=\"../account/security\""] {
        assert!(html(&page).contains(way), "{way}: {}", page.text());
    }
}

/// docs/attacks.md#refresh-replay
#[tokio::test]
async fn a_copied_session_stands_out_with_what_to_do_about_it() {
    let app = TestApp::start().await;
    family(&app, "cookie").await;
    let victim = app.log_in(EMAIL, Some("ada"), "body").await;
    let stolen = victim.refresh_token();
    for _ in 0..2 {
        app.clock.advance(mins(10));
        victim.refresh().await.expect_status(200);
    }
    app.refresh(stolen).await.expect_status(401);
    let ada = app.log_in(EMAIL, Some("ada"), "cookie").await;
    let entry = item(&ada.get(PATH).await.expect_status(200), "may have been copied");
    assert!(entry.contains("class=\"badge grave\">Attention<") && entry.contains("used twice"), "{entry}");
}

#[tokio::test]
async fn what_an_administrator_did_says_so() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "cookie").await);
    let path = format!("{}/impersonate", user_path(&ada.user_id()));
    admin.post(&path).json(json!({"reason": "ticket"})).await.expect_status(201);
    let entry = item(&ada.get(PATH).await.expect_status(200), "began to act in this name");
    assert!(entry.contains("Done by:") && entry.contains("an administrator"), "{entry}");
}

#[tokio::test]
async fn the_log_has_pages_and_each_entry_is_on_one_of_them() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    for number in 0..57 {
        app.clock.advance(secs(1));
        let body = json!({"profile": {"display_name": format!("Ada {number}")}});
        ada.patch("/auth/me").json(body).await.expect_status(200);
    }
    let all = ada.get("/auth/activity?limit=200").await.json()["activity"].as_array().unwrap().len();
    let first = ada.get(PATH).await.expect_status(200);
    assert!(!first.text().contains("To the beginning"), "{}", first.text());
    let next = super::between(&html(&first), "href=\"../account/activity?cursor=", "\"").unwrap();
    let second = ada.get(&format!("{PATH}?cursor={next}")).await.expect_status(200);
    assert!(second.text().contains("To the beginning") && !second.text().contains("Next page"), "{}", second.text());
    assert_eq!((items(&first).len(), items(&first).len() + items(&second).len()), (50, all));
}

#[tokio::test]
async fn az1_a_member_reads_what_names_itself_and_nobody_reads_of_other_accounts() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    let eve = app.sign_up_in("cookie", EVE).await;
    assert!(!grace.get(PATH).await.expect_status(200).text().contains("The account was made"));
    let log = ada.get("/auth/activity").await.json();
    let id = log["activity"][0]["id"].as_str().unwrap();
    let page = eve.get(&format!("{PATH}?cursor={id}")).await.expect_status(200);
    assert!(!page.text().contains("<bdi>ada</bdi>"), "{}", page.text());
    for cursor in ["x", "", "%3Cscript%3E", &id.to_uppercase()] {
        let refused = ada.get(&format!("{PATH}?cursor={cursor}")).await;
        assert!(refused.status == 400 || refused.status == 422, "{}", refused.text());
        assert_eq!(heading(&refused), "This could not be understood");
    }
}
