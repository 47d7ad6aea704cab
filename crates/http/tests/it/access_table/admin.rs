//! The rows of the admin API: every operation, and where it matters whom it is about, once for each.

use axum::http::Method;
use gatewright_testkit::app::PASSWORD;
use serde_json::{Value, json};

use super::rows::{BOOTSTRAP, Row, Target, row};

const ACCOUNTS: &str = "/admin/v1/accounts";
const ACCOUNT: &str = "/admin/v1/accounts/{id}";
const USERS: &str = "/admin/v1/users";
const USER: &str = "/admin/v1/users/{id}";
const SERVICE_KEYS: &str = "/admin/v1/service-keys";
const RULES: &str = "/admin/v1/rules";
const RULE: &str = "/admin/v1/rules/{id}";

/// Every row of the admin API, in the order of the table.
pub(super) fn rows() -> Vec<Row> {
    use Target::{AdminAccount, AdminUser, Family, Nothing, OtherSession, OtherUser, SomeKey, SomeRole};
    let plain = |method, path, body| row(method, path, Nothing, "", body);
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    let (patch, delete) = (Method::PATCH, Method::DELETE);
    let first = json!({"secret": "[secret]", "email": "first@example.test", "password": PASSWORD, "transport": "body"});
    let (disabled, may) = (json!({"disabled": true}), json!({"permissions": ["users:read"]}));
    let key = json!({"name": "another", "permissions": ["users:read"]});
    let mut all = vec![
        plain(post.clone(), BOOTSTRAP, first),
        plain(get.clone(), ACCOUNTS, Value::Null),
        plain(post.clone(), ACCOUNTS, json!({"email": "made@example.test"})),
        row(get.clone(), ACCOUNT, Family, "", Value::Null),
        row(patch.clone(), ACCOUNT, Family, "", disabled.clone()),
        row(patch.clone(), ACCOUNT, AdminAccount, "the last admin's", disabled.clone()),
        row(delete.clone(), ACCOUNT, Family, "", Value::Null),
        row(delete.clone(), ACCOUNT, AdminAccount, "the last admin's", Value::Null),
        row(post.clone(), "/admin/v1/accounts/{id}/reset", Family, "", Value::Null),
        plain(get.clone(), USERS, Value::Null),
        row(get.clone(), USER, OtherUser, "", Value::Null),
        row(patch.clone(), USER, OtherUser, "a role of its own", json!({"roles": ["editor"]})),
        row(patch.clone(), USER, OtherUser, "the role admin", json!({"roles": ["admin"]})),
        row(patch.clone(), USER, OtherUser, "disabled", disabled.clone()),
        row(patch, USER, AdminUser, "the last admin disabled", disabled),
        row(delete.clone(), USER, OtherUser, "", Value::Null),
        row(post.clone(), "/admin/v1/users/{id}/impersonate", OtherUser, "", json!({"reason": "ticket"})),
        plain(get.clone(), "/admin/v1/roles", Value::Null),
        row(put.clone(), "/admin/v1/roles/{name}", SomeRole, "", may.clone()),
        row(delete.clone(), "/admin/v1/roles/{name}", SomeRole, "", Value::Null),
        row(get.clone(), "/admin/v1/sessions", OtherUser, "", Value::Null).asking("user_id={id}"),
        row(delete.clone(), "/admin/v1/sessions/{id}", OtherSession, "", Value::Null),
        plain(get.clone(), "/admin/v1/activity", Value::Null),
        plain(get.clone(), "/admin/v1/activity/export", Value::Null),
        plain(get.clone(), "/admin/v1/keys", Value::Null),
        plain(post.clone(), "/admin/v1/keys/rotate", Value::Null),
        plain(get.clone(), SERVICE_KEYS, Value::Null),
        plain(post.clone(), SERVICE_KEYS, key),
        row(delete, "/admin/v1/service-keys/{id}", SomeKey, "", Value::Null),
        plain(get.clone(), "/admin/v1/mails", Value::Null),
        row(post.clone(), "/admin/v1/mails/{id}/retry", Target::Nowhere, "", Value::Null),
        plain(get.clone(), "/admin/v1/settings", Value::Null),
        plain(get, "/admin/v1/stats", Value::Null),
    ];
    all.extend(rows_of_rules());
    all
}

fn rows_of_rules() -> [Row; 9] {
    let (get, post) = (Method::GET, Method::POST);
    let rule = |method, path, body| row(method, path, Target::SomeRule, "", body);
    let new = json!({"name": "another", "url": "https://rules.example.com/", "moments": ["before_sign_up"]});
    [
        row(get.clone(), RULES, Target::Nothing, "", Value::Null),
        row(post.clone(), RULES, Target::Nothing, "", new),
        rule(get.clone(), RULE, Value::Null),
        rule(Method::PATCH, RULE, json!({"enabled": false})),
        rule(Method::DELETE, RULE, Value::Null),
        rule(post.clone(), "/admin/v1/rules/{id}/rotate-secret", json!({"step": "begin"})),
        rule(post.clone(), "/admin/v1/rules/{id}/test", Value::Null),
        row(get, "/admin/v1/deliveries", Target::Nothing, "", Value::Null),
        row(post, "/admin/v1/deliveries/{id}/replay", Target::Nowhere, "", Value::Null),
    ]
}
