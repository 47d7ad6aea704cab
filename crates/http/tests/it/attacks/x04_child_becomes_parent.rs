//! X4: a child's profile switches into the parent's without proof.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins},
};
use serde_json::json;

use crate::family::{family, kid};

/// docs/attacks.md#child-becomes-parent
#[tokio::test]
async fn a_child_needs_a_fresh_proof_of_the_account_to_become_an_owner() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let kid = kid(&app, "body").await;
    app.clock.advance(mins(6));
    kid.refresh().await.expect_status(200);
    let refused = kid.post("/auth/switch").json(json!({"username": "ada"})).await;
    let refused = refused.expect_problem(403, "reauthentication_required");
    let challenge = "Bearer error=\"insufficient_user_authentication\", max_age=\"300\"";
    assert_eq!(refused.header("www-authenticate"), Some(challenge));
    // Down and back up is no way around it.
    kid.post("/auth/switch").json(json!({"username": "grace"})).await.expect_status(200);
    let up = kid.post("/auth/switch").json(json!({"username": "ada"}));
    up.await.expect_problem(403, "reauthentication_required");
    kid.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    kid.post("/auth/switch").json(json!({"username": "ada"})).await.expect_status(200);
}

/// docs/attacks.md#child-becomes-parent
#[tokio::test]
async fn a_parent_with_a_pin_is_reached_with_the_pin_only_and_guesses_are_limited() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let pin = format!("/auth/users/{}/pin", ada.user_id());
    ada.put(&pin).json(json!({"pin": "97531"})).await.expect_status(204);
    let kid = kid(&app, "body").await;
    kid.post("/auth/switch").json(json!({"username": "ada"})).await.expect_problem(403, "pin_required");
    for guess in 10_000..10_005 {
        let body = json!({"username": "ada", "pin": guess.to_string()});
        kid.post("/auth/switch").json(body).await.expect_problem(403, "pin_invalid");
    }
    let right = json!({"username": "ada", "pin": "97531"});
    let limited = kid.post("/auth/switch").json(right.clone()).await.expect_problem(429, "rate_limited");
    assert!(limited.header("retry-after").is_some());
    app.clock.advance(mins(1));
    kid.post("/auth/switch").json(right).await.expect_status(200);
}
