//! `/admin`.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use gatewright::core::{
    model::{EmbeddedName, Moment, TokenFacts, TokenVerdict},
    port::{Rule, RuleError},
};
use gatewright_testkit::{
    FrozenClock, TestApp,
    app::{Setup, mins},
};
use serde_json::json;

use super::{admin, clerk, expect_confirmation, expect_lacking, grow_stale, nobody};
use crate::{
    pages::{error_at, heading},
    routes::admin::somebody,
};

/// What is said of a plot.
fn said(page: &str, plot: &str) -> String {
    let (_, rest) = page.split_once(&format!("plot-{plot}-desc\">")).unwrap_or_else(|| panic!("no {plot}: {page}"));
    rest.split('<').next().unwrap().to_owned()
}

/// The number on a tile, and where it leads.
fn tile(page: &str, label: &str) -> (String, Option<String>) {
    let mut tiles =
        page.split("<ul class=\"tiles\">").skip(1).flat_map(|list| list.split("</ul>").next().unwrap().split("<li>"));
    let tile = tiles.find(|tile| tile.contains(&format!(">{label}<"))).unwrap_or_else(|| panic!("no {label}: {page}"));
    let after = |from: &str, to: &str| Some(tile.split_once(from)?.1.split(to).next()?.to_owned());
    let href = after("href=\"", "\"").map(|href| href.replace("&#x2f;", "/").replace("&amp;", "&"));
    (after("class=\"count\">", "<").unwrap(), href)
}

