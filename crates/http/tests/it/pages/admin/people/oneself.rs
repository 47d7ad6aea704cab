//! Admins who act on themselves: there always is one, and otherwise it is done as to anybody.

use gatewright_testkit::{TestApp, app::Browser};
use serde_json::json;

use super::{
    account_id, account_page, admin, done, error_at, follow, form_token, hidden, notice, press, press_act, send,
    somebody, user_page,
};
use crate::{pages::has_session, routes::admin::give_roles};

const LAST: &str =
    "Nothing was done: nobody would be left who may do everything here. Make somebody else an admin first.";

/// A second admin.
async fn second(app: &TestApp, admin: &Browser) {
    let bob = somebody(app, "bob").await;
    give_roles(admin, &bob.user_id(), &["admin"]).await.expect_status(200);
}

/// Saves the roles of oneself with nothing ticked.
async fn resign(admin: &Browser) -> gatewright_testkit::app::Answer {
    let path = user_page(&admin.user_id());
    let page = admin.get(&path).await.expect_status(200);
    let seen = hidden(&page, "roles", "seen");
    press_act(admin, &page, &path, ("roles", ""), &[("seen", &seen)]).await
}

#[tokio::test]
async fn the_last_admin_cannot_lock_himself_out() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let (account, user) = (account_page(&account_id(&admin)), user_page(&admin.user_id()));
    for path in [&account, &user] {
        let page = admin.get(path).await.expect_status(200);
        assert!(page.text().contains("This is you."));
        let refused = press_act(&admin, &page, path, ("disable", ""), &[]).await.expect_status(409);
        assert_eq!(notice(&refused, "alert").as_deref(), Some(LAST));
    }
    let path = format!("{account}/delete");
    let page = admin.get(&path).await.expect_status(200);
    assert!(page.text().contains("This is your own account"), "{}", page.text());
    let refused = press(&admin, &path, &page, &[("email", "root@example.test")]).await.expect_status(409);
    assert_eq!(notice(&refused, "alert").as_deref(), Some(LAST));
    // He is also the last owner of his account, unless somebody else owns it too.
    let path = format!("{user}/remove");
    let page = admin.get(&path).await.expect_status(200);
    press(&admin, &path, &page, &[]).await.expect_status(409);
    let refused = resign(&admin).await.expect_status(409);
    assert_eq!(error_at(&refused, "roles-role").as_deref(), Some(LAST));
    admin.get("/admin/accounts").await.expect_status(200);
}

#[tokio::test]
async fn one_of_two_admins_may_stop_being_one() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    second(&app, &admin).await;
    let path = user_page(&admin.user_id());
    let answer = resign(&admin).await.expect_status(303);
    follow(&admin, &path, &answer).await.expect_status(403);
    assert!(has_session(&admin).await, "he is no admin any more, and still somebody");
}

#[tokio::test]
async fn one_of_two_admins_may_disable_and_delete_himself_and_is_out() {
    for act in ["disable-user", "disable-account", "delete", "end"] {
        let app = TestApp::start().await;
        let admin = admin(&app).await;
        second(&app, &admin).await;
        let path = match act {
            "disable-user" => user_page(&admin.user_id()),
            "delete" => format!("{}/delete", account_page(&account_id(&admin))),
            _ => account_page(&account_id(&admin)),
        };
        let page = admin.get(&path).await.expect_status(200);
        let token = form_token(&page);
        let session = admin.session_id();
        let mut fields = vec![("form_token", token.as_str())];
        fields.extend(match act {
            "delete" => vec![("email", "root@example.test")],
            "end" => vec![("act", "end"), ("of", session.as_str())],
            _ => vec![("act", "disable")],
        });
        let answer = send(&admin, &path, &fields).await.expect_status(303);
        let after = follow(&admin, &path, &answer).await.expect_status(303);
        assert!(after.header("location").unwrap().contains("login?next="), "{act}");
        assert!(!has_session(&admin).await, "{act}");
    }
}

/// Nobody touches himself through the page of somebody else.
#[tokio::test]
async fn az6_an_admin_can_take_the_right_from_another() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let bob = somebody(&app, "bob").await;
    give_roles(&admin, &bob.user_id(), &["admin"]).await.expect_status(200);
    let path = user_page(&bob.user_id());
    let page = admin.get(&path).await.expect_status(200);
    let seen = hidden(&page, "roles", "seen");
    let answer = press_act(&admin, &page, &path, ("roles", ""), &[("seen", &seen), ("more", "fan")]).await;
    assert_eq!(done(&admin, &path, answer).await, "The roles are saved.");
    assert_eq!(bob.get("/auth/me").await.json()["user"]["roles"], json!(["fan"]));
    bob.get("/admin/v1/users").await.expect_status(403);
}
