//! What an operator or embedder decides about the pages.

use axum::Router;
use gatewright::{CookieSecurity, PageSettings, Pages};
use gatewright_testkit::app::Setup;

use super::{PATHS, Scene, follow, has_session, path_of, press};

#[tokio::test]
async fn pages_can_be_switched_off_and_then_nothing_stands_there() {
    let app = Setup::default().http(|http| http.pages = Pages::Off).start().await;
    for path in PATHS {
        app.browser().get(path).await.expect_problem(404, "not_found");
        super::send(&app.browser(), path, &[]).await.expect_problem(404, "not_found");
        app.browser().get(&format!("{path}?token=x")).await.expect_problem(404, "not_found");
    }
}

#[tokio::test]
async fn pages_work_wherever_the_router_is_nested() {
    let nested = Setup::default().router(|edge| Router::new().merge(edge.router()).nest("/deep/auth", edge.router()));
    let Scene { app: _app, asker, mail } = Scene::set(nested, "magic_link").await;
    let link = format!("/deep/auth{}", path_of(&mail));
    let first = asker.get(&link).await.expect_status(303);
    let page = follow(&asker, &link, &first).await.expect_status(200);
    assert!(!page.text().contains("action="), "a form goes where its page stands: {}", page.text());
    let answer = press(&asker, "/deep/auth/magic-link", &page, &[]).await.expect_status(303);
    follow(&asker, &link, &answer).await.expect_status(200);
    assert!(has_session(&asker).await);
    // Errors are pages there as well.
    let wrong = asker.post("/deep/auth/magic-link").json(serde_json::json!({})).await.expect_status(415);
    assert_eq!(wrong.header("content-type"), Some("text/html; charset=utf-8"));
}

#[tokio::test]
async fn pages_name_the_product_and_lead_home() {
    let settings = PageSettings {
        product: Some("Café <Ünder>".to_owned()),
        home: Some("https://app.example.test/in?a=1&b=2".to_owned()),
        ..PageSettings::default()
    };
    let app = Setup::default().http(|http| http.pages = Pages::On(settings)).start().await;
    let page = app.browser().get("/magic-link?done=signed-in").await.expect_status(200).text();
    assert!(page.contains("<title>You are signed in – Café &lt;Ünder&gt;</title>"), "{page}");
    let home = "<a href=\"https:&#x2f;&#x2f;app.example.test&#x2f;in?a=1&amp;b=2\">Go on to Café &lt;Ünder&gt;</a>";
    assert!(page.contains(home), "{page}");
    let app = Setup::default().start().await;
    let page = app.browser().get("/magic-link?done=signed-in").await.expect_status(200).text();
    assert!(page.contains("<title>You are signed in – auth.example.test</title>"), "{page}");
    assert!(page.contains("<a href=\"account\">Your account</a>"), "{page}");
    assert!(!page.contains("Go on to"), "{page}");
}

#[tokio::test]
async fn on_loopback_without_tls_the_cookies_of_pages_have_plain_names() {
    let setup = Setup::default().http(|http| http.cookies = CookieSecurity::PlainOnLoopback);
    let app = setup.policy(|policy| policy.issuer = "http://localhost:8080".to_owned()).start().await;
    let browser = app.browser();
    let first = browser.get("/reset-password?token=x").await.expect_status(303);
    let expected = "gw_mail_reset_password=damaged; Path=/; Max-Age=600; HttpOnly; SameSite=Lax";
    assert_eq!(first.set_cookies(), [expected]);
    browser.get("/reset-password").await.expect_status(400);
    assert_eq!(browser.cookie_names(), ["gw_form"]);
}
