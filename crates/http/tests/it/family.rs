//! An account with three users: Ada owns it, Grace does not, and the kid has a PIN.

use gatewright_testkit::{
    TestApp,
    app::{Browser, PASSWORD, secs},
};
use serde_json::json;

pub(crate) const EMAIL: &str = "ada@example.test";
pub(crate) const PIN: &str = "2468";

/// Ada, signed in to an account with two more users, in this transport.
pub(crate) async fn family(app: &TestApp, transport: &str) -> Browser {
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "username": "ada", "transport": transport});
    ada.post("/auth/signup").json(body).await.expect_status(201);
    app.clock.advance(secs(1)); // so that "oldest first" is an order
    ada.post("/auth/users").json(json!({"username": "grace"})).await.expect_status(201);
    app.clock.advance(secs(1));
    ada.post("/auth/users").json(json!({"username": "kid", "pin": PIN})).await.expect_status(201);
    ada
}

/// Grace, signed in on her own device.
pub(crate) async fn grace(app: &TestApp, transport: &str) -> Browser {
    app.log_in(EMAIL, Some("grace"), transport).await
}

/// The kid, signed in on its own device.
pub(crate) async fn kid(app: &TestApp, transport: &str) -> Browser {
    let kid = app.log_in(EMAIL, Some("kid"), transport).await;
    let body = json!({"selection_token": kid.selection_token(), "username": "kid", "pin": PIN});
    kid.post("/auth/select").json(body).await.expect_status(200);
    kid
}
