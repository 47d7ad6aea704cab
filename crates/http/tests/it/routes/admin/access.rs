//! Who gets in: admin users while they are fresh, and service keys that no browser shows. Which right which call takes is the
//! access table (`access_table.rs`).

use axum::http::Method;
use gatewright_testkit::{
    TestApp,
    app::{Browser, Call, Setup, days, mins},
};
use serde_json::{Value, json};

use super::{ALL_RIGHTS, account_path, somebody, with_role};
use crate::routes::{refuses_foreign_pages, refuses_strangers};

const ACCOUNTS: &str = "/admin/v1/accounts";

fn make_account(by: &Browser) -> Call<'_> {
    by.post(ACCOUNTS).json(json!({"email": "new@example.test"}))
}

#[tokio::test]
async fn who_is_nobody_gets_nothing() {
    let app = TestApp::start().await;
    app.admin().await;
    refuses_strangers(&app, |browser| browser.get(ACCOUNTS)).await;
    refuses_strangers(&app, make_account).await;
    // A refresh token is for refreshing, and a basic credential is for somebody else.
    let ada = somebody(&app, "ada").await;
    app.browser().get(ACCOUNTS).bearer(ada.refresh_token()).await.expect_problem(401, "access_token_invalid");
    let basic = app.browser();
    let basic = basic.get(ACCOUNTS).header("authorization", "Basic Z3drXzA6Z3drXzA=").await;
    basic.expect_problem(401, "access_token_invalid");
}

#[tokio::test]
async fn who_administers_nothing_is_not_asked_for_a_password() {
    let app = TestApp::start().await;
    let ada = somebody(&app, "ada").await;
    let support = with_role(&app, "support", &["accounts:read"]).await;
    ada.get(ACCOUNTS).await.expect_problem(403, "permission_denied");
    support.get(ACCOUNTS).await.expect_status(200);
    make_account(&support).await.expect_problem(403, "permission_denied");
    app.clock.advance(mins(6));
    ada.get(ACCOUNTS).await.expect_problem(403, "permission_denied");
    make_account(&support).await.expect_problem(403, "permission_denied");
    let stale = support.get(ACCOUNTS).await.expect_problem(403, "reauthentication_required");
    let says = "Bearer error=\"insufficient_user_authentication\", max_age=\"300\"";
    assert_eq!(stale.header("www-authenticate"), Some(says));
    let proof = json!({"password": gatewright_testkit::app::PASSWORD});
    support.post("/auth/reauthenticate").json(proof).await.expect_status(200);
    support.get(ACCOUNTS).await.expect_status(200);
    // A service key has no password, and is not asked for one.
    let program = app.program(&["accounts:read"]).await;
    app.clock.advance(days(30));
    program.get(ACCOUNTS).await.expect_status(200);
}

#[tokio::test]
async fn a_role_of_an_application_opens_nothing_here() {
    let app = TestApp::start().await;
    let editor = with_role(&app, "editor", &["pages:write", "accounts:publish"]).await;
    editor.get(ACCOUNTS).await.expect_problem(403, "permission_denied");
    editor.get("/admin/v1/settings").await.expect_problem(403, "permission_denied");
}

#[tokio::test]
async fn an_admin_may_use_cookies_from_pages_of_ours_and_from_no_other() {
    let app = TestApp::start().await;
    let admin = app.admin_in("cookie").await;
    admin.get(ACCOUNTS).await.expect_status(200);
    refuses_foreign_pages(|| make_account(&admin)).await;
    admin.get("/admin/v1/activity/export").fetch_site(Some("cross-site")).await.expect_problem(403, "origin_refused");
    make_account(&admin).fetch_site(None).await.expect_problem(403, "origin_refused");
    make_account(&admin).await.expect_status(201);
}

