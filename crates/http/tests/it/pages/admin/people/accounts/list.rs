//! `/admin/accounts`.

use gatewright_testkit::{TestApp, app::secs};
use serde_json::json;

use super::super::{
    account_id, admin, all_listed, clerk, encoded, error_at, heading, listed, naughty, plain, skeleton, somebody,
    unescaped,
};

const PATH: &str = "/admin/accounts";

#[tokio::test]
async fn accounts_are_listed_newest_first_and_found_by_the_beginning_of_their_address() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let mut ids = vec![account_id(&admin)];
    for name in ["ada", "adam", "bob"] {
        app.clock.advance(secs(1));
        ids.insert(0, account_id(&somebody(&app, name).await));
    }
    let page = admin.get(PATH).await.expect_status(200);
    assert_eq!(heading(&page), "Accounts");
    assert_eq!(listed(&page, "accounts"), ids);
    let text = page.text();
    assert!(text.contains("<bdi>adam@example.test</bdi>") && text.contains("<bdi>adam</bdi>"), "{text}");
    assert!(text.contains("Address not confirmed"), "{text}");
    for (typed, found) in [("ada", vec![2, 1]), ("%20%20ADA%40ex%20", vec![2]), ("bob@example.test", vec![0])] {
        let page = admin.get(&format!("{PATH}?search={typed}")).await.expect_status(200);
        assert_eq!(listed(&page, "accounts"), found.iter().map(|at| ids[*at].clone()).collect::<Vec<_>>(), "{typed}");
    }
    let page = admin.get(&format!("{PATH}?search=nobody")).await.expect_status(200);
    assert!(page.text().contains("There is no such account."), "{}", page.text());
    assert!(page.text().contains("value=\"nobody\""), "what was typed stays");
    let everything = admin.get(&format!("{PATH}?search=")).await.expect_status(200);
    assert_eq!(listed(&everything, "accounts"), ids);
}

#[tokio::test]
async fn a_list_of_accounts_is_read_to_its_end_without_loss() {
    let app = TestApp::start().await;
    let (admin, program) = (admin(&app).await, app.program(&["accounts:write"]).await);
    for number in 0..60 {
        let name = if number % 2 == 0 { "even" } else { "odd" };
        let body = json!({"email": format!("{name}{number:03}@example.test")});
        program.post("/admin/v1/accounts").json(body).await.expect_status(201);
    }
    assert_eq!(all_listed(&admin, PATH, "accounts").await.len(), 61);
    assert_eq!(all_listed(&admin, &format!("{PATH}?search=EVEN0"), "accounts").await.len(), 30);
    // A place of another listing, or of none.
    for cursor in ["x", "aW", "?", "%00"] {
        let page = admin.get(&format!("{PATH}?cursor={cursor}")).await.expect_status(422);
        assert_eq!(heading(&page), "This could not be understood");
    }
}

/// docs/attacks.md#script-by-a-name
#[tokio::test]
async fn wb10_whatever_is_searched_for_is_text() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let search = async |text: &str| admin.get(&format!("{PATH}?{}", encoded(&[("search", text)]))).await;
    let harmless = skeleton(&search("harmless").await.expect_status(200));
    let long = search(&"x".repeat(255)).await.expect_status(422);
    assert_eq!(error_at(&long, "search").as_deref(), Some("This is too long to be searched for."));
    let long = skeleton(&long);
    for text in naughty().into_iter().filter(|text| !text.trim().is_empty()) {
        let is_long = text.trim().len() > 254;
        let page = search(&text).await.expect_status(if is_long { 422 } else { 200 });
        assert_eq!(skeleton(&page), if is_long { long.clone() } else { harmless.clone() }, "{text:?}");
        let html = page.text();
        let (_, rest) = html.split_once("<input id=\"search\"").unwrap();
        let (_, value) = rest.split('>').next().unwrap().split_once(" value=\"").unwrap();
        assert_eq!(unescaped(value.split('"').next().unwrap()), text.trim());
    }
}

#[tokio::test]
async fn who_only_reads_accounts_is_offered_no_new_one() {
    let app = TestApp::start().await;
    let (admin, reader) = (admin(&app).await, clerk(&app, "reader", &["accounts:read"]).await);
    assert!(plain(&admin.get(PATH).await.expect_status(200)).contains("admin/accounts/add\""));
    assert!(!plain(&reader.get(PATH).await.expect_status(200)).contains("admin/accounts/add"));
}
