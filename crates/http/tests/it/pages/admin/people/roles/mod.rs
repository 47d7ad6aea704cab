//! `/admin/roles` and below it, and `/admin/add-role`.

mod add;
mod list;
mod one;
mod remove;

use gatewright::core::model::{Permissions, Role, Timestamp};
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, Setup},
};
use serde_json::{Value, json};

use super::{admin, clerk, done, error_at, follow, heading, hidden, notice, plain, press};

const LIST: &str = "/admin/roles";
const ADD: &str = "/admin/add-role";

/// A system whose settings define `auditor`.
async fn app() -> TestApp {
    Setup::default().policy(|policy| policy.roles = vec![of_settings("auditor")]).start().await
}

/// A role as settings define it.
fn of_settings(name: &str) -> Role {
    Role {
        name: name.parse().unwrap(),
        permissions: Permissions::new(vec!["activity:read".parse().unwrap()]),
        changed_at: Timestamp::from_secs(0),
    }
}

fn page_of(name: &str) -> String {
    format!("{LIST}/{name}")
}

async fn define(admin: &Browser, name: &str, permissions: Value) {
    let body = json!({"permissions": permissions});
    admin.put(&format!("/admin/v1/roles/{name}")).json(body).await.expect_status(200);
}

/// What the role lets its users do; null if it is not defined.
async fn permissions_of(admin: &Browser, name: &str) -> Value {
    let roles = admin.get("/admin/v1/roles").await.expect_status(200).json();
    let found = roles["roles"].as_array().unwrap().iter().find(|role| role["name"] == name).cloned();
    found.map_or(Value::Null, |role| role["permissions"].clone())
}

/// Ticks these rights, types these permissions, and presses the button.
async fn save(by: &Browser, path: &str, page: &Answer, name: Option<&str>, ticked: &[&str], typed: &str) -> Answer {
    let names: Vec<String> = ticked.iter().map(|right| format!("right.{right}")).collect();
    let seen = if name.is_none() { hidden(page, "", "seen") } else { String::new() };
    let mut fields = vec![("more", typed)];
    fields.extend(name.map(|name| ("name", name)));
    fields.extend(name.is_none().then_some(("seen", seen.as_str())));
    fields.extend(names.iter().zip(ticked).map(|(name, value)| (name.as_str(), *value)));
    press(by, path, page, &fields).await
}
