//! Where a client may put a text: the members of every request body, and the parameters of every operation, as the OpenAPI
//! document names them.

use serde_json::{Value, json};

use crate::{
    access_table::{Row, rows},
    family::EMAIL,
};

/// A member of a body.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// An operation with a body that would do.
    pub(super) row: Row,
    /// The names from the outermost member in; the last may be free-form metadata.
    pub(super) path: Vec<String>,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text of any kind.
    Text,
    /// An object in which everything is allowed.
    Free,
}

pub(super) fn document() -> Value {
    serde_json::to_value(gatewright::openapi()).unwrap()
}

/// Every operation that takes a body, with one that would do.
pub(super) fn with_bodies() -> Vec<Row> {
    let document = document();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        // A form is read by a parser of its own, beside which its tests are.
        let is_json = |says: &Value| says["requestBody"]["content"].get("application/json").is_some();
        for (method, _) in methods.as_object().unwrap().iter().filter(|(_, says)| is_json(says)) {
            let fitting = rows().into_iter().find(|row| row.is(&method.to_uppercase(), path));
            let row = fitting.unwrap_or_else(|| panic!("{method} {path} has no row in the access table"));
            let body = row.body.clone().unwrap_or_else(|| json!({}));
            found.push(row.with("hostile", body));
        }
    }
    found
}

/// Every place in a body where a text may stand.
pub(super) fn members() -> Vec<Place> {
    let document = document();
    let mut found = Vec::new();
    for row in with_bodies() {
        let operation = &document["paths"][row.path][row.method.as_str().to_lowercase()];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        collect(&document, schema, &row, &mut Vec::new(), &mut found);
    }
    found
}

fn collect(document: &Value, schema: &Value, row: &Row, path: &mut Vec<String>, found: &mut Vec<Place>) {
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    for choice in choices {
        collect(document, choice, row, path, found);
    }
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/components/schemas/").unwrap();
        collect(document, &document["components"]["schemas"][name], row, path, found);
        return;
    }
    let is = |kind: &str| {
        schema["type"] == kind || schema["type"].as_array().is_some_and(|all| all.iter().any(|one| one == kind))
    };
    let kind = match (is("string"), is("object"), schema["properties"].as_object()) {
        (true, _, _) => Kind::Text,
        (_, true, None) => Kind::Free,
        (_, true, Some(members)) => {
            for (name, schema) in members {
                path.push(name.clone());
                collect(document, schema, row, path, found);
                path.pop();
            }
            return;
        }
        _ => return,
    };
    found.push(Place { row: row.clone(), path: path.clone(), kind });
}

impl Place {
    pub(super) fn name(&self) -> String {
        format!("{} {}, {}", self.row.method, self.row.path, self.path.join("."))
    }

