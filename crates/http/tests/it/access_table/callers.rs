//! Who tries the operations, and the system in which one of them does.
#![expect(clippy::wildcard_enum_match_arm, reason = "most callers differ from the others in one thing")]

use axum::http::Method;
use gatewright::core::{AccountKey, NewServiceKey, model::Login};
use gatewright_testkit::{
    TestApp,
    app::{Browser, Call, Mail, PASSWORD, mins},
};
use serde_json::{Value, json};

use super::{
    Row,
    rows::{NEW_EMAIL, NEW_PASSWORD, NEW_PIN, Target},
};
use crate::{
    family::{EMAIL, PIN, family, grace, kid},
    routes::admin::ALL_RIGHTS,
};

/// What a caller shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    /// Nothing that is good.
    Nothing,
    /// An access token of a living session in the right place.
    Session,
    /// A good service key in the right place.
    Key,
}

macro_rules! callers {
    ($($variant:ident = $name:literal, $shows:ident, $explanation:literal;)+) => {
        /// A kind of caller.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Caller { $($variant),+ }

        impl Caller {
            pub(crate) const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The head of its column.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            pub(super) const fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $explanation),+ }
            }

            pub(crate) const fn shows(self) -> Shows {
                match self { $(Self::$variant => Shows::$shows),+ }
            }
        }
    };
}

callers! {
    Nobody = "nobody", Nothing, "no token at all";
    Garbage = "garbage", Nothing, "a bearer token that is none";
    Query = "query", Nothing, "the owner's access token as ?access_token=";
    Expired = "expired", Nothing, "the owner's access token, a minute after its time";
    Selection = "selecting", Nothing, "the selection token of a login that is half done, as bearer";
    Refresh = "refresh", Nothing, "the owner's refresh token as bearer";
    Member = "member", Session, "a user of the account who does not own it";
    Child = "child", Session, "such a user with a PIN";
    OldChild = "child 10m", Session, "the child ten minutes after the login";
    Owner = "owner", Session, "an owner of the account";
    OldOwner = "owner 10m", Session, "the owner ten minutes after the login, with a fresh access token";
    Cookie = "cookie", Session, "the owner with both tokens in cookies, from a page of ours";
    Foreign = "foreign", Session, "the same cookies, sent by a page of another site";
    Other = "other", Session, "the owner of another account, who acts on the ids of this one";
    Ended = "ended", Nothing, "the owner's access token after a logout";
    Disabled = "disabled", Nothing, "the owner's access token after the account was disabled";
    Acting = "acting", Session, "an admin who acts as the owner";
    Support = "support", Session, "a user with a role that lets it read everything, end sessions and change users, just signed in";
    Admin = "admin", Session, "the only admin, just signed in";
    OldAdmin = "admin 10m", Session, "the admin ten minutes after the login, with a fresh access token";
    Key = "key", Key, "a service key that may do everything";
    LesserKey = "key but", Key, "a service key that may do everything but what the operation asks for";
    OldKey = "key ended", Nothing, "the first key after its time";
    GoneKey = "key gone", Nothing, "the first key after it was revoked";
    PageKey = "key page", Nothing, "the first key, shown by a page of ours";
}

/// A system with the family, a fourth user with a device of its own, and the caller.
pub(crate) struct World {
    pub(crate) app: TestApp,
    caller: Caller,
    pub(crate) browser: Browser,
    own: Ids,
    other: Ids,
    /// An access token of somebody whom no row is about.
    token: String,
    administered: Administered,
    mail: Option<Mail>,
}

struct Ids {
    user: String,
    session: String,
}

/// What admins act upon. Without an admin nobody has these ids.
#[derive(Default)]
struct Administered {
    family: String,
    admin_account: String,
    admin_user: String,
    key: String,
    rule: String,
    secret: String,
}

/// The id that nobody has.
const NOWHERE: &str = "01a00000-0000-7000-8000-000000000000";
/// What the user of [`Caller::Support`] may do.
const SUPPORT: [&str; 13] = [
    "accounts:read",
    "activity:read",
    "deliveries:read",
    "keys:read",
    "mails:read",
    "roles:read",
    "rules:read",
    "service-keys:read",
    "sessions:read",
    "sessions:write",
    "stats:read",
    "users:read",
    "users:write",
];

impl Ids {
    fn of(browser: &Browser) -> Self {
        Self { user: browser.user_id(), session: browser.session_id() }
    }
}

