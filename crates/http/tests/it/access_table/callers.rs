//! Who tries the operations, and the system in which one of them does.
#![expect(clippy::wildcard_enum_match_arm, reason = "most callers differ from the others in one thing")]

use axum::http::Method;
use gatewright::core::{AccountKey, model::Login};
use gatewright_testkit::{
    TestApp,
    app::{Browser, Call, Mail, PASSWORD, mins},
};
use serde_json::{Value, json};

use super::{
    Row,
    rows::{NEW_EMAIL, NEW_PASSWORD, NEW_PIN, Target},
};
use crate::family::{EMAIL, PIN, family, grace, kid};

macro_rules! callers {
    ($($variant:ident = $name:literal, $session:literal, $explanation:literal;)+) => {
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

            /// Whether it shows an access token of a living session in the right place.
            pub(crate) const fn has_session(self) -> bool {
                match self { $(Self::$variant => $session),+ }
            }
        }
    };
}

callers! {
    Nobody = "nobody", false, "no token at all";
    Garbage = "garbage", false, "a bearer token that is none";
    Query = "query", false, "the owner's access token as ?access_token=";
    Expired = "expired", false, "the owner's access token, a minute after its time";
    Selection = "selecting", false, "the selection token of a login that is half done, as bearer";
    Refresh = "refresh", false, "the owner's refresh token as bearer";
    Member = "member", true, "a user of the account who does not own it";
    Child = "child", true, "such a user with a PIN";
    OldChild = "child 10m", true, "the child ten minutes after the login";
    Owner = "owner", true, "an owner of the account";
    OldOwner = "owner 10m", true, "the owner ten minutes after the login, with a fresh access token";
    Cookie = "cookie", true, "the owner with both tokens in cookies, from a page of ours";
    Foreign = "foreign", true, "the same cookies, sent by a page of another site";
    Other = "other", true, "the owner of another account, who acts on the ids of this one";
    Ended = "ended", false, "the owner's access token after a logout";
    Disabled = "disabled", false, "the owner's access token after the account was disabled";
}

/// A system with the family, a fourth user with a device of its own, and the caller.
pub(crate) struct World {
    pub(crate) app: TestApp,
    caller: Caller,
    pub(crate) browser: Browser,
    own: Ids,
    other: Ids,
    mail: Option<Mail>,
}

struct Ids {
    user: String,
    session: String,
}

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
        let browser = match caller {
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
        let (own, other) = (Ids::of(own), Ids::of(&linus));
        let mail = match row.mail {
            Some(kind) => Some(mail_of(&app, &ada.copy(), kind).await),
            None => None,
        };
        let world = Self { app, caller, browser, own, other, mail };
        world.settle().await;
        world
    }

    /// What happens before the caller acts.
    async fn settle(&self) {
        match self.caller {
            Caller::Expired => self.app.clock.advance(mins(11)),
            Caller::OldChild | Caller::OldOwner => {
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
        };
        let path = row.path.replace("{id}", id);
        let call = self.with_credential(row.method.clone(), &path);
        let Some(mut body) = row.body.clone() else { return call };
        if let Some(mail) = &self.mail {
            fill_in(&mut body, &mail.token(), &mail.code());
        }
        call.json(body)
    }

    fn with_credential(&self, method: Method, path: &str) -> Call<'_> {
        let plain = self.browser.request(method.clone(), path);
        match self.caller {
            Caller::Garbage => plain.bearer("garbage"),
            Caller::Query => {
                let path = format!("{path}?access_token={}", self.browser.access_token());
                self.browser.request(method, &path).without_bearer()
            }
            Caller::Selection => plain.bearer(self.browser.selection_token()),
            Caller::Refresh => plain.bearer(self.browser.refresh_token()),
            Caller::Foreign => plain.fetch_site(Some("cross-site")),
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
