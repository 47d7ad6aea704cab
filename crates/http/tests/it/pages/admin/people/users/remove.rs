//! `/admin/users/{id}/remove`.

use gatewright_testkit::TestApp;

use super::super::{account_id, admin, clerk, done, heading, notice, press, user_page};
use crate::{
    family::{family, grace},
    routes::admin::{account_path, give_roles},
};

#[tokio::test]
async fn a_user_is_removed_after_a_second_look() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, family(&app, "body").await);
    let grace = grace(&app, "body").await;
    let path = format!("{}/remove", user_page(&grace.user_id()));
    let page = admin.get(&path).await.expect_status(200);
    assert_eq!(heading(&page), "Remove this user?");
    assert!(page.text().contains("<bdi>grace</bdi>") && page.text().contains("Leave it as it is"));
    grace.get("/auth/me").await.expect_status(200);
    let answer = press(&admin, &path, &page, &[]).await;
    assert_eq!(done(&admin, &path, answer).await, "The user is removed.");
    grace.get("/auth/me").await.expect_status(401);
    ada.get("/auth/me").await.expect_status(200);
    press(&admin, &path, &page, &[]).await.expect_status(404);
}

#[tokio::test]
async fn the_last_owner_of_an_account_stays() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, family(&app, "body").await);
    let path = format!("{}/remove", user_page(&ada.user_id()));
    let page = admin.get(&path).await;
    let refused = press(&admin, &path, &page, &[]).await.expect_status(409);
    let says = notice(&refused, "alert").unwrap();
    assert!(says.starts_with("Nothing was done: an account always has an owner"), "{says}");
    ada.get("/auth/me").await.expect_status(200);
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_support_does_not_remove_who_may_do_more() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let support = clerk(&app, "support", &["users:read", "users:write"]).await;
    let path = format!("{}/remove", user_page(&admin.user_id()));
    let page = support.get(&path).await.expect_status(200);
    press(&support, &path, &page, &[]).await.expect_status(403);
    admin.get("/admin/users").await.expect_status(200);
}

/// docs/attacks.md#the-last-admin
#[tokio::test]
async fn az6_the_last_admin_who_owns_no_account_stays_and_it_is_said_why() {
    let app = TestApp::start().await;
    let root = app.admin().await;
    family(&app, "body").await;
    let grace = grace(&app, "cookie").await;
    give_roles(&root, &grace.user_id(), &["admin"]).await.expect_status(200);
    let path = format!("{}/remove", user_page(&grace.user_id()));
    grace.delete(&account_path(&account_id(&root))).await.expect_status(204);
    let page = grace.get(&path).await.expect_status(200);
    assert!(page.text().contains("This is you."), "{}", page.text());
    let refused = press(&grace, &path, &page, &[]).await.expect_status(409);
    let says = notice(&refused, "alert").unwrap();
    assert!(says.starts_with("Nothing was done: nobody would be left who may do everything here."), "{says}");
    grace.get("/admin/users").await.expect_status(200);
}
