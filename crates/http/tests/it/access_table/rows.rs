//! What is tried: every operation with a request that would succeed for the right caller, and where it matters whom it is
//! about, once for each.

use axum::http::Method;
use gatewright_testkit::app::PASSWORD;
use serde_json::{Value, json};

use super::{admin, callers::CHILD_PIN};
use crate::family::EMAIL;

/// What the password becomes.
pub(super) const NEW_PASSWORD: &str = "quite another fine sentence";
/// What the address becomes.
pub(super) const NEW_EMAIL: &str = "countess@example.test";
/// Where the first admin is made.
pub(super) const BOOTSTRAP: &str = "/admin/v1/bootstrap";
/// What a PIN becomes.
pub(super) const NEW_PIN: &str = "8642";

/// One operation with one request.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) method: Method,
    /// As the document has it.
    pub(crate) path: &'static str,
    /// What sets it apart from other rows of the operation.
    case: &'static str,
    /// What `{id}` stands for.
    pub(super) target: Target,
    /// What stands behind the path; `{id}` in it as well.
    pub(super) query: &'static str,
    /// The kind of mail that `[token]` and `[code]` in the body come from; it lies there before the caller acts.
    pub(crate) mail: Option<&'static str>,
    pub(crate) body: Option<Value>,
    /// A form instead of a body of JSON; `[access]` stands for an access token.
    pub(super) form: Option<&'static str>,
}

/// Whom or what a request is about. A caller without ids of its own uses the owner's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Nothing,
    OwnUser,
    OtherUser,
    OwnSession,
    OtherSession,
    /// The account of the family.
    Family,
    /// The account of the first admin, and its user.
    AdminAccount,
    AdminUser,
    /// A service key that nobody uses, a role that nobody has, a webhook that nobody calls.
    SomeKey,
    SomeRole,
    SomeRule,
    /// What nobody has.
    Nowhere,
}

impl Row {
    pub(crate) fn name(&self) -> String {
        match self.case {
            "" => format!("{} {}", self.method, self.path),
            case => format!("{} {}, {case}", self.method, self.path),
        }
    }

    fn with_mail(self, kind: &'static str) -> Self {
        Self { mail: Some(kind), ..self }
    }

    /// The same with another body.
    pub(crate) fn with(self, case: &'static str, body: Value) -> Self {
        Self { case, body: Some(body), ..self }
    }

    pub(super) fn asking(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    /// Whether it is a call of the admin API that takes an admin.
    pub(crate) fn administers(&self) -> bool {
        self.path.starts_with("/admin/v1/") && self.path != BOOTSTRAP
    }

    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }
}

pub(super) fn row(method: Method, path: &'static str, target: Target, case: &'static str, body: Value) -> Row {
    let body = Some(body).filter(|body| !body.is_null());
    Row { method, path, case, target, query: "", mail: None, body, form: None }
}