impl World {
    /// With the mail that the row is about.
    pub(crate) async fn for_row(caller: Caller, row: &Row) -> Self {
        let app = TestApp::start().await;
        let transport = match caller {
            Caller::Cookie | Caller::Foreign => "cookie",
            _ => "body",
        };
        let ada = family(&app, transport).await;
        ada.post("/auth/users").json(json!({"username": "linus"})).await.expect_status(201);
        let linus = app.log_in(EMAIL, Some("linus"), "body").await;
        let administered = Administered::at(&app, caller, row, &ada).await;
        let browser = match caller {
            Caller::Acting => acting(&app, &ada).await,
            Caller::Support => support(&app).await,
            Caller::Admin | Caller::OldAdmin => app.admin().await,
            Caller::Key | Caller::PageKey | Caller::LesserKey | Caller::OldKey | Caller::GoneKey => {
                program(&app, caller, row).await
            }
            Caller::Nobody | Caller::Garbage => app.browser(),
            Caller::Selection => app.log_in(EMAIL, None, "body").await,
            Caller::Member => grace(&app, "body").await,
            Caller::Child | Caller::OldChild => kid(&app, "body").await,
            Caller::Other => app.sign_up_in("body", "eve@example.test").await,
            Caller::Query
            | Caller::Expired
            | Caller::Refresh
            | Caller::Owner
            | Caller::OldOwner
            | Caller::Cookie
            | Caller::Foreign
            | Caller::Ended
            | Caller::Disabled => ada.copy(),
        };
        let own = if caller == Caller::Other || browser.user_id().is_empty() { &ada } else { &browser };
        let (own, other, token) = (Ids::of(own), Ids::of(&linus), linus.access_token());
        let mail = match row.mail {
            Some(kind) => Some(mail_of(&app, &ada.copy(), kind).await),
            None => None,
        };
        let world = Self { app, caller, browser, own, other, token, administered, mail };
        world.settle().await;
        world
    }

    /// What happens before the caller acts.
    async fn settle(&self) {
        match self.caller {
            Caller::Expired => self.app.clock.advance(mins(11)),
            Caller::OldKey => self.app.clock.advance(mins(1)),
            Caller::OldChild | Caller::OldOwner | Caller::OldAdmin => {
                self.app.clock.advance(mins(10));
                self.browser.refresh().await.expect_status(200);
            }
            Caller::Ended => drop(self.browser.copy().post("/auth/logout").await.expect_status(204)),
            Caller::Disabled => {
                let operator = self.app.gate.operator();
                let key = AccountKey::Login(Login::parse("login", "ada").unwrap());
                let account = operator.show_account(&key).await.unwrap().account.id;
                assert!(operator.disable_account(account).await.unwrap());
            }
            _ => {}
        }
    }

    /// The caller's request.
    pub(crate) fn call(&self, row: &Row) -> Call<'_> {
        let id = match row.target {
            Target::Nothing => "",
            Target::OwnUser => &self.own.user,
            Target::OtherUser => &self.other.user,
            Target::OwnSession => &self.own.session,
            Target::OtherSession => &self.other.session,
            Target::Family => &self.administered.family,
            Target::AdminAccount => &self.administered.admin_account,
            Target::AdminUser => &self.administered.admin_user,
            Target::SomeKey => &self.administered.key,
            Target::SomeRole => "idle",
            Target::SomeRule => &self.administered.rule,
            Target::Nowhere => NOWHERE,
        };
        let mut path = row.path.replace("{id}", id).replace("{name}", id);
        if !row.query.is_empty() {
            path = format!("{path}?{}", row.query.replace("{id}", id));
        }
        let call = self.with_credential(row.method.clone(), &path);
        if let Some(form) = row.form {
            return call.raw("application/x-www-form-urlencoded", form.replace("[access]", &self.token));
        }
        let Some(mut body) = row.body.clone() else { return call };
        if let Some(mail) = &self.mail {
            fill_in(&mut body, &mail.token(), &mail.code());
        }
        if body["secret"] == "[secret]" {
            body["secret"] = self.administered.secret.as_str().into();
        }
        call.json(body)
    }

    fn with_credential(&self, method: Method, path: &str) -> Call<'_> {
        let plain = self.browser.request(method.clone(), path);
        match self.caller {
            Caller::Garbage => plain.bearer("garbage"),
            Caller::Query => {
                let mark = if path.contains('?') { '&' } else { '?' };
                let path = format!("{path}{mark}access_token={}", self.browser.access_token());
                self.browser.request(method, &path).without_bearer()
            }
            Caller::Selection => plain.bearer(self.browser.selection_token()),
            Caller::Refresh => plain.bearer(self.browser.refresh_token()),
            Caller::Foreign => plain.fetch_site(Some("cross-site")),
            Caller::PageKey => plain.fetch_site(Some("same-origin")),
            _ => plain,
        }
    }

    /// Somebody signs in as the owner anew, whatever happened to the password, the address, the name and the PIN.
    pub(crate) async fn owner_again(&self) -> Browser {
        let again = self.app.browser();
        for (name, password) in [("ada", PASSWORD), ("renamed", PASSWORD), ("ada", NEW_PASSWORD)] {
            let body = json!({"login": name, "password": password, "user": name, "transport": "body"});
            let answer = again.post("/auth/login").json(body).await;
            if answer.json()["status"] == "select_user" {
                let body = json!({"selection_token": again.selection_token(), "username": name, "pin": NEW_PIN});
                again.post("/auth/select").json(body).await.expect_status(200);
            }
            if answer.status.is_success() {
                break;
            }
        }
        again
    }
}

