//! What users are called, wherever pages show it: the big list of naughty strings (SECURITY WB10).

use gatewright_testkit::TestApp;
use serde_json::json;

use super::{LIST, page_of};
use crate::{
    family::family,
    pages::naughty::{naughty, skeleton, unescaped},
};

/// docs/attacks.md#script-by-a-name
#[tokio::test]
async fn wb10_whatever_a_user_is_called_is_a_name_on_every_page_about_users() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let own = page_of(&ada.user_id());
    let pages = [LIST.to_owned(), own.clone(), format!("{own}/pin"), format!("{own}/remove"), "/switch".to_owned()];
    let called = async |name: &str| {
        let answer = ada.patch("/auth/me").json(json!({"profile": {"display_name": name}})).await;
        if answer.status != 200 {
            return None;
        }
        let mut shown = Vec::new();
        for path in &pages {
            shown.push(ada.get(path).await.expect_status(200));
        }
        Some(shown)
    };
    let harmless: Vec<_> = called("harmless").await.unwrap().iter().map(skeleton).collect();
    let mut taken = 0;
    // Of nothing but blanks there is nothing to see: then the username is shown.
    for text in naughty().iter().filter(|text| !text.trim().is_empty()) {
        let Some(shown) = called(text).await else { continue };
        for (page, (path, harmless)) in shown.iter().zip(pages.iter().zip(&harmless)) {
            assert_eq!(skeleton(page), *harmless, "{path}: {text:?}");
        }
        let list = shown[0].text();
        let (_, name) = list.split_once("<ul class=\"items\">").unwrap().1.split_once("<bdi>").unwrap();
        assert_eq!(unescaped(name.split("</bdi>").next().unwrap()), *text);
        taken += 1;
    }
    assert!(taken > 400, "{taken}");
}
