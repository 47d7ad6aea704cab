//! `/admin/v1/keys/rotate`.

use gatewright_testkit::{
    TestApp,
    app::{Setup, mins},
};
use serde_json::{Value, json};

use super::KEYS;
use crate::routes::admin::{each, noted, somebody};

#[tokio::test]
async fn keys_are_rotated_so_that_no_token_notices() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, somebody(&app, "ada").await);
    let before = admin.get(KEYS).await.expect_status(200).json();
    assert_eq!(each(&before["keys"], "state").iter().filter(|state| *state == "signing").count(), 1);
    // Verifiers have to know the next one first.
    let early = admin.post("/admin/v1/keys/rotate").await.expect_problem(409, "key_not_ready");
    let secs = early.json()["retry_after"].as_u64().unwrap();
    assert_eq!(early.header("retry-after"), Some(secs.to_string().as_str()));
    app.clock.advance(std::time::Duration::from_secs(secs));
    let again = app.admin().await;
    let rotated = again.post("/admin/v1/keys/rotate").await.expect_status(200).json();
    let of_state = |keys: &Value, state: &str| {
        keys["keys"].as_array().unwrap().iter().find(|key| key["state"] == state).unwrap()["kid"].clone()
    };
    assert_eq!(of_state(&rotated, "signing"), of_state(&before, "next"));
    assert_eq!(of_state(&rotated, "retiring"), of_state(&before, "signing"));
    assert_eq!(again.get(KEYS).await.json(), rotated);
    app.clock.advance(mins(1));
    ada.get("/auth/me").await.expect_status(200);
    let noted = noted(&again, "keys_rotated").await;
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0]["actor"]["kind"], "admin");
}

#[tokio::test]
async fn a_key_of_the_settings_is_not_rotated_here() {
    let forge = crate::security::forge::Forge::new();
    let app = Setup::default().signing_key(&forge.pem).start().await;
    let admin = app.admin().await;
    admin.post("/admin/v1/keys/rotate").await.expect_problem(409, "key_fixed");
    assert_eq!(noted(&admin, "keys_rotated").await, [json!(null); 0]);
}
