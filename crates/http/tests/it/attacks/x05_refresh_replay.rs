//! X5: rotation that is not atomic, and reuse that has no consequence.

use gatewright_testkit::{TestApp, app::mins};

/// docs/attacks.md#refresh-replay
#[tokio::test]
async fn a_spent_token_ends_the_session() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada@example.test").await;
    let stolen = ada.refresh_token();
    for _ in 0..2 {
        app.clock.advance(mins(10));
        ada.refresh().await.expect_status(200);
    }
    app.refresh(stolen).await.expect_problem(401, "refresh_token_reused");
    ada.refresh().await.expect_problem(401, "refresh_token_invalid");
}
