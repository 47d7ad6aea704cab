//! Somebody who sends hostile requests, one after the other, signed in as well as one can be, and what is true of every answer.

use gatewright::{Code, core::model::Limits};
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, Call, Setup},
};
use serde_json::Value;

use crate::{
    access_table::{Row, mail_of},
    family::{EMAIL, family},
    security::logging::Log,
};

/// A system without limits on attempts, and a log that is kept.
pub(super) struct Stage {
    pub(super) app: TestApp,
    pub(super) owner: Browser,
    pub(super) admin: Browser,
    log: Log,
    /// Makes addresses that nobody has yet.
    strangers: u64,
}

impl Stage {
    pub(super) async fn set() -> Self {
        let (app, owner, admin) = Self::built().await;
        Self { app, owner, admin, log: Log::keep(), strangers: 0 }
    }

    async fn built() -> (TestApp, Browser, Browser) {
        let setup = Setup::default().policy(|policy| {
            policy.limits = Limits::Off;
            policy.max_users = 1000;
        });
        let app = setup.start().await;
        let owner = family(&app, "body").await;
        let admin = app.admin_in("body").await;
        (app, owner, admin)
    }

    /// Begins anew, because what was there is changed or gone.
    pub(super) async fn reset(&mut self) {
        (self.app, self.owner, self.admin) = Self::built().await;
        self.log.lines();
    }

    /// An address for a sign-up that is to succeed.
    pub(super) fn stranger(&mut self) -> String {
        self.strangers += 1;
        format!("stranger{}@example.test", self.strangers)
    }

    /// Whoever does what the row says: the one who signed in, who has to choose yet, or an admin.
    pub(super) async fn caller(&self, row: &Row) -> Browser {
        match row.path {
            "/auth/select" => {
                let half = self.app.log_in(EMAIL, None, "body").await;
                self.log.lines();
                half
            }
            path if path.starts_with("/admin/") => self.admin.copy(),
            _ => self.owner.copy(),
        }
    }

    /// What a mail carried that the row is about, if it is about one.
    pub(super) async fn mail(&self, row: &Row) -> Option<(String, String)> {
        let mail = mail_of(&self.app, &self.owner.copy(), row.mail?).await;
        self.log.lines();
        Some((mail.token(), mail.code()))
    }

    /// The row's request, without a body yet.
    pub(super) fn call<'b>(&self, caller: &'b Browser, row: &Row) -> Call<'b> {
        let whose = self.owner.signed_in();
        let id =
            if row.path.starts_with("/admin/v1/accounts/") { &whose["account"]["id"] } else { &whose["user"]["id"] };
        let path = row.path.replace("{id}", id.as_str().unwrap()).replace("{name}", "editor");
        let call = caller.request(row.method.clone(), &path);
        if row.path == "/auth/select" { call.bearer(caller.selection_token()) } else { call }
    }

    /// Sends it. It is answered well, and told of in one line that holds nothing of what was sent.
    pub(super) async fn sent(&self, call: Call<'_>, hostile: &str) -> Answer {
        self.log.lines();
        let answer = call.await;
        is_in_order(&answer);
        let lines = self.log.lines();
        let (spans, events): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.starts_with("span request"));
        assert_eq!(spans.len(), 1, "one request, one name: {lines:?}");
        // Beside the line of whoever serves us (`crates/server/tests/it/hostile.rs`); a sign-up is also a sign-in.
        let most = if answer.status == 201 { 2 } else { 1 };
        assert!(events.len() <= most, "{lines:?}");
        for line in &lines {
            assert!(!line.contains(char::is_control), "{line:?}");
            // Short ones are words that we use as well.
            assert!(hostile.chars().count() < 12 || !line.contains(hostile), "{hostile:?}: {line:?}");
        }
        answer
    }
}

/// What the API gives back of the profile that it took.
pub(super) fn profile(answer: &Value) -> &Value {
    match (&answer["user"], &answer["users"]) {
        (Value::Object(user), _) => &user["profile"],
        (_, Value::Array(users)) => &users[0]["profile"],
        _ => &answer["profile"],
    }
}

/// Not our fault, and readable: nothing, JSON, or a problem with one of the codes of the document.
#[track_caller]
pub(super) fn is_in_order(answer: &Answer) {
    let status = answer.status.as_u16();
    assert!(status < 500, "{status}: {}", answer.text());
    assert!(answer.header("x-request-id").is_some());
    for (name, value) in &answer.headers {
        let is_plain = value.as_bytes().iter().all(|byte| (b' '..=b'~').contains(byte));
        assert!(is_plain, "{name}: {value:?}");
    }
    if status >= 400 {
        let json = problem(answer);
        assert!(Code::ALL.iter().any(|code| json["code"] == code.name()), "{}", answer.text());
    } else if !answer.body.is_empty() {
        assert_eq!(answer.header("content-type"), Some("application/json"));
        serde_json::from_slice::<Value>(&answer.body).unwrap();
    }
}

#[track_caller]
fn problem(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.text());
    let json: Value = serde_json::from_slice(&answer.body).unwrap();
    for member in ["type", "title", "detail", "request_id"] {
        assert!(json[member].is_string(), "{json}");
    }
    assert_eq!(json["status"], answer.status.as_u16(), "{json}");
    json
}
