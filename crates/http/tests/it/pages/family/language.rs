//! In which language a page speaks: the profile's, for who is signed in, and otherwise the browser's.

use gatewright_testkit::TestApp;
use serde_json::json;

use crate::{family::family, pages::heading};

#[tokio::test]
async fn a_page_speaks_the_language_of_the_profile_if_it_is_one_of_ours() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    for (locale, asked, spoken, title) in [
        (json!(null), "fr", "fr", "Utilisateurs"),
        (json!("de"), "fr", "de", "Benutzer"),
        (json!("DE-at"), "fr", "de", "Benutzer"),
        (json!("ja"), "fr", "fr", "Utilisateurs"),
        (json!("en"), "de", "en", "Users"),
    ] {
        ada.patch("/auth/me").json(json!({"profile": {"locale": locale}})).await.expect_status(200);
        let page = ada.get("/account/users").header("accept-language", asked).await.expect_status(200);
        assert_eq!(page.header("content-language"), Some(spoken), "{locale}");
        assert_eq!(heading(&page), title, "{locale}");
        // What goes wrong is said in the same language.
        let missing = "/account/users/00000000-0000-7000-8000-000000000000";
        let missing = ada.get(missing).header("accept-language", asked).await.expect_status(404);
        assert_eq!(missing.header("content-language"), Some(spoken), "{locale}");
        // Where nobody is signed in, the browser says it.
        let nobody = app.browser().get("/reset-password").header("accept-language", asked).await.expect_status(200);
        assert_eq!(nobody.header("content-language"), Some(asked));
    }
}
