//! `POST /auth/logout`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, Setup, days, mins},
};
use serde_json::json;

use crate::{
    family::{EMAIL, family, grace},
    routes::{expect_field, refuses_foreign_pages, refuses_other_bodies, shown},
};

#[tokio::test]
async fn nobody_is_logged_out_by_nobody() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let nobody = app.browser();
    let none = nobody.post("/auth/logout").await.expect_problem(401, "access_token_invalid");
    assert_eq!(none.header("www-authenticate"), Some("Bearer"));
    nobody.post("/auth/logout").bearer("garbage").await.expect_problem(401, "access_token_invalid");
    nobody.post("/auth/logout").bearer("gwr_x").await.expect_problem(401, "refresh_token_invalid");
    let body = json!({"refresh_token": "gwr_x"});
    nobody.post("/auth/logout").json(body.clone()).await.expect_problem(401, "refresh_token_invalid");
    let two = nobody.post("/auth/logout").bearer("gwr_y").json(body);
    two.await.expect_problem(400, "token_source_conflict");
    ada.post("/auth/logout").bearer("other").await.expect_problem(400, "token_source_conflict");
    ada.post("/auth/logout").bearer("gwr_other").await.expect_problem(400, "token_source_conflict");
    refuses_foreign_pages(|| ada.post("/auth/logout")).await;
    refuses_other_bodies(|| ada.post("/auth/logout")).await;
    let world = json!({"scope": "world"});
    expect_field(ada.post("/auth/logout").json(world).await, "validation_failed", "scope");
    ada.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn az1_a_member_logs_nobody_else_out_and_a_dead_session_nobody_at_all() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let grace = grace(&app, "body").await;
    let all = json!({"scope": "account"});
    let with_refresh_token = json!({"scope": "account", "refresh_token": grace.refresh_token()});
    grace.post("/auth/logout").json(all.clone()).await.expect_problem(403, "permission_denied");
    let nobody = app.browser();
    nobody.post("/auth/logout").json(with_refresh_token).await.expect_problem(403, "permission_denied");
    let phone = app.log_in(EMAIL, Some("ada"), "body").await;
    phone.post("/auth/logout").await.expect_status(204);
    for scope in ["others", "account"] {
        let by_access = phone.post("/auth/logout").json(json!({"scope": scope}));
        by_access.await.expect_problem(401, "access_token_invalid");
        let body = json!({"scope": scope, "refresh_token": phone.refresh_token()});
        nobody.post("/auth/logout").json(body).await.expect_problem(401, "access_token_invalid");
    }
    for browser in [ada, grace] {
        browser.get("/auth/me").await.expect_status(200);
    }
}

#[tokio::test]
async fn any_token_of_the_session_ends_it_by_any_transport_and_again_is_no_error() {
    for which in ["access header", "refresh header", "refresh body", "refresh cookie", "access cookie"] {
        let app = TestApp::start().await;
        let ada = app.sign_up_in("body", EMAIL).await;
        let (access, refresh, tag) = (ada.access_token(), ada.refresh_token(), ada.tag());
        let nobody = app.browser();
        let logout = || {
            let call = nobody.post("/auth/logout");
            match which {
                "access header" => call.bearer(&access),
                "refresh header" => call.bearer(&refresh),
                "refresh body" => call.json(json!({"refresh_token": refresh})),
                "refresh cookie" => call.cookies(format!("__Host-gw_rt_{tag}={refresh}")),
                _ => call.cookies(format!("__Host-gw_at_{tag}={access}")),
            }
        };
        let first = logout().await.expect_status(204);
        let again = logout().await.expect_status(204);
        assert_eq!(shown(&first), shown(&again));
        ada.get("/auth/me").await.expect_problem(401, "access_token_invalid");
        ada.refresh().await.expect_problem(401, "refresh_token_invalid");
    }
}

