//! `/admin/activity`.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, days, secs},
};
use serde_json::{Value, json};

use super::{admin, expect_confirmation, expect_lacking, grow_stale};
use crate::{
    pages::{STALE, error_at, form_token, heading, send},
    routes::admin::{account_id, noted, somebody, with_role},
};

const LOG: &str = "/admin/activity";
const EXPORT: &str = "/admin/activity/export";

/// The acts of the entries on a page, as they stand there.
fn acts(page: &Answer) -> Vec<String> {
    let text = page.text();
    let entries = text.split_once("<ul class=\"items\">").map_or("", |(_, rest)| rest);
    let act = |entry: &str| entry.split_once("<code>").unwrap().1.split('<').next().unwrap().to_owned();
    entries.split("<p class=\"title\">").skip(1).map(act).collect()
}

/// The log with these filters.
async fn log(admin: &Browser, filters: &str) -> Vec<String> {
    acts(&admin.get(&format!("{LOG}?{filters}")).await.expect_status(200))
}

async fn fail_to_log_in(app: &TestApp, name: &str, agent: &str) {
    let wrong = json!({"login": name, "password": "not at all"});
    let browser = app.browser();
    let call = browser.post("/auth/login").json(wrong).header("user-agent", agent);
    call.await.expect_problem(401, "invalid_credentials");
}

#[tokio::test]
async fn what_happened_is_shown_newest_first_with_who_where_and_what_else() {
    let app = TestApp::start().await;
    let ada = somebody(&app, "ada").await;
    fail_to_log_in(&app, "ada", "curl/8.5.0").await;
    let admin = admin(&app).await;
    let page = admin.get(LOG).await.expect_status(200);
    assert_eq!(heading(&page), "Activity");
    let found = acts(&page);
    let at = |act: &str| found.iter().position(|one| one == act).unwrap_or_else(|| panic!("no {act}: {found:?}"));
    assert!(at("login_failed") < at("signed_up"), "{found:?}");
    let html = page.text().replace("&#x2f;", "/");
    for expected in [
        "Somebody tried to sign in with a wrong password",
        "<bdi>203.0.113.7</bdi>",
        "<code>curl/8.5.0</code>",
        &format!("<a href=\"../admin/accounts/{0}\"><bdi>{0}</bdi></a>", account_id(&ada)),
        &format!("<a href=\"../admin/users/{0}\"><bdi>{0}</bdi></a>", ada.user_id()),
    ] {
        assert!(html.contains(expected), "{expected}: {html}");
    }
}

#[tokio::test]
async fn each_filter_leaves_out_what_is_not_asked_for() {
    let app = TestApp::start().await;
    let (ada, bob) = (somebody(&app, "ada").await, somebody(&app, "bob").await);
    fail_to_log_in(&app, "bob", "curl/8.5.0").await;
    app.clock.advance(days(2));
    let admin = admin(&app).await;
    let path = format!("/admin/v1/accounts/{}", account_id(&bob));
    let api = app.admin().await;
    api.patch(&path).json(json!({"disabled": true})).await.expect_status(200);
    assert_eq!(log(&admin, &format!("account_id={}", account_id(&ada))).await, ["logged_in", "signed_up"]);
    let of_bob = log(&admin, &format!("account_id={}", account_id(&bob))).await;
    assert_eq!(of_bob, ["account_disabled", "login_failed", "logged_in", "signed_up"]);
    assert_eq!(log(&admin, &format!("user_id={}", ada.user_id())).await, ["logged_in", "signed_up"]);
    assert_eq!(log(&admin, "act=login_failed").await, ["login_failed"]);
    assert_eq!(log(&admin, &format!("actor=admin%3A{}", api.user_id())).await, ["account_disabled"]);
    assert_eq!(log(&admin, "actor=operator").await, ["bootstrap_opened"]);
    let shown = app.admin().await.get("/admin/v1/activity?act=login_failed").await.json();
    let day = shown["activity"][0]["at"].as_str().unwrap().split('T').next().unwrap().to_owned();
    assert_eq!(log(&admin, &format!("until={day}&act=login_failed")).await.len(), 1, "the whole last day");
    assert!(!log(&admin, &format!("until={day}")).await.contains(&"account_disabled".to_owned()));
    let page = admin.get(&format!("{LOG}?since={day}&until={day}&act=account_disabled")).await.expect_status(200);
    assert!(page.text().contains("Nothing of this happened."), "{}", page.text());
    assert!(page.text().contains(&format!("value=\"{day}\"")), "what was asked stays: {}", page.text());
    assert!(page.text().contains("<option value=\"account_disabled\" selected>"), "{}", page.text());
}