/// Every row, in the order of the table.
pub(crate) fn rows() -> Vec<Row> {
    use Target::{Nothing, OtherSession, OtherUser, OwnSession, OwnUser};
    let plain = |method, path, case, body| row(method, path, Nothing, case, body);
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    let (patch, delete) = (Method::PATCH, Method::DELETE);
    let sign_up = json!({"email": "new@example.test", "password": PASSWORD, "transport": "cookie"});
    let login = json!({"login": EMAIL, "password": PASSWORD, "user": "ada"});
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    let [member, owner] = ["linus", "ada"].map(|name| json!({"username": name}));
    let (child, pin) = (json!({"username": "kid"}), json!({"username": "kid", "pin": CHILD_PIN}));
    let profile = json!({"profile": {"display_name": "Somebody"}});
    let name = json!({"username": "renamed"});
    vec![
        plain(post.clone(), "/auth/signup", "", sign_up),
        plain(post.clone(), "/auth/login", "as the owner", login.clone()),
        plain(post.clone(), "/auth/login", "nobody named", json!({"login": EMAIL, "password": PASSWORD})),
        plain(post.clone(), "/auth/login", "a wrong password", json!({"login": EMAIL, "password": "not at all"})),
        plain(post.clone(), "/auth/select", "a member", member.clone()),
        plain(post.clone(), "/auth/select", "the owner", owner.clone()),
        plain(post.clone(), "/auth/select", "a child", child.clone()),
        plain(post.clone(), "/auth/select", "a child with its PIN", pin.clone()),
        plain(post.clone(), "/auth/refresh", "", Value::Null),
        plain(post.clone(), "/auth/switch", "to a member", member),
        plain(post.clone(), "/auth/switch", "to the owner", owner),
        plain(post.clone(), "/auth/switch", "to a child", child),
        plain(post.clone(), "/auth/switch", "to a child with its PIN", pin),
        plain(post.clone(), "/auth/reauthenticate", "", json!({"password": PASSWORD})),
        plain(post.clone(), "/auth/logout", "", Value::Null),
        plain(post.clone(), "/auth/logout", "others", json!({"scope": "others"})),
        plain(post.clone(), "/auth/logout", "account", json!({"scope": "account"})),
        plain(get.clone(), "/auth/me", "", Value::Null),
        plain(patch.clone(), "/auth/me", "", profile.clone()),
        plain(get.clone(), "/auth/users", "", Value::Null),
        plain(post.clone(), "/auth/users", "", json!({"username": "somebody"})),
        row(patch.clone(), "/auth/users/{id}", OwnUser, "own profile", profile.clone()),
        row(patch.clone(), "/auth/users/{id}", OwnUser, "own name", name.clone()),
        row(patch.clone(), "/auth/users/{id}", OtherUser, "another's profile", profile),
        row(patch, "/auth/users/{id}", OtherUser, "another's name", name),
        row(delete.clone(), "/auth/users/{id}", OwnUser, "oneself", Value::Null),
        row(delete.clone(), "/auth/users/{id}", OtherUser, "another", Value::Null),
        row(put.clone(), "/auth/users/{id}/pin", OwnUser, "own", json!({"pin": NEW_PIN})),
        row(put.clone(), "/auth/users/{id}/pin", OtherUser, "another's", json!({"pin": NEW_PIN})),
        row(delete.clone(), "/auth/users/{id}/pin", OwnUser, "own", Value::Null),
        row(delete.clone(), "/auth/users/{id}/pin", OtherUser, "another's", Value::Null),
        plain(get.clone(), "/auth/sessions", "", Value::Null),
        row(delete.clone(), "/auth/sessions/{id}", OwnSession, "own", Value::Null),
        row(delete.clone(), "/auth/sessions/{id}", OtherSession, "another's", Value::Null),
        plain(get.clone(), "/auth/activity", "", Value::Null),
        plain(put.clone(), "/auth/password", "", change),
        plain(put, "/auth/email", "", json!({"email": NEW_EMAIL})),
        plain(post.clone(), "/auth/invitations", "", json!({"email": "newcomer@example.test"})),
        plain(delete, "/auth/account", "", Value::Null),
        plain(get.clone(), "/auth/account/export", "", Value::Null),
        plain(get.clone(), "/auth/verify", "", Value::Null),
        plain(get.clone(), "/auth/openapi.json", "", Value::Null),
        plain(get, "/.well-known/jwks.json", "", Value::Null),
    ]
    .into_iter()
    .chain(rows_of_mail(&post))
    .chain(rows_of_services(&post))
    .chain(admin::rows())
    .collect()
}

/// What is open to anybody who reads the mail, and to nobody else.
fn rows_of_mail(post: &Method) -> [Row; 13] {
    let plain = |path, case, body| row(post.clone(), path, Target::Nothing, case, body);
    let asked = json!({"email": EMAIL});
    let [token, code] = [json!({"token": "[token]"}), json!({"code": "[code]"})];
    let reset = json!({"token": "[token]", "new_password": NEW_PASSWORD});
    let redeemed = json!({"token": "[token]", "code": "[code]", "user": "ada"});
    let joins = json!({"token": "[token]", "username": "newcomer"});
    [
        plain("/auth/password/forgot", "", asked.clone()),
        plain("/auth/password/reset", "", reset).with_mail("reset_password"),
        plain("/auth/email/resend", "", asked.clone()),
        plain("/auth/email/verify", "by link", token.clone()).with_mail("verify_email"),
        plain("/auth/email/verify", "by code, signed in", code.clone()).with_mail("verify_email"),
        plain("/auth/email/confirm", "by link", token.clone()).with_mail("confirm_email"),
        plain("/auth/email/confirm", "by code, signed in", code).with_mail("confirm_email"),
        plain("/auth/email/undo", "", token.clone()).with_mail("email_changed"),
        plain("/auth/magic-link", "", asked),
        plain("/auth/magic-link/redeem", "with its code", redeemed).with_mail("magic_link"),
        plain("/auth/magic-link/redeem", "in another browser", token).with_mail("magic_link"),
        plain("/auth/invitations/accept", "", joins).with_mail("invitation"),
        plain("/auth/invitations/accept", "a name that is taken", json!({"token": "[token]", "username": "linus"}))
            .with_mail("invitation"),
    ]
}

/// What services ask about tokens.
fn rows_of_services(post: &Method) -> [Row; 3] {
    let form = |path| Row { form: Some("token=[access]"), ..row(post.clone(), path, Target::Nothing, "", Value::Null) };
    let metadata = "/.well-known/oauth-authorization-server";
    [form("/auth/introspect"), form("/auth/revoke"), row(Method::GET, metadata, Target::Nothing, "", Value::Null)]
}
