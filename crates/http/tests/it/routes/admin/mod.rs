//! `/admin/v1/…`: each call in the file that its URL names, and what is true of all of them: who gets in (`access`), that nobody
//! raises himself or acts on who may do more (`authority`), and that there always is an admin (`last_admin`).

mod access;
mod accounts;
mod activity;
mod authority;
mod bootstrap;
mod deliveries;
mod impersonate;
mod keys;
mod last_admin;
pub(crate) mod mails;
mod reset;
mod roles;
mod rules;
mod service_keys;
mod sessions;
mod settings;
mod stats;
mod users;

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD},
};
use serde_json::{Value, json};

/// Everything that the admin API knows.
pub(crate) const ALL_RIGHTS: [&str; 23] = [
    "accounts:impersonate",
    "accounts:read",
    "accounts:write",
    "activity:read",
    "deliveries:read",
    "deliveries:write",
    "keys:read",
    "keys:write",
    "mails:read",
    "mails:write",
    "roles:read",
    "roles:write",
    "rules:read",
    "rules:write",
    "service-keys:read",
    "service-keys:write",
    "sessions:read",
    "sessions:write",
    "stats:read",
    "tokens:introspect",
    "tokens:revoke",
    "users:read",
    "users:write",
];

/// Somebody with an account of its own, just signed in, whose user has the name.
pub(crate) async fn somebody(app: &TestApp, name: &str) -> Browser {
    let browser = app.browser();
    let email = format!("{name}@example.test");
    let body = json!({"email": email, "password": PASSWORD, "username": name, "transport": "body"});
    browser.post("/auth/signup").json(body).await.expect_status(201);
    browser
}

/// Somebody who has a role of the same name with these permissions, by the hand of the first admin.
pub(crate) async fn with_role(app: &TestApp, name: &str, permissions: &[&str]) -> Browser {
    let user = somebody(app, name).await;
    let admin = app.admin().await;
    let role = format!("/admin/v1/roles/{name}");
    admin.put(&role).json(json!({"permissions": permissions})).await.expect_status(200);
    give_roles(&admin, &user.user_id(), &[name]).await.expect_status(200);
    user
}

/// Gives a user exactly these roles.
pub(crate) async fn give_roles(by: &Browser, user: &str, roles: &[&str]) -> Answer {
    by.patch(&user_path(user)).json(json!({"roles": roles})).await
}

pub(crate) fn user_path(id: &str) -> String {
    format!("/admin/v1/users/{id}")
}

pub(crate) fn account_path(id: &str) -> String {
    format!("/admin/v1/accounts/{id}")
}

/// The id of the account that signed in.
pub(crate) fn account_id(browser: &Browser) -> String {
    browser.signed_in()["account"]["id"].as_str().unwrap().to_owned()
}

/// The last entries of the log that name this act, newest first.
pub(crate) async fn noted(admin: &Browser, act: &str) -> Vec<Value> {
    let page = admin.get(&format!("/admin/v1/activity?act={act}")).await.expect_status(200).json();
    page["activity"].as_array().unwrap().clone()
}

/// One member of each thing in a list.
pub(crate) fn each(list: &Value, member: &str) -> Vec<String> {
    let text = |one: &Value| one[member].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(text).collect()
}
