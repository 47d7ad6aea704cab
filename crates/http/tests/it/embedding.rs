//! The router inside somebody else's app: nested under a path, with our extractors in the app's own handlers.

use axum::{
    Router,
    extract::FromRef,
    routing::{delete, get, post},
};
use gatewright::{Caller, Earned, Edge, Fresh, Owner, Signed};
use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, Setup, mins},
};
use serde_json::json;

/// The app's own state, which has ours inside.
#[derive(Clone)]
struct Shop {
    edge: Edge,
}

impl FromRef<Shop> for Edge {
    fn from_ref(shop: &Shop) -> Self {
        shop.edge.clone()
    }
}

async fn greet(Signed(caller): Signed<Caller>) -> String {
    format!("Hello {}", caller.standing().user.username)
}

async fn order(Signed(caller): Signed<Caller>) -> String {
    caller.standing().user.username.to_string()
}

async fn close(Signed(owner): Signed<Fresh<Owner>>) -> String {
    owner.caller().standing().account.email.as_str().to_owned()
}

fn shop(edge: &Edge) -> Router {
    Router::new()
        .route("/hello", get(greet))
        .route("/orders", post(order))
        .route("/shop", delete(close))
        .nest("/accounts", edge.router())
        .with_state(Shop { edge: edge.clone() })
}

#[tokio::test]
async fn the_apps_own_handlers_know_who_is_calling() {
    let app = Setup::default().router(shop).start().await;
    let ada = app.browser();
    let problem = ada.get("/hello").await.expect_status(401);
    assert_eq!(problem.json()["code"], "access_token_invalid");
    assert_eq!(problem.header("www-authenticate"), Some("Bearer"));
    let body = json!({"email": "ada@example.test", "password": PASSWORD, "username": "ada", "transport": "cookie"});
    ada.post("/accounts/auth/signup").json(body).await.expect_status(201);
    assert_eq!(ada.get("/hello").await.expect_status(200).text(), "Hello ada");
    assert_eq!(ada.post("/orders").await.expect_status(200).text(), "ada");
    let foreign = ada.post("/orders").fetch_site(Some("cross-site")).await.expect_status(403);
    assert_eq!(foreign.json()["code"], "origin_refused");
    assert_eq!(ada.delete("/shop").await.expect_status(200).text(), "ada@example.test");
    app.clock.advance(mins(6));
    let stale = ada.delete("/shop").await.expect_status(403);
    assert_eq!(stale.json()["code"], "reauthentication_required");
    ada.post("/accounts/auth/logout").await.expect_status(204);
    ada.get("/hello").await.expect_status(401);
}

#[tokio::test]
async fn under_a_path_everything_is_as_at_the_root_and_nothing_is_beside_it() {
    let app = Setup::default().router(shop).start().await;
    let nobody = app.browser();
    nobody.get("/accounts/auth/me").await.expect_problem(401, "access_token_invalid");
    nobody.get("/accounts/nowhere").await.expect_problem(404, "not_found");
    nobody.get("/accounts/auth/login").await.expect_problem(405, "method_not_allowed");
    nobody.get("/accounts/.well-known/jwks.json").await.expect_status(200);
    let own = nobody.get("/nowhere").await.expect_status(404);
    assert!(own.body.is_empty(), "what is not ours is the app's");
}

#[tokio::test]
async fn two_instances_live_in_one_process_and_know_nothing_of_each_other() {
    let (one, other) = (TestApp::start().await, TestApp::start().await);
    let setup = Setup::default().policy(|policy| "https://other.example.test".clone_into(&mut policy.issuer));
    let third: TestApp = setup.start().await;
    let ada = one.sign_up_in("body", "ada@example.test").await;
    for elsewhere in [&other, &third] {
        elsewhere.browser().get("/auth/me").bearer(ada.access_token()).await.expect_status(401);
        elsewhere.refresh(ada.refresh_token()).await.expect_problem(401, "refresh_token_invalid");
    }
    ada.get("/auth/me").await.expect_status(200);
}
