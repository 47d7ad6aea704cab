//! `POST /auth/introspect` (RFC 7662).

use gatewright::core::{
    NewServiceKey,
    model::{Permission, Right, Role},
};
use gatewright::token::Acting;
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, Setup, days, mins, secs},
};
use serde_json::{Value, json};

use crate::family::{EMAIL, family, grace};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The text of a service key with these rights.
pub(crate) async fn key(app: &TestApp, rights: &[Right]) -> String {
    let permissions = rights.iter().map(|right| right.permission()).collect();
    let new = NewServiceKey { name: "a service".to_owned(), permissions, expires_in: None };
    app.gate.operator().make_service_key(new).await.unwrap().text.expose().to_owned()
}

async fn ask(service: &Browser, key: &str, token: &str) -> Answer {
    service.post("/auth/introspect").fetch_site(None).bearer(key).raw(FORM, format!("token={token}")).await
}

async fn told(app: &TestApp, token: &str) -> Value {
    let key = key(app, &[Right::TokensIntrospect]).await;
    ask(&app.browser(), &key, token).await.expect_status(200).json()
}

const INACTIVE: &str = r#"{"active":false}"#;

#[tokio::test]
async fn an_access_token_is_told_with_what_its_user_may_do_now() {
    let pages: Role = Role {
        name: "editor".parse().unwrap(),
        permissions: gatewright::core::model::Permissions::new(vec!["pages:write".parse::<Permission>().unwrap()]),
        changed_at: gatewright::core::model::Timestamp::from_secs(0),
    };
    let app = Setup::default().policy(|policy| policy.roles = vec![pages]).start().await;
    let ada = family(&app, "hybrid").await;
    let said = told(&app, &ada.access_token()).await;
    let claims: Value = claims_of(&ada.access_token());
    for name in ["iss", "aud", "sub", "account_id", "session_id", "username", "amr", "auth_time", "iat", "exp", "jti"] {
        assert_eq!(said[name], claims[name], "{name}");
    }
    assert_eq!((&said["active"], &said["token_type"], &said["scope"]), (&json!(true), &json!("Bearer"), &json!("")));
    assert_eq!(said["roles"], json!([]));
    assert_eq!(said.get("act"), None);
}

/// A role that is given after the token was issued is told, and so is one that was taken away.
#[tokio::test]
async fn jw21_a_role_shows_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    let token = ada.access_token();
    assert_eq!(told(&app, &token).await["roles"], json!([]));
    let id = ada.user_id().parse().unwrap();
    let user = |found: gatewright::core::AccountOverview| found.users.into_iter().find(|user| user.id == id).unwrap();
    let account = ada.signed_in()["account"]["id"].as_str().unwrap().parse().unwrap();
    let key = gatewright::core::AccountKey::Id(account);
    let operator = app.gate.operator();
    let seen = user(operator.show_account(&key).await.unwrap());
    operator.set_admin(&seen, gatewright::core::AdminRole::Given).await.unwrap();
    let said = told(&app, &token).await;
    assert_eq!(said["roles"], json!(["admin"]));
    assert!(said["scope"].as_str().unwrap().split(' ').any(|scope| scope == "accounts:write"), "{said}");
}

#[tokio::test]
async fn oa2_whatever_is_good_for_nothing_is_inactive_and_nothing_else() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let (access, refresh) = (ada.access_token(), ada.refresh_token());
    let several = app.browser();
    let login = json!({"login": EMAIL, "password": gatewright_testkit::app::PASSWORD, "transport": "body"});
    several.post("/auth/login").json(login).await.expect_status(200);
    let gone = grace(&app, "body").await;
    let (gone_access, gone_refresh) = (gone.access_token(), gone.refresh_token());
    gone.post("/auth/logout").await.expect_status(204);
    let service = key(&app, &[Right::TokensIntrospect]).await;
    let forged = format!("{}A", &refresh[..refresh.len() - 1]);
    let selection = several.selection_token();
    for token in [
        &gone_access,
        &gone_refresh,
        &selection,
        &service,
        &forged,
        "nonsense",
        "eyJ",
        "gwr_",
        "gwm_a",
        &"a".repeat(9000),
    ] {
        let answer = ask(&app.browser(), &service, token).await.expect_status(200);
        assert_eq!(answer.text(), INACTIVE, "{token}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    app.clock.advance(mins(11));
    assert_eq!(told(&app, &access).await.to_string(), INACTIVE, "it has run out");
    assert_eq!(told(&app, &refresh).await["active"], json!(true), "and the session goes on");
}

/// A token with another audience, signed with our own key, is none for this instance.
#[tokio::test]
async fn oa2_a_token_for_somebody_else_is_inactive() {
    let pem = crate::security::forge::Forge::new().pem;
    let start = |audience: &'static str| {
        let setup = Setup::default().signing_key(&pem);
        setup.policy(|policy| audience.clone_into(&mut policy.audience)).start()
    };
    let (here, elsewhere) = (start("https://api.example.test").await, start("https://other.example.test").await);
    let token = elsewhere.sign_up(EMAIL).await.access_token();
    assert_eq!(told(&elsewhere, &token).await["active"], json!(true));
    assert_eq!(told(&here, &token).await.to_string(), INACTIVE);
}