/// docs/attacks.md#service-key-in-a-browser
#[tokio::test]
async fn az5_a_service_key_is_refused_with_any_sign_of_a_browser() {
    let app_origin = "https://app.example.test";
    let setup = Setup::default().http(|http| http.cors_origins = vec![app_origin.parse().unwrap()]);
    let app = setup.start().await;
    let program = app.program(&ALL_RIGHTS).await;
    let calls: [fn(&Browser) -> Call<'_>; 2] = [|by| by.get(ACCOUNTS), |by| make_account(by)];
    for call in calls {
        for origin in [gatewright_testkit::app::ISSUER, app_origin, "https://evil.example.test", "null", ""] {
            let refused = call(&program).header("origin", origin).await;
            refused.expect_problem(403, "origin_refused");
        }
        for (name, value) in [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "none"),
            ("sec-fetch-dest", "empty"),
            ("Sec-Fetch-User", "?1"),
            ("sec-fetch-storage-access", "active"),
        ] {
            let refused = call(&program).header(name, value).await;
            refused.expect_problem(403, "origin_refused");
        }
    }
    // A damaged one is not told apart from a good one there.
    let damaged = app.program_with("gwk_damaged").get(ACCOUNTS).header("origin", app_origin).await;
    damaged.expect_problem(403, "origin_refused");
    // The `fetch` of Node says how it fetches, and no browser says only that.
    make_account(&program).header("sec-fetch-mode", "cors").await.expect_status(201);
}

/// docs/attacks.md#service-key-in-a-browser
#[tokio::test]
async fn az5_a_page_that_may_call_us_cannot_use_a_service_key() {
    let app_origin = "https://app.example.test";
    let setup = Setup::default().http(|http| http.cors_origins = vec![app_origin.parse().unwrap()]);
    let app = setup.start().await;
    let preflight = |origin: &str| {
        let browser = app.browser();
        let (method, headers) = ("access-control-request-method", "access-control-request-headers");
        let origin = origin.to_owned();
        async move {
            let call = browser.request(Method::OPTIONS, ACCOUNTS).header("origin", origin).header(method, "GET");
            call.header(headers, "authorization").await
        }
    };
    preflight("https://evil.example.test").await.expect_problem(403, "origin_refused");
    // Whoever may call with a user's token gets past the preflight, and no further: browsers do not let a page hide its origin.
    preflight(app_origin).await.expect_status(204);
    let program = app.program(&ALL_RIGHTS).await;
    let call = program.get(ACCOUNTS).header("origin", app_origin).header("sec-fetch-site", "cross-site");
    let refused = call.await.expect_problem(403, "origin_refused");
    assert!(!refused.text().contains("example.test\""));
}

/// docs/attacks.md#service-key-in-an-address
#[tokio::test]
async fn az5_a_service_key_counts_in_the_header_and_nowhere_else() {
    let app = TestApp::start().await;
    let key = app.service_key(&ALL_RIGHTS).await;
    let program = app.program_with(&key);
    let escaped = key.replace('g', "%67").replace('_', "%5F");
    for query in [
        format!("access_token={key}"),
        format!("key={escaped}"),
        key.clone(),
        format!("limit=1&search={key}"),
        "search=gwk_".to_owned(),
        "search=GWK_x".to_owned(),
    ] {
        for by in [&program, &app.browser(), &app.admin().await] {
            let refused = by.get(&format!("{ACCOUNTS}?{query}")).await;
            refused.expect_problem(400, "token_in_query");
        }
    }
    let nobody = app.browser();
    for cookie in [format!("__Host-gw_at_abcdef01={key}"), format!("gwk={key}"), format!("authorization={key}")] {
        let refused = nobody.get(ACCOUNTS).without_bearer().cookies(cookie).await;
        refused.expect_problem(401, "access_token_invalid");
    }
    for header in ["x-api-key", "x-service-key", "api-key", "proxy-authorization"] {
        nobody.get(ACCOUNTS).header(header, &key).await.expect_problem(401, "access_token_invalid");
    }
    let call = nobody.post(ACCOUNTS).json(json!({"email": "new@example.test", "service_key": key}));
    call.await.expect_problem(401, "access_token_invalid");
    program.get(ACCOUNTS).await.expect_status(200);
    program.get(ACCOUNTS).without_bearer().header("authorization", format!("bEARER {key}")).await.expect_status(200);
}

/// docs/attacks.md#service-key-in-an-address
#[tokio::test]
async fn az5_a_service_key_beside_another_token_is_a_guess_that_nobody_makes() {
    let app = TestApp::start().await;
    let (key, admin) = (app.service_key(&ALL_RIGHTS).await, app.admin_in("cookie").await);
    let program = app.program_with(&key);
    let twice = program.get(ACCOUNTS).header("authorization", format!("Bearer {}", admin.access_token()));
    twice.await.expect_problem(400, "token_source_conflict");
    let same = program.get(ACCOUNTS).header("authorization", format!("Bearer {key}"));
    same.await.expect_problem(400, "token_source_conflict");
    let beside = program.get(ACCOUNTS).cookies(admin.cookie_header().unwrap());
    beside.await.expect_problem(400, "token_source_conflict");
    // A bad key never falls back to a good cookie.
    let bad = app.program_with("gwk_damaged");
    let cookies = admin.cookie_header().unwrap();
    bad.get(ACCOUNTS).cookies(cookies).await.expect_problem(400, "token_source_conflict");
}

