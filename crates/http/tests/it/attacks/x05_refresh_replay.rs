//! X5: rotation that is not atomic, and reuse that has no consequence.

use gatewright_testkit::{TestApp, app::mins};
use tokio::task::JoinSet;

/// docs/attacks.md#refresh-replay
#[tokio::test]
async fn a_spent_token_ends_the_session() {
    let app = TestApp::start().await; // SQLite file, frozen clock, seeded entropy
    let ada = app.sign_up("ada@example.test").await;
    let stolen = ada.refresh_token();
    for _ in 0..2 {
        app.clock.advance(mins(10)); // older than min_age, so that it rotates
        ada.refresh().await.expect_status(200);
    }
    app.refresh(stolen).await.expect_problem(401, "refresh_token_reused");
    ada.refresh().await.expect_problem(401, "refresh_token_invalid"); // the honest client is out too
    ada.get("/auth/me").await.expect_problem(401, "access_token_invalid");
}

/// docs/attacks.md#refresh-replay
#[tokio::test]
async fn sixteen_requests_at_once_rotate_once_and_get_the_same_successor() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", "ada@example.test").await;
    app.clock.advance(mins(10));
    let mut tabs = JoinSet::new();
    for _ in 0..16 {
        let tab = ada.copy();
        tabs.spawn(async move { tab.refresh().await.expect_status(200).json() });
    }
    let answers = tabs.join_all().await;
    for answer in &answers {
        assert_eq!(answer["refresh_token"], answers[0]["refresh_token"]);
        assert_eq!(answer["session"]["generation"], 2);
    }
    assert_ne!(answers[0]["refresh_token"], ada.refresh_token());
}
