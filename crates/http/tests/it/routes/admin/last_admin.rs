//! Once there is an admin who can sign in, there always is (SECURITY AZ6): tried by every way in which the last one could go.

use gatewright_testkit::{
    TestApp,
    app::{Browser, PASSWORD},
};
use serde_json::json;
use tokio::task::JoinSet;

use super::{ALL_RIGHTS, account_id, account_path, give_roles, somebody, user_path};
use crate::family::{family, grace};

/// Every way in which `by` may try to end the admin of `account` and `user`.
async fn tries(by: &Browser, user: &str, account: &str) {
    let (of_user, of_account) = (user_path(user), account_path(account));
    for roles in [&[][..], &["support"]] {
        give_roles(by, user, roles).await.expect_problem(409, "last_admin");
    }
    by.patch(&of_user).json(json!({"disabled": true})).await.expect_problem(409, "last_admin");
    let both = json!({"disabled": true, "roles": ["admin"]});
    by.patch(&of_user).json(both).await.expect_problem(409, "last_admin");
    by.patch(&of_account).json(json!({"disabled": true})).await.expect_problem(409, "last_admin");
    by.delete(&of_account).await.expect_problem(409, "last_admin");
}

/// docs/attacks.md#the-last-admin
#[tokio::test]
async fn az6_the_last_admin_stays_by_whatever_way() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (user, account) = (admin.user_id(), account_id(&admin));
    tries(&admin, &user, &account).await;
    // A program with every right is no admin who could sign in.
    let program = app.program(&ALL_RIGHTS).await;
    tries(&program, &user, &account).await;
    // As the owner of its own account.
    admin.delete("/auth/account").await.expect_problem(409, "last_admin");
    admin.get("/admin/v1/accounts").await.expect_status(200);
    app.log_in(gatewright_testkit::app::ADMIN_EMAIL, None, "body").await;
}

/// docs/attacks.md#the-last-admin
#[tokio::test]
async fn az6_the_last_admin_stays_in_the_account_of_somebody_else() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let grace = grace(&app, "body").await;
    give_roles(&admin, &grace.user_id(), &["admin"]).await.expect_status(200);
    grace.delete(&account_path(&account_id(&admin))).await.expect_status(204);
    // Grace is the last, on an account that Ada owns.
    let (user, account) = (grace.user_id(), account_id(&ada));
    tries(&grace, &user, &account).await;
    grace.delete(&user_path(&user)).await.expect_problem(409, "last_admin");
    app.program(&ALL_RIGHTS).await.delete(&user_path(&user)).await.expect_problem(409, "last_admin");
    ada.delete(&format!("/auth/users/{user}")).await.expect_problem(409, "last_admin");
    ada.delete("/auth/account").await.expect_problem(409, "last_admin");
    // The others of the account go as always.
    let kid = ada.get("/auth/users").await.json()["users"][2]["id"].as_str().unwrap().to_owned();
    ada.delete(&format!("/auth/users/{kid}")).await.expect_status(204);
    grace.get("/admin/v1/accounts").await.expect_status(200);
    give_roles(&grace, &ada.user_id(), &["admin"]).await.expect_status(200);
    ada.delete(&format!("/auth/users/{user}")).await.expect_status(204);
    ada.delete("/auth/account").await.expect_problem(409, "last_admin");
}

/// docs/attacks.md#the-last-admin
#[tokio::test]
async fn az6_a_disabled_admin_does_not_count_and_a_second_one_does() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, somebody(&app, "ada").await);
    let (user, account) = (admin.user_id(), account_id(&admin));
    give_roles(&admin, &ada.user_id(), &["admin"]).await.expect_status(200);
    admin.patch(&user_path(&ada.user_id())).json(json!({"disabled": true})).await.expect_status(200);
    tries(&admin, &user, &account).await;
    admin.patch(&user_path(&ada.user_id())).json(json!({"disabled": false})).await.expect_status(200);
    admin.patch(&account_path(&account_id(&ada))).json(json!({"disabled": true})).await.expect_status(200);
    tries(&admin, &user, &account).await;
    admin.patch(&account_path(&account_id(&ada))).json(json!({"disabled": false})).await.expect_status(200);
    // Now there are two, and the first may go; then the second is the last.
    let ada = app.log_in("ada", None, "body").await;
    ada.delete(&account_path(&account)).await.expect_status(204);
    tries(&ada, &ada.user_id(), &account_id(&ada)).await;
}

/// docs/attacks.md#the-last-admin
#[tokio::test]
async fn az6_two_admins_who_remove_each_other_at_once_leave_one() {
    for _ in 0..5 {
        let app = TestApp::start().await;
        let (admin, ada) = (app.admin().await, somebody(&app, "ada").await);
        give_roles(&admin, &ada.user_id(), &["admin"]).await.expect_status(200);
        let mut racing = JoinSet::new();
        for (by, whom) in [(&admin, ada.user_id()), (&ada, admin.user_id())] {
            for way in 0..4 {
                let (by, path) = (by.copy(), user_path(&whom));
                racing.spawn(async move {
                    match way {
                        0 => by.delete(&path).await,
                        1 => by.patch(&path).json(json!({"roles": []})).await,
                        _ => by.patch(&path).json(json!({"disabled": true})).await,
                    }
                    .status
                    .as_u16()
                });
            }
        }
        let statuses = racing.join_all().await;
        let admins = app.gate.operator().admins().await.unwrap();
        let open = admins.iter().filter(|user| user.disabled_at.is_none()).count();
        assert_eq!(open, 1, "{statuses:?}");
    }
}

#[tokio::test]
async fn az6_an_owner_who_is_no_admin_goes_as_always() {
    let app = TestApp::start().await;
    app.admin().await;
    let ada = app.browser();
    let body = json!({"email": "ada@example.test", "password": PASSWORD, "transport": "body"});
    ada.post("/auth/signup").json(body).await.expect_status(201);
    ada.delete("/auth/account").await.expect_status(204);
}