/// docs/attacks.md#script-by-a-name
#[tokio::test]
async fn wb10_a_filter_that_cannot_be_shows_nothing_and_is_text() {
    let app = TestApp::start().await;
    somebody(&app, "ada").await;
    let admin = admin(&app).await;
    let id = "00000000-0000-7000-8000-000000000000";
    for (filter, field) in [
        ("act=everything", "act"),
        ("act=logged_in,login_failed", "act"),
        ("act=%3Cscript%3Ealert(1)%3C/script%3E", "act"),
        ("account_id=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "account_id"),
        ("account_id='%20OR%201=1%20--", "account_id"),
        ("user_id=1", "user_id"),
        ("act=%ff", "act"),
        ("user_id=%f", "act"),
        ("actor=admin", "actor"),
        ("actor=root", "actor"),
        ("actor=admin:%3Cb%3E", "actor"),
        ("since=yesterday", "since"),
        ("since=2026-02-30", "since"),
        ("until=2026-01-01&since=2026-01-02", "until"),
    ] {
        let page = admin.get(&format!("{LOG}?{filter}")).await.expect_status(422);
        assert!(error_at(&page, field).is_some(), "{filter}: {}", page.text());
        assert!(!page.text().contains("<script>alert") && !page.text().contains("<b>"), "{filter}");
        assert_eq!(acts(&page), [""; 0], "{filter}");
    }
    for cursor in ["x", "0", "%00", "../.."] {
        admin.get(&format!("{LOG}?cursor={cursor}")).await.expect_status(422);
    }
    // Ids that nobody has are no mistake, and show nothing.
    for filter in
        [format!("account_id={id}"), format!("user_id={id}"), format!("actor=admin:{id}"), format!("cursor={id}")]
    {
        assert_eq!(log(&admin, &filter).await, [""; 0], "{filter}");
    }
}

/// docs/attacks.md#script-by-a-name
#[tokio::test]
async fn wb10_what_a_device_calls_itself_is_text() {
    let app = TestApp::start().await;
    somebody(&app, "ada").await;
    fail_to_log_in(&app, "ada", "\"><script>alert('x')</script>{{ 7 * 7 }}").await;
    let html = admin(&app).await.get(LOG).await.expect_status(200).text();
    assert!(html.contains("&quot;&gt;&lt;script&gt;alert(&#x27;x&#x27;)&lt;&#x2f;script&gt;{{ 7 * 7 }}"), "{html}");
    assert!(!html.contains("<script>alert"), "{html}");
}

#[tokio::test]
async fn pages_follow_each_other_with_the_same_filters() {
    let app = TestApp::start().await;
    let ada = somebody(&app, "ada").await;
    for number in 0..60 {
        let body = json!({"profile": {"display_name": format!("Ada {number}")}});
        ada.patch("/auth/me").json(body).await.expect_status(200);
    }
    let admin = admin(&app).await;
    let first = admin.get(&format!("{LOG}?act=user_changed")).await.expect_status(200);
    assert_eq!(acts(&first), ["user_changed"; 50]);
    let text = first.text().replace("&#x2f;", "/").replace("&amp;", "&");
    let (before, _) = text.split_once("\" rel=\"next\"").expect("a way to the next page");
    let next = before.rsplit('"').next().unwrap();
    assert!(next.starts_with("../admin/activity?act=user_changed&cursor="), "{next}");
    let second = admin.get(next.strip_prefix("..").unwrap()).await.expect_status(200);
    assert_eq!(acts(&second), ["user_changed"; 10]);
    assert!(!second.text().contains("rel=\"next\""));
    assert!(second.text().replace("&#x2f;", "/").contains("\"../admin/activity?act=user_changed\">To the beginning"));
}

fn lines(answer: &Answer) -> Vec<Value> {
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn the_log_is_taken_away_by_a_form_and_the_log_says_by_whom() {
    let app = TestApp::start().await;
    let ada = somebody(&app, "ada").await;
    fail_to_log_in(&app, "ada", "curl/8.5.0").await;
    let admin = admin(&app).await;
    let filters = format!("account_id={}", account_id(&ada));
    app.clock.advance(secs(1));
    let page = admin.get(&format!("{LOG}?{filters}")).await.expect_status(200);
    let action = format!("action=\"../{}?{filters}\"", &EXPORT[1..]).replace('/', "&#x2f;");
    assert!(page.text().contains(&action), "{}", page.text());
    let file =
        send(&admin, &format!("{EXPORT}?{filters}"), &[("form_token", &form_token(&page))]).await.expect_status(200);
    assert_eq!(file.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"activity.ndjson\""));
    assert_eq!(file.header("cache-control"), Some("no-store"));
    let acts: Vec<_> = lines(&file).iter().map(|entry| entry["act"].as_str().unwrap().to_owned()).collect();
    // What is noted is of the moment itself, and not in it.
    assert_eq!(acts, ["login_failed", "logged_in", "signed_up"]);
    let noted = noted(&app.admin().await, "activity_exported").await;
    assert_eq!(noted.len(), 1);
    assert_eq!((&noted[0]["actor"]["kind"], &noted[0]["account_id"]), (&json!("admin"), &json!(account_id(&ada))));
    // By hand, or reloaded: the page with the form.
    let back = admin.get(&format!("{EXPORT}?{filters}")).await.expect_status(303);
    assert_eq!(back.header("location"), Some(format!("../../admin/activity?{filters}").as_str()));
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb6_nobody_has_an_admin_take_the_log_away() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let page = admin.get(LOG).await.expect_status(200);
    let good = form_token(&page);
    let other = form_token(&admin.get("/admin/keys/rotate").await.expect_status(200));
    let second = app.admin_in("cookie").await;
    let theirs = form_token(&second.get(LOG).await.expect_status(200));
    for bad in ["", "x", &good[1..], &other, &theirs] {
        let refused = send(&admin, EXPORT, &[("form_token", bad)]).await.expect_status(403);
        assert_eq!(heading(&refused), STALE, "{bad}");
    }
    let body = format!("form_token={good}");
    let foreign = admin.post(EXPORT).raw("application/x-www-form-urlencoded", body.as_str());
    foreign.fetch_site(Some("cross-site")).header("origin", "https://evil.test").await.expect_status(403);
    // A filter with a slip exports nothing.
    send(&admin, &format!("{EXPORT}?act=everything"), &[("form_token", &good)]).await.expect_status(422);
    assert!(noted(&app.admin().await, "activity_exported").await.is_empty());
    grow_stale(&app);
    let stale = send(&admin, &format!("{EXPORT}?act=logged_in"), &[("form_token", &good)]).await;
    expect_confirmation(stale, "/admin/activity/export?act=logged_in");
}

#[tokio::test]
async fn only_who_may_read_the_log_reads_or_takes_it() {
    let app = TestApp::start().await;
    with_role(&app, "clerk", &["activity:read"]).await;
    let clerk = app.log_in("clerk", None, "cookie").await;
    let page = clerk.get(LOG).await.expect_status(200);
    let token = form_token(&page);
    let html = page.text().replace("&#x2f;", "/");
    assert!(!html.contains("<a href=\"../admin/accounts/"), "ids lead nowhere for who may not read accounts: {html}");
    let root = app.admin().await;
    root.put("/admin/v1/roles/clerk").json(json!({"permissions": ["keys:read"]})).await.expect_status(200);
    expect_lacking(clerk.get(LOG).await, "activity:read");
    expect_lacking(send(&clerk, EXPORT, &[("form_token", &token)]).await, "activity:read");
}