    /// The body with `value` at this place.
    pub(super) fn body(&self, value: Value) -> Value {
        let mut body = self.row.body.clone().unwrap();
        let mut at = &mut body;
        for name in &self.path {
            if !at[name].is_object() {
                at[name] = json!({});
            }
            at = &mut at[name];
        }
        *at = value;
        // What excludes another member goes alone.
        if self.path == ["user_id"] {
            body.as_object_mut().unwrap().remove("username");
        }
        let is_of_mail = body["token"] == "[token]";
        if is_of_mail && (self.path == ["email"] || self.path == ["code"]) {
            let members = body.as_object_mut().unwrap();
            members.remove("token");
            members.entry("email").or_insert_with(|| EMAIL.into());
            members.entry("code").or_insert_with(|| "12345678".into());
        }
        body
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a line for each place, and nothing else")]
fn the_places_are_those_of_the_document() {
    let names: Vec<_> = members().iter().map(Place::name).collect();
    insta::assert_snapshot!(names.join("\n"), @"
    POST /admin/v1/accounts, email
    POST /admin/v1/accounts, profile.avatar_url
    POST /admin/v1/accounts, profile.display_name
    POST /admin/v1/accounts, profile.locale
    POST /admin/v1/accounts, profile.metadata
    POST /admin/v1/accounts, username
    POST /admin/v1/bootstrap, client
    POST /admin/v1/bootstrap, email
    POST /admin/v1/bootstrap, password
    POST /admin/v1/bootstrap, profile.avatar_url
    POST /admin/v1/bootstrap, profile.display_name
    POST /admin/v1/bootstrap, profile.locale
    POST /admin/v1/bootstrap, profile.metadata
    POST /admin/v1/bootstrap, secret
    POST /admin/v1/bootstrap, transport
    POST /admin/v1/bootstrap, username
    POST /admin/v1/rules, name
    POST /admin/v1/rules, namespace
    POST /admin/v1/rules, on_failure
    POST /admin/v1/rules, url
    PATCH /admin/v1/rules/{id}, name
    PATCH /admin/v1/rules/{id}, namespace
    PATCH /admin/v1/rules/{id}, on_failure
    PATCH /admin/v1/rules/{id}, url
    POST /admin/v1/rules/{id}/rotate-secret, step
    POST /admin/v1/service-keys, name
    PATCH /admin/v1/users/{id}, app_metadata
    POST /admin/v1/users/{id}/impersonate, reason
    PUT /auth/email, email
    POST /auth/email/confirm, code
    POST /auth/email/confirm, email
    POST /auth/email/confirm, token
    POST /auth/email/resend, email
    POST /auth/email/undo, code
    POST /auth/email/undo, email
    POST /auth/email/undo, token
    POST /auth/email/verify, code
    POST /auth/email/verify, email
    POST /auth/email/verify, password
    POST /auth/email/verify, token
    POST /auth/invitations, email
    POST /auth/invitations/accept, client
    POST /auth/invitations/accept, code
    POST /auth/invitations/accept, email
    POST /auth/invitations/accept, profile.avatar_url
    POST /auth/invitations/accept, profile.display_name
    POST /auth/invitations/accept, profile.locale
    POST /auth/invitations/accept, profile.metadata
    POST /auth/invitations/accept, token
    POST /auth/invitations/accept, transport
    POST /auth/invitations/accept, username
    POST /auth/login, client
    POST /auth/login, login
    POST /auth/login, password
    POST /auth/login, transport
    POST /auth/login, user
    POST /auth/logout, refresh_token
    POST /auth/logout, scope
    POST /auth/magic-link, email
    POST /auth/magic-link/redeem, client
    POST /auth/magic-link/redeem, code
    POST /auth/magic-link/redeem, email
    POST /auth/magic-link/redeem, token
    POST /auth/magic-link/redeem, transport
    POST /auth/magic-link/redeem, user
    PATCH /auth/me, profile.avatar_url
    PATCH /auth/me, profile.display_name
    PATCH /auth/me, profile.locale
    PATCH /auth/me, profile.metadata
    PUT /auth/password, current_password
    PUT /auth/password, new_password
    POST /auth/password/forgot, email
    POST /auth/password/reset, code
    POST /auth/password/reset, email
    POST /auth/password/reset, new_password
    POST /auth/password/reset, token
    POST /auth/reauthenticate, password
    POST /auth/refresh, refresh_token
    POST /auth/select, pin
    POST /auth/select, selection_token
    POST /auth/select, transport
    POST /auth/select, user_id
    POST /auth/select, username
    POST /auth/signup, client
    POST /auth/signup, email
    POST /auth/signup, password
    POST /auth/signup, profile.avatar_url
    POST /auth/signup, profile.display_name
    POST /auth/signup, profile.locale
    POST /auth/signup, profile.metadata
    POST /auth/signup, transport
    POST /auth/signup, username
    POST /auth/switch, pin
    POST /auth/switch, user_id
    POST /auth/switch, username
    POST /auth/users, pin
    POST /auth/users, profile.avatar_url
    POST /auth/users, profile.display_name
    POST /auth/users, profile.locale
    POST /auth/users, profile.metadata
    POST /auth/users, username
    PATCH /auth/users/{id}, profile.avatar_url
    PATCH /auth/users/{id}, profile.display_name
    PATCH /auth/users/{id}, profile.locale
    PATCH /auth/users/{id}, profile.metadata
    PATCH /auth/users/{id}, username
    PUT /auth/users/{id}/pin, pin
    ");
}
