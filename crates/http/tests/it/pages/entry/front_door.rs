//! The front door, and that nothing of all this is there where pages are off.

use axum::{Router, routing::get};
use gatewright::Pages;
use gatewright_testkit::{TestApp, app::Setup};

use super::{leads_to, send};

const PATHS: [&str; 6] = ["/login", "/signup", "/forgot-password", "/confirm-identity", "/logout", "/choose-account"];

#[tokio::test]
async fn the_front_door_leads_to_the_account() {
    let app = TestApp::start().await;
    assert_eq!(leads_to(&app.browser().get("/").await), "account");
    app.browser().post("/").json(serde_json::json!({})).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn an_app_that_has_a_front_door_of_its_own_keeps_it() {
    let own =
        Setup::default().router(|edge| Router::new().route("/", get(|| async { "the shop" })).merge(edge.router()));
    assert_eq!(own.start().await.browser().get("/").await.expect_status(200).text(), "the shop");
    let nested = Setup::default().http(|http| http.base_path = "/deep".to_owned());
    let nested = nested.router(|edge| Router::new().nest("/deep", edge.router())).start().await;
    nested.browser().get("/").await.expect_status(404);
    nested.browser().get("/deep").await.expect_status(404);
}

#[tokio::test]
async fn where_pages_are_off_nobody_gets_in_by_one() {
    let app = Setup::default().http(|http| http.pages = Pages::Off).start().await;
    for path in PATHS.into_iter().chain(["/"]) {
        app.browser().get(path).await.expect_problem(404, "not_found");
        send(&app.browser(), path, &[]).await.expect_problem(404, "not_found");
    }
}
