//! Stores that tell another history than their clients: two that were one, and one that was put back.

use gatewright_testkit::{TestApp, app::mins};

use crate::family::EMAIL;

/// docs/attacks.md#split-brain
#[tokio::test]
async fn p8_a_token_from_a_history_that_this_store_never_had_is_refused_and_ends_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let first = ada.refresh_token();
    let kept = tempfile::tempdir().unwrap();
    let copy = kept.path().join("copy");
    app.clock.advance(mins(2));
    let app = app.restart(|database| _ = std::fs::copy(database, &copy).unwrap()).await;
    for _ in 0..2 {
        app.clock.advance(mins(2));
        ada.refresh().await.expect_status(200);
    }
    let app = app
        .restart(|database| {
            for rest in ["-wal", "-shm"] {
                drop(std::fs::remove_file(format!("{}{rest}", database.display())));
            }
            std::fs::copy(&copy, database).unwrap();
        })
        .await;
    app.refresh(ada.refresh_token()).await.expect_problem(401, "refresh_token_invalid");
    app.clock.advance(mins(2));
    app.refresh(&first).await.expect_status(200);
}