/// Somebody whose refresh token was copied and used twice, and who mistyped her password.
async fn history(app: &TestApp) {
    let ada = somebody(app, "ada").await;
    let stolen = ada.refresh_token();
    for _ in 0..2 {
        app.clock.advance(mins(10));
        ada.refresh().await.expect_status(200);
    }
    app.refresh(stolen).await.expect_problem(401, "refresh_token_reused");
    for _ in 0..3 {
        let wrong = json!({"login": "ada", "password": "not at all"});
        app.browser().post("/auth/login").json(wrong).await.expect_problem(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn what_happened_is_drawn_and_told_in_words_and_numbers() {
    let app = TestApp::start().await;
    history(&app).await;
    let admin = admin(&app).await;
    app.gate.tend().await.unwrap();
    let page = admin.get("/admin").await.expect_status(200);
    assert_eq!(heading(&page), "Overview");
    let html = page.text();
    assert_eq!(tile(&html, "Accounts"), ("2".to_owned(), Some("admin/accounts".to_owned())));
    assert_eq!(tile(&html, "Users").1.as_deref(), Some("admin/users"));
    assert_eq!(tile(&html, "Devices signed in"), ("1".to_owned(), None), "the stolen session has ended");
    let (wrong, log) = tile(&html, "Wrong passwords");
    assert_eq!(wrong, "3");
    let log = log.unwrap();
    assert!(log.starts_with("admin/activity?act=login_failed&since=2"), "{log}");
    // The tile leads to just these.
    let entries = admin.get(&format!("/{log}")).await.expect_status(200).text();
    assert_eq!(entries.matches("<code>login_failed</code>").count(), 3, "{entries}");

    assert!(said(&html, "refreshes").starts_with("2 in all. Most at a time: 2, from "), "{html}");
    assert!(said(&html, "thefts").starts_with("1 in all. Most at a time: 1, from "), "{html}");
    assert!(
        said(&html, "failures").starts_with("Wrong password or PIN: 3. Renewal refused: 1. Most at a time: 4"),
        "{html}"
    );
    assert!(said(&html, "sign-ins").starts_with("Sign-ins: 2. New accounts: 1."), "{html}");
    assert!(said(&html, "latency").starts_with("Something was answered in 1 of 28 parts"), "{html}");
    assert!(said(&html, "latency").ends_with(": 1 ms."), "the clock stood still: {html}");
    // Five drawings, each with its name, what it says, and a table with a line for each part of the time.
    assert_eq!(html.matches("role=\"img\"").count(), 5);
    assert_eq!(html.matches("<tr><th scope=\"col\">").count(), 5);
    assert_eq!(html.matches("<tr>").count(), 5 * 29);
    assert!(!html.contains(" style=") && !html.contains("<script>"), "{html}");
}

#[tokio::test]
async fn nothing_has_happened_yet_and_the_page_says_so() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    app.clock.advance(Duration::from_secs(40 * 86_400));
    let again = app.admin_in("cookie").await;
    drop(admin);
    let html = again.get("/admin?days=1").await.expect_status(200).text();
    for plot in ["refreshes", "thefts", "failures", "latency"] {
        assert_eq!(said(&html, plot), "Nothing was counted in this time.");
    }
    assert!(said(&html, "sign-ins").starts_with("Sign-ins: 1."), "{html}");
}

#[tokio::test]
async fn a_day_a_week_or_a_month_is_shown_and_nothing_else() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    for (days, rows) in [("1", 24), ("7", 28), ("30", 30), ("", 28)] {
        let html = admin.get(&format!("/admin?days={days}")).await.expect_status(200).text();
        assert_eq!(html.matches("<tr>").count(), 5 * (rows + 1), "{days}");
    }
    for bad in ["2", "365", "-1", "7%00", "%3Cscript%3Ealert(1)%3C%2Fscript%3E"] {
        let page = admin.get(&format!("/admin?days={bad}")).await.expect_status(422);
        assert_eq!(error_at(&page, "days").as_deref(), Some("Choose one of these."), "{bad}");
        assert!(!page.text().contains("alert(1)"));
    }
}

/// A rule that takes a while.
struct Slow {
    clock: OnceLock<Arc<FrozenClock>>,
    takes: Duration,
}

#[async_trait]
impl Rule for Slow {
    fn name(&self) -> EmbeddedName {
        EmbeddedName::parse("slow").unwrap()
    }

    fn moments(&self) -> &[Moment] {
        &[Moment::BeforeToken]
    }

    async fn before_token(&self, _: &TokenFacts) -> Result<TokenVerdict, RuleError> {
        if let Some(clock) = self.clock.get() {
            clock.advance(self.takes);
        }
        Ok(TokenVerdict::Allow(serde_json::Map::new()))
    }
}

#[tokio::test]
async fn how_long_answers_took_is_counted_kept_and_shown() {
    let slow = Arc::new(Slow { clock: OnceLock::new(), takes: Duration::from_millis(300) });
    let rule: Arc<dyn Rule> = slow.clone();
    let app = Setup::default().rule(rule).start().await;
    assert!(slow.clock.set(Arc::clone(&app.clock)).is_ok());
    somebody(&app, "ada").await;
    // What is no route of ours, and what is asked before a request, is not counted.
    app.browser().get("/nothing/here").await.expect_status(404);
    app.gate.tend().await.unwrap();
    let program = app.program(&["stats:read"]).await;
    let stats = program.get("/admin/v1/stats").await.expect_status(200).json();
    let counted: Vec<_> = stats["hours"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|hour| hour["what"].as_str().unwrap().starts_with("answered_"))
        .collect();
    assert_eq!(counted.len(), 1, "{stats}");
    assert_eq!((&counted[0]["what"], &counted[0]["count"]), (&json!("answered_500ms"), &json!(1)), "{stats}");
    // What the store does not take is not lost.
    app.fuse.refuse("count");
    app.gate.tend().await.unwrap_err();
    app.fuse.mend();
    app.gate.tend().await.unwrap();
    let stats = program.get("/admin/v1/stats").await.expect_status(200).json();
    let sum = |stats: &serde_json::Value| {
        let hours = stats["hours"].as_array().unwrap().iter();
        hours
            .filter(|hour| hour["what"].as_str().unwrap().starts_with("answered_"))
            .map(|hour| hour["count"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(sum(&stats), 2, "the sign-up and the first look at these numbers: {stats}");
    let admin = admin(&app).await;
    let html = admin.get("/admin?days=1").await.expect_status(200).text();
    assert!(said(&html, "latency").ends_with(": 500 ms."), "{}", said(&html, "latency"));
}

#[tokio::test]
async fn who_may_read_only_some_pages_is_led_to_those_and_told_what_is_missing_elsewhere() {
    let app = TestApp::start().await;
    let plain = nobody(&app, "eve").await;
    for (path, right) in [
        ("/admin", "stats:read"),
        ("/admin/activity", "activity:read"),
        ("/admin/keys", "keys:read"),
        ("/admin/keys/rotate", "keys:write"),
        ("/admin/settings", "stats:read"),
    ] {
        let page = plain.get(path).await;
        assert!(!page.text().contains("<nav"), "there is nowhere to go: {}", page.text());
        expect_lacking(page, right);
    }
    let clerk = clerk(&app, "clerk", &["users:read", "keys:read"]).await;
    let refused = clerk.get("/admin").await;
    let html = refused.text();
    expect_lacking(refused, "stats:read");
    let names = |html: &str| {
        let nav = html.split_once("<nav").unwrap().1.split("</nav>").next().unwrap().to_owned();
        nav.split("<a ")
            .skip(1)
            .map(|link| link.split_once('>').unwrap().1.split('<').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&html), ["Users", "Signing keys"]);
    let keys = clerk.get("/admin/keys").await.expect_status(200).text();
    assert_eq!(names(&keys), ["Users", "Signing keys"]);
    assert!(!keys.contains("rotate"), "no button that would be refused: {keys}");
}

#[tokio::test]
async fn numbers_lead_nowhere_for_whoever_may_not_read_what_is_there() {
    let app = TestApp::start().await;
    let clerk = clerk(&app, "clerk", &["stats:read"]).await;
    let html = clerk.get("/admin").await.expect_status(200).text();
    for label in ["Accounts", "Users", "Wrong passwords"] {
        assert_eq!(tile(&html, label).1, None, "{label}");
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_or_not_lately_comes_back_after_it() {
    let app = TestApp::start().await;
    let answer = app.browser().get("/admin?days=30").await.expect_status(303);
    assert_eq!(answer.header("location"), Some("login?next=/admin%3Fdays%3D30"));
    let admin = admin(&app).await;
    grow_stale(&app);
    for path in
        ["/admin?days=30", "/admin/activity?act=logged_in", "/admin/keys", "/admin/keys/rotate", "/admin/settings"]
    {
        expect_confirmation(admin.get(path).await, path);
    }
}