impl Administered {
    /// Makes what the row is about, and the first admin if it takes one.
    async fn at(app: &TestApp, caller: Caller, row: &Row, ada: &Browser) -> Self {
        let family = account_of(ada);
        let by_admin = matches!(caller, Caller::Admin | Caller::OldAdmin | Caller::Support | Caller::Acting);
        if !row.administers() && !by_admin {
            let secret = app.gate.operator().open_bootstrap().await.unwrap().expose().to_owned();
            return Self { family, secret, ..Self::default() };
        }
        let admin = app.admin().await;
        let mut made =
            Self { family, admin_account: account_of(&admin), admin_user: admin.user_id(), ..Self::default() };
        let id = |answer: Value| answer["id"].as_str().unwrap().to_owned();
        if row.administers() {
            let body = json!({"name": "idle", "permissions": ["users:read"]});
            made.key = id(admin.post("/admin/v1/service-keys").json(body).await.expect_status(201).json());
            let body = json!({"permissions": ["users:read"]});
            admin.put("/admin/v1/roles/idle").json(body).await.expect_status(200);
            let body = json!({"name": "idle", "url": "https://idle.example.com/", "moments": ["after"]});
            made.rule = id(admin.post("/admin/v1/rules").json(body).await.expect_status(201).json());
        }
        made
    }
}

fn account_of(browser: &Browser) -> String {
    browser.signed_in()["account"]["id"].as_str().unwrap().to_owned()
}

/// The first admin, acting as this user.
async fn acting(app: &TestApp, user: &Browser) -> Browser {
    let path = format!("/admin/v1/users/{}/impersonate", user.user_id());
    let made = app.admin().await.post(&path).json(json!({"reason": "ticket"})).await.expect_status(201).json();
    app.program_with(made["access_token"].as_str().unwrap())
}

async fn support(app: &TestApp) -> Browser {
    let (admin, support) = (app.admin().await, app.sign_up_in("body", "support@example.test").await);
    admin.put("/admin/v1/roles/support").json(json!({"permissions": SUPPORT})).await.expect_status(200);
    let path = format!("/admin/v1/users/{}", support.user_id());
    admin.patch(&path).json(json!({"roles": ["support"]})).await.expect_status(200);
    support
}

/// A program with the key of this caller.
async fn program(app: &TestApp, caller: Caller, row: &Row) -> Browser {
    let lacking = super::right_of(row).filter(|_| caller == Caller::LesserKey);
    let rights = ALL_RIGHTS.into_iter().filter(|right| lacking.as_deref() != Some(*right));
    let permissions = rights.map(|right| right.parse().unwrap()).collect();
    let expires_in = (caller == Caller::OldKey).then_some(mins(1));
    let new = NewServiceKey { name: "a program".to_owned(), permissions, expires_in };
    let made = app.gate.operator().make_service_key(new).await.unwrap();
    if caller == Caller::GoneKey {
        app.gate.operator().revoke_service_key(made.key.id).await.unwrap();
    }
    app.program_with(made.text.expose())
}

/// A mail of this kind, asked for in a browser that nobody uses afterwards.
pub(crate) async fn mail_of(app: &TestApp, ada: &Browser, kind: &str) -> Mail {
    let nobody = app.browser();
    let asked = json!({"email": EMAIL});
    app.letters().await;
    let to = match kind {
        "verify_email" => {
            nobody.post("/auth/email/resend").json(asked).await.expect_status(202);
            EMAIL
        }
        "reset_password" => {
            nobody.post("/auth/password/forgot").json(asked).await.expect_status(202);
            EMAIL
        }
        "magic_link" => {
            nobody.post("/auth/magic-link").json(asked).await.expect_status(202);
            EMAIL
        }
        "confirm_email" | "email_changed" => {
            ada.put("/auth/email").json(json!({"email": NEW_EMAIL})).await.expect_status(202);
            if kind == "email_changed" {
                let token = app.letter("confirm_email", NEW_EMAIL).await.token();
                nobody.post("/auth/email/confirm").json(json!({"token": token})).await.expect_status(204);
                EMAIL
            } else {
                NEW_EMAIL
            }
        }
        "invitation" => {
            let newcomer = "newcomer@example.test";
            ada.post("/auth/invitations").json(json!({"email": newcomer})).await.expect_status(202);
            newcomer
        }
        other => panic!("no call asks for {other}"),
    };
    app.letter(kind, to).await
}

/// Puts what a mail carried where a body leaves room for it.
pub(crate) fn fill_in(body: &mut Value, token: &str, code: &str) {
    for member in body.as_object_mut().into_iter().flat_map(|members| members.values_mut()) {
        match member.as_str() {
            Some("[token]") => *member = token.into(),
            Some("[code]") => *member = code.into(),
            _ => {}
        }
    }
}

/// The PIN that rows give for the child.
pub(super) const CHILD_PIN: &str = PIN;