#[tokio::test]
async fn a_refresh_token_is_told_while_it_is_the_current_one() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let first = ada.refresh_token();
    let said = told(&app, &first).await;
    assert_eq!((&said["active"], &said["token_type"]), (&json!(true), &json!("refresh_token")));
    assert_eq!(said["sub"], json!(ada.user_id()));
    assert_eq!((said.get("jti"), said.get("aud")), (None, None));
    app.clock.advance(mins(10));
    ada.refresh().await.expect_status(200);
    assert_eq!(told(&app, &first).await.to_string(), INACTIVE, "its successor is the current one");
    assert_eq!(told(&app, &ada.refresh_token()).await["active"], json!(true));
    app.clock.advance(days(15));
    assert_eq!(told(&app, &ada.refresh_token()).await.to_string(), INACTIVE, "idle for too long");
}

/// docs/attacks.md#introspected-reuse
#[tokio::test]
async fn asking_about_a_spent_token_ends_nothing_and_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let stolen = ada.refresh_token();
    for _ in 0..2 {
        app.clock.advance(mins(10));
        ada.refresh().await.expect_status(200);
    }
    for _ in 0..3 {
        assert_eq!(told(&app, &stolen).await.to_string(), INACTIVE);
    }
    app.clock.advance(mins(10));
    let before = ada.refresh_token();
    ada.refresh().await.expect_status(200);
    assert_ne!(before, ada.refresh_token(), "the session goes on, and rotates");
}

#[tokio::test]
async fn an_impersonation_is_told_as_one() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    let service = app.gate.service(&key(&app, &[Right::AccountsImpersonate]).await).await.unwrap();
    let gatewright::core::model::Actor::ServiceKey(id) = service.actor() else { panic!("it is a service key") };
    let wanted = gatewright::core::Impersonation {
        user: ada.user_id().parse().unwrap(),
        reason: gatewright::core::model::ClientLabel::parse("reason", "ticket 7").unwrap(),
        expires_in: mins(15),
    };
    let client = gatewright::core::model::ClientInfo { ip: None, user_agent: None, received_at: app.gate.now() };
    let acting = app.gate.impersonate(&service.demand().unwrap(), wanted, &client).await.unwrap();
    let said = told(&app, &acting.access_token).await;
    assert_eq!(said["act"], json!({"sub": id.to_string(), "kind": "service_key"}));
    assert_eq!(said["amr"], json!(["impersonation"]));
    assert_eq!(Acting::ServiceKey(id.uuid()).subject(), id.uuid());
}

#[tokio::test]
async fn oa2_nobody_asks_without_a_key_that_may() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    let token = ada.access_token();
    let service = app.browser();
    let nobody = service.post("/auth/introspect").fetch_site(None).raw(FORM, format!("token={token}")).await;
    let nobody = nobody.expect_problem(401, "service_key_invalid");
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"), "who shows nothing is told nothing (RFC 6750)");
    assert_eq!(nobody.json()["error"], json!("invalid_client"));
    let wrong = ask(&service, &token, &token).await.expect_problem(401, "service_key_invalid");
    assert_eq!(wrong.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    let other = key(&app, &[Right::TokensRevoke, Right::AccountsRead]).await;
    let denied = ask(&service, &other, &token).await.expect_problem(403, "permission_denied");
    assert_eq!(denied.json()["error"], json!("insufficient_scope"));
    ada.post("/auth/introspect").raw(FORM, format!("token={token}")).await.expect_problem(401, "service_key_invalid");
}

/// docs/attacks.md#service-key-in-a-browser
#[tokio::test]
async fn az5_a_key_that_comes_from_a_browser_is_refused() {
    let app = TestApp::start().await;
    let may = key(&app, &[Right::TokensIntrospect]).await;
    let service = app.browser();
    let from = |name: &'static str, value: &'static str| {
        let call = service.post("/auth/introspect").fetch_site(None).header(name, value).bearer(may.clone());
        call.raw(FORM, "token=a")
    };
    for (name, value) in [
        ("origin", gatewright_testkit::app::ISSUER),
        ("origin", "null"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-dest", "empty"),
    ] {
        from(name, value).await.expect_problem(403, "origin_refused");
    }
    // The `fetch` of Node says how it fetches, and no browser says only that.
    from("sec-fetch-mode", "cors").await.expect_status(200);
    let query = format!("/auth/introspect?access_token={may}");
    app.browser().post(&query).fetch_site(None).bearer(may.clone()).raw(FORM, "token=a").await.expect_status(400);
}

#[tokio::test]
async fn oa3_a_form_that_is_wrong_is_told_in_the_words_of_oauth() {
    let app = TestApp::start().await;
    let may = key(&app, &[Right::TokensIntrospect]).await;
    let service = app.browser();
    let send = |kind: &'static str, body: &'static str| {
        service.post("/auth/introspect").fetch_site(None).bearer(may.clone()).raw(kind, body)
    };
    for body in ["", "token=", "token=a&token=b", "token=%zz", "token_type_hint=access_token"] {
        let problem = send(FORM, body).await.expect_problem(400, "invalid_request");
        assert_eq!(problem.json()["error"], json!("invalid_request"), "{body}");
    }
    let json = send("application/json", r#"{"token":"a"}"#).await.expect_problem(415, "unsupported_media_type");
    assert_eq!(json.json()["error"], json!("invalid_request"));
    send(FORM, "token=a&token_type_hint=nonsense&more=1").await.expect_status(200);
    app.clock.advance(secs(1));
}

fn claims_of(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}