#[tokio::test]
async fn az5_a_service_key_that_is_none_is_refused_by_its_checksum_and_says_so() {
    let app = TestApp::start().await;
    let key = app.service_key(&ALL_RIGHTS).await;
    app.fuse.mend();
    let mut damaged: Vec<String> =
        vec!["gwk_".to_owned(), "gwk_x".to_owned(), key[..key.len() - 1].to_owned(), format!("{key}0")];
    for at in 0..key.len() {
        let other = if &key[at..=at] == "7" { "6" } else { "7" };
        damaged.push(format!("{}{other}{}", &key[..at], &key[at + 1..]));
    }
    for key in &damaged {
        let refused = app.program_with(key).get(ACCOUNTS).await;
        // What does not begin like one is taken for an access token.
        let code = if key.starts_with("gwk_") { "service_key_invalid" } else { "access_token_invalid" };
        let refused = refused.expect_problem(401, code);
        assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    }
    assert_eq!(app.fuse.count("service_key"), 0, "no damaged key is looked for: {:?}", app.fuse.steps());
    app.program_with(&key).get(ACCOUNTS).await.expect_status(200);
    assert_eq!(app.fuse.count("service_key"), 1);
}

/// docs/attacks.md#ids-of-other-accounts
#[tokio::test]
async fn az1_an_id_has_one_spelling_and_others_name_nothing() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, somebody(&app, "ada").await);
    let id = super::account_id(&ada);
    admin.get(&account_path(&id)).await.expect_status(200);
    let bare = id.replace('-', "");
    for other in
        [&id.to_uppercase(), &bare, &format!("%7B{id}%7D"), &format!("urn:uuid:{id}"), "x", "%00", &ada.user_id()]
    {
        admin.get(&account_path(other)).await.expect_problem(404, "not_found");
        admin.delete(&account_path(other)).await.expect_problem(404, "not_found");
        admin.delete(&format!("/admin/v1/service-keys/{other}")).await.expect_problem(404, "not_found");
        admin.delete(&format!("/admin/v1/sessions/{other}")).await.expect_problem(404, "not_found");
    }
    for other in [&ada.user_id().to_uppercase(), "x", &id] {
        admin.get(&super::user_path(other)).await.expect_problem(404, "user_not_found");
    }
}

/// docs/attacks.md#roles-by-environment
#[tokio::test]
async fn x7_no_header_no_host_and_no_loopback_makes_an_admin() {
    let app = TestApp::start().await;
    let ada = somebody(&app, "admin").await;
    let names = [
        ("host", "localhost"),
        ("host", "127.0.0.1:8080"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "localhost"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("x-forwarded-user", "admin"),
        ("remote-user", "admin"),
        ("x-auth-user", "admin"),
        ("x-roles", "admin"),
        ("gatewright-roles", "admin"),
        ("x-admin", "true"),
        ("x-http-method-override", "GET"),
        ("x-original-url", "/auth/me"),
    ];
    for (name, value) in names {
        for peer in ["127.0.0.1", "::1", "203.0.113.9"] {
            let refused = ada.get(ACCOUNTS).from(peer).header(name, value).await;
            refused.expect_problem(403, "permission_denied");
            let nobody = app.browser();
            nobody.get(ACCOUNTS).from(peer).header(name, value).await.expect_problem(401, "access_token_invalid");
        }
    }
    let me = ada.get("/auth/me").from("127.0.0.1").await.json();
    assert_eq!(me["user"]["roles"], json!([]));
}

/// docs/attacks.md#service-key-in-an-address
#[tokio::test]
async fn lg2_a_user_agent_with_a_service_key_in_it_is_not_kept() {
    let app = TestApp::start().await;
    let key = app.service_key(&ALL_RIGHTS).await;
    let program = app.program_with(&key);
    make_account(&program).header("user-agent", format!("app/1 {key}")).await.expect_status(201);
    let noted = super::noted(&program, "signed_up").await;
    assert_eq!(noted[0]["user_agent"], Value::Null);
}