#[tokio::test]
async fn a_spent_refresh_token_logs_out_as_well() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let spent = ada.refresh_token();
    app.clock.advance(mins(2));
    ada.refresh().await.expect_status(200);
    app.clock.advance(mins(2));
    app.browser().post("/auth/logout").json(json!({"refresh_token": spent})).await.expect_status(204);
    ada.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    app.clock.advance(mins(1));
    let again = app.log_in(EMAIL, None, "body").await;
    assert_eq!(again.get("/auth/activity").await.json()["activity"][1]["act"], "logged_out");
}

#[tokio::test]
async fn an_expired_access_cookie_does_not_keep_anybody_from_logging_out() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let cookies = ada.cookie_header().unwrap();
    app.clock.advance(mins(20));
    let answer = ada.post("/auth/logout").cookies(cookies).await;
    insta::assert_snapshot!(shown(&answer), @r"
    204 No Content
    __Host-gw_rt_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax
    ");
    assert_eq!(ada.cookie_names(), Vec::<String>::new());
    ada.refresh().await.expect_status(401);
}

#[tokio::test]
async fn se8_others_ends_the_users_other_sessions_and_account_ends_everything() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let phone = app.log_in(EMAIL, Some("ada"), "body").await;
    let grace = grace(&app, "body").await;
    let others = ada.post("/auth/logout").json(json!({"scope": "others"})).await;
    insta::assert_snapshot!(shown(&others), @r"
    204 No Content
    ");
    assert_eq!(others.header("clear-site-data"), None);
    phone.get("/auth/me").await.expect_status(401);
    phone.refresh().await.expect_status(401);
    grace.get("/auth/me").await.expect_status(200);
    ada.get("/auth/me").await.expect_status(200);
    app.clock.advance(mins(2));
    ada.refresh().await.expect_status(200);
    ada.post("/auth/logout").json(json!({"scope": "account"})).await.expect_status(204);
    for browser in [&ada, &grace] {
        browser.get("/auth/me").await.expect_status(401);
        browser.refresh().await.expect_status(401);
    }
}

/// `docs/decisions/0006-cookies.md`
#[tokio::test]
async fn se13_a_logout_deletes_its_own_cookies_and_clears_the_site_with_the_last_session() {
    let app = TestApp::start().await;
    let browser = app.sign_up_in("cookie", EMAIL).await;
    let first = browser.tag();
    app.clock.advance(mins(1));
    let eve = json!({"email": "eve@example.test", "password": PASSWORD, "transport": "cookie"});
    browser.post("/auth/signup").json(eve).await.expect_status(201);
    assert_eq!(browser.cookie_names().len(), 4, "two accounts in one browser");
    let me = async |tag: Option<&str>| {
        let call = browser.get("/auth/me");
        let call = match tag {
            Some(tag) => call.header("gatewright-session", tag),
            None => call,
        };
        call.await.expect_status(200).json()["account"]["email"].clone()
    };
    assert_eq!(me(None).await, "eve@example.test", "the newest counts");
    assert_eq!(me(Some(&first)).await, EMAIL, "unless one is named");
    let one = browser.post("/auth/logout").await.expect_status(204);
    assert_eq!(one.header("clear-site-data"), None);
    assert_eq!(one.set_cookies().len(), 2);
    assert_eq!(browser.cookie_names().len(), 2);
    assert_eq!(me(None).await, EMAIL);
    let last = browser.post("/auth/logout").await.expect_status(204);
    assert_eq!(last.header("clear-site-data"), Some("\"cookies\", \"storage\""));
    assert_eq!(browser.cookie_names(), Vec::<String>::new());
}

#[tokio::test]
async fn a_site_that_is_shared_with_others_is_never_cleared() {
    let never = |options: &mut gatewright::HttpOptions| options.clear_site_data = gatewright::ClearSiteData::Never;
    let app = Setup::default().http(never).start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    app.clock.advance(days(1));
    assert_eq!(ada.post("/auth/logout").await.expect_status(204).header("clear-site-data"), None);
}
