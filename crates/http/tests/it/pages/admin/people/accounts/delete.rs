//! `/admin/accounts/{id}/delete`.

use gatewright_testkit::TestApp;

use super::super::{account_id, account_page, admin, clerk, done, error_at, heading, notice, press, somebody};

#[tokio::test]
async fn an_account_is_deleted_when_its_address_was_typed() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let path = format!("{}/delete", account_page(&account_id(&ada)));
    let page = admin.get(&path).await.expect_status(200);
    assert_eq!(heading(&page), "Delete this account?");
    assert!(page.text().contains("ada@example.test") && page.text().contains("Leave it as it is"));
    for wrong in ["", "yes", "bob@example.test", "root@example.test"] {
        let refused = press(&admin, &path, &page, &[("email", wrong)]).await.expect_status(422);
        assert_eq!(error_at(&refused, "email").as_deref(), Some("This is not the address of the account."));
    }
    ada.get("/auth/me").await.expect_status(200);
    let answer = press(&admin, &path, &page, &[("email", " Ada@Example.TEST ")]).await;
    assert_eq!(done(&admin, &path, answer).await, "The account is deleted.");
    ada.get("/auth/me").await.expect_status(401);
    let gone = admin.get(&account_page(&account_id(&ada))).await.expect_status(404);
    assert_eq!(heading(&gone), "There is no such page");
    press(&admin, &path, &page, &[("email", "ada@example.test")]).await.expect_status(404);
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_support_does_not_delete_who_may_do_more() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let support = clerk(&app, "support", &["accounts:read", "accounts:write"]).await;
    let path = format!("{}/delete", account_page(&account_id(&admin)));
    let page = support.get(&path).await.expect_status(200);
    let refused = press(&support, &path, &page, &[("email", "root@example.test")]).await.expect_status(403);
    let says = "Nothing was done: this would touch somebody who may do more here than you.";
    assert_eq!(notice(&refused, "alert").as_deref(), Some(says));
    admin.get("/admin/accounts").await.expect_status(200);
}
