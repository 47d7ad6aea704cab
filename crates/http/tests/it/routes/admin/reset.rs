//! `/admin/v1/accounts/{id}/reset`.

use gatewright_testkit::{TestApp, app::mins};
use serde_json::json;

use super::{account_id, account_path, noted};
use crate::family::{EMAIL, family};

/// docs/attacks.md#passwords-that-admins-know
#[tokio::test]
async fn pw18_a_reset_is_started_and_the_owner_of_the_address_does_the_rest() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let path = format!("{}/reset", account_path(&account_id(&ada)));
    app.letters().await;
    let started = admin.post(&path).await.expect_status(202);
    assert!(started.body.is_empty());
    let mail = app.letter("reset_password", EMAIL).await;
    // Until it is used nothing has changed.
    ada.get("/auth/me").await.expect_status(200);
    app.log_in(EMAIL, Some("ada"), "body").await;
    let body = json!({"token": mail.token(), "new_password": "a sentence of my own"});
    app.browser().post("/auth/password/reset").json(body).await.expect_status(204);
    ada.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    let noted = noted(&admin, "reset_started").await;
    assert_eq!(noted[0]["actor"]["kind"], "admin");
    app.clock.advance(mins(1));
    admin.post(&path).await.expect_status(202);
    let mail = app.letter("reset_password", EMAIL).await;
    app.clock.advance(mins(30));
    let body = json!({"token": mail.token(), "new_password": "another sentence of mine"});
    app.browser().post("/auth/password/reset").json(body).await.expect_problem(400, "mail_token_invalid");
}
