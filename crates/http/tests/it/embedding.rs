//! The router inside somebody else's app: nested under a path, with our extractors in the app's own handlers.

use axum::{
    Router,
    extract::{FromRef, Path, State},
    http::StatusCode,
    routing::{delete, get, post},
};
use gatewright::{
    Caller, Earned, Edge, Fresh, Owner, Problem, Signed,
    core::{
        AccountKey,
        model::{Login, Permissions, Role, Roles, Timestamp},
    },
};
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

/// An order belongs to a user, and whoever it does not belong to learns nothing of it.
async fn one_order(Signed(caller): Signed<Caller>, Path(owner): Path<String>) -> Result<String, StatusCode> {
    let owner = owner.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    caller.require_user(owner).map_err(|_| StatusCode::NOT_FOUND)?;
    Ok("an order".to_owned())
}

async fn household(Signed(caller): Signed<Caller>, Path(owner): Path<String>) -> Result<String, StatusCode> {
    let owner = owner.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    caller.require_account(owner).map_err(|_| StatusCode::NOT_FOUND)?;
    Ok("a household".to_owned())
}

async fn edit(Signed(caller): Signed<Caller>) -> Result<String, Problem> {
    caller.require_any_role(&["editor", "chief"])?;
    Ok("edited".to_owned())
}

async fn publish(State(edge): State<Edge>, Signed(caller): Signed<Caller>) -> Result<String, Problem> {
    edge.gate().require_permission(&caller, "pages:publish").await?;
    Ok("published".to_owned())
}

async fn close(Signed(owner): Signed<Fresh<Owner>>) -> String {
    owner.caller().standing().account.email.as_str().to_owned()
}

fn shop(edge: &Edge) -> Router {
    Router::new()
        .route("/hello", get(greet))
        .route("/orders", post(order))
        .route("/shop", delete(close))
        .route("/orders/{owner}", get(one_order))
        .route("/households/{owner}", get(household))
        .route("/edit", post(edit))
        .route("/publish", post(publish))
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
async fn az1_the_apps_own_handlers_ask_whose_something_is() {
    let app = Setup::default().router(shop).start().await;
    let sign_up = async |name: &str| {
        let browser = app.browser();
        let body = json!({"email": format!("{name}@example.test"), "password": PASSWORD, "transport": "cookie"});
        browser.post("/accounts/auth/signup").json(body).await.expect_status(201);
        browser
    };
    let (ada, bob) = (sign_up("ada").await, sign_up("bob").await);
    let account = ada.signed_in()["account"]["id"].as_str().unwrap().to_owned();
    for path in [format!("/orders/{}", ada.user_id()), format!("/households/{account}")] {
        ada.get(&path).await.expect_status(200);
        bob.get(&path).await.expect_status(404);
    }
    ada.get(&format!("/orders/{}", bob.user_id())).await.expect_status(404);
}

/// A role and what it lets its users do are asked for as they are now, whatever the token says.
#[tokio::test]
async fn jw21_the_apps_own_handlers_ask_for_roles_and_permissions_of_this_moment() {
    let role = |name: &str, permission: &str| Role {
        name: name.parse().unwrap(),
        permissions: Permissions::new(vec![permission.parse().unwrap()]),
        changed_at: Timestamp::from_secs(0),
    };
    let defined = vec![role("chief", "pages:publish"), role("editor", "pages:write")];
    let app = Setup::default().router(shop).policy(|policy| policy.roles = defined).start().await;
    let ada = app.browser();
    let body = json!({"email": "ada@example.test", "password": PASSWORD, "transport": "cookie"});
    ada.post("/accounts/auth/signup").json(body).await.expect_status(201);
    let give = async |roles: &[&str]| {
        let key = AccountKey::Login(Login::parse("login", "ada@example.test").unwrap());
        let user = app.gate.operator().show_account(&key).await.unwrap().users.remove(0);
        let names = roles.iter().map(|name| name.parse().unwrap()).collect();
        app.gate.operator().set_roles(&user, Roles::new(names)).await.unwrap();
    };
    for (roles, edits, publishes) in
        [(&[][..], 403, 403), (&["editor"][..], 200, 403), (&["chief"], 200, 200), (&["unknown"], 403, 403)]
    {
        give(roles).await;
        ada.post("/edit").await.expect_status(edits);
        ada.post("/publish").await.expect_status(publishes);
    }
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
