//! Before an access token is issued.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use gatewright::core::{
    model::{EmbeddedName, Moment, Namespace, RuleRefusal, TokenFacts, TokenVerdict},
    port::{Rule, RuleError},
    token::{Verifier, VerifyingKeys},
};
use gatewright_testkit::{
    FrozenClock, TestApp,
    app::{ISSUER, PASSWORD, Receiver, Setup, mins, secs},
};
use serde_json::{Value, json};

use super::{EMAIL, NAMESPACE, adds, allows, login, operator, refusals, refuses, webhook};
use crate::{
    family::{family, grace},
    invariants::claims,
};

#[tokio::test]
async fn what_a_rule_adds_is_in_every_access_token_and_verified_with_it() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["before_token"], &json!({})).await;
    receiver.reply(adds(&json!({ format!("{NAMESPACE}plan"): "gold", format!("{NAMESPACE}seats"): [1, 2] })));
    let ada = app.sign_up_in("body", EMAIL).await;
    ada.get("/auth/me").await.expect_status(200);
    app.clock.advance(mins(2));
    ada.refresh().await.expect_status(200);
    let verifier = Verifier::builder().issuer(ISSUER).audience(ISSUER);
    let jwks = app.gate.jwks().to_json();
    let keys = VerifyingKeys::from_jwks(jwks.as_bytes()).unwrap();
    let verifier = verifier.keys(keys).build().unwrap();
    let verified = verifier.verify_access(&ada.access_token(), app.gate.now().secs()).unwrap();
    assert_eq!(verified.extra[&format!("{NAMESPACE}plan")], "gold");
    assert_eq!(verified.extra[&format!("{NAMESPACE}seats")], json!([1, 2]));
}

/// docs/attacks.md#rule-shadows-a-claim
#[tokio::test]
async fn a_rule_never_sets_a_claim_of_ours() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    let rule = webhook(&app, &receiver, &["before_token"], &json!({"on_failure": "open"})).await;
    let own = claims(&ada.access_token());
    for (name, value) in [
        ("sub", json!("00000000-0000-0000-0000-000000000000")),
        ("roles", json!(["admin"])),
        ("permissions", json!(["accounts:write"])),
        ("exp", json!(4_000_000_000_i64)),
        ("act", json!({"sub": "x"})),
        ("https://elsewhere.example.com/plan", json!("gold")),
        (NAMESPACE, json!("gold")),
    ] {
        receiver.reply(adds(&json!({ name: value, format!("{NAMESPACE}plan"): "gold" })));
        ada.refresh().await.expect_status(200);
        let now = claims(&ada.access_token());
        assert_eq!(now.as_object().unwrap().len(), own.as_object().unwrap().len(), "{name}: {now}");
        assert_eq!((&now["sub"], &now["roles"]), (&own["sub"], &own["roles"]), "{name}");
    }
    let path = format!("/admin/v1/rules/{}", rule["id"].as_str().unwrap());
    operator(&app).await.patch(&path).json(json!({"on_failure": "closed"})).await.expect_status(200);
    ada.refresh().await.expect_problem(503, "store_unavailable");
}

#[tokio::test]
async fn too_much_is_nothing() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    webhook(&app, &receiver, &["before_token"], &json!({"on_failure": "open"})).await;
    let name = format!("{NAMESPACE}it");
    let deep = json!([[[[[[[[1]]]]]]]]);
    for too_much in [json!("x".repeat(2048)), deep, json!("x".repeat(100_000))] {
        receiver.reply(adds(&json!({ &name: too_much })));
        ada.refresh().await.expect_status(200);
        assert_eq!(claims(&ada.access_token())[&name], Value::Null);
    }
    receiver.reply(adds(&json!({ &name: "x".repeat(1900) })));
    ada.refresh().await.expect_status(200);
    assert_eq!(claims(&ada.access_token())[&name].as_str().unwrap().len(), 1900);
    ada.get("/auth/me").await.expect_status(200);
}

/// docs/attacks.md#rule-refuses
#[tokio::test]
async fn a_refused_refresh_changes_nothing_and_the_same_token_works_later() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    webhook(&app, &receiver, &["before_token"], &json!({})).await;
    app.clock.advance(mins(2)); // old enough to rotate
    let token = ada.refresh_token();
    receiver.reply(refuses());
    app.fuse.mend();
    let refused = app.refresh(&token).await.expect_problem(403, "refused_by_rule");
    assert_eq!(refused.json()["detail"], "Choose a plan first.");
    assert!(refused.set_cookies().is_empty());
    assert_eq!(app.fuse.count("rotate"), 0);
    app.clock.advance(mins(60));
    receiver.reply(allows());
    let refreshed = app.refresh(&token).await.expect_status(200).json();
    assert_eq!(refreshed["session"]["generation"], 2);
    assert_ne!(refreshed["refresh_token"], token.as_str());
}

#[tokio::test]
async fn a_refused_refresh_is_written_down_once_an_hour() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    webhook(&app, &receiver, &["before_token"], &json!({})).await;
    receiver.reply(refuses());
    for _ in 0..3 {
        ada.refresh().await.expect_problem(403, "refused_by_rule");
    }
    let entries = refusals(&app).await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(entries[0]["session_id"], ada.session_id());
    assert_eq!(entries[0]["user_id"], ada.user_id());
    assert_eq!(entries[0]["detail"]["occasion"], "refresh");
    app.clock.advance(mins(61));
    ada.refresh().await.expect_problem(403, "refused_by_rule");
    assert_eq!(refusals(&app).await.len(), 2);
}

#[tokio::test]
async fn a_refused_login_opens_no_session_and_spends_no_selection() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    family(&app, "body").await;
    let phase_one = app.browser();
    phase_one.post("/auth/login").json(login()).await.expect_status(200);
    webhook(&app, &receiver, &["before_token"], &json!({})).await;
    receiver.reply(refuses());
    let select = || {
        let body = json!({"selection_token": phase_one.selection_token(), "username": "grace", "transport": "body"});
        phase_one.post("/auth/select").json(body)
    };
    app.fuse.mend();
    select().await.expect_problem(403, "refused_by_rule");
    assert_eq!(app.fuse.count("open"), 0);
    receiver.reply(allows());
    select().await.expect_status(200);
}

#[tokio::test]
async fn every_occasion_is_asked_about() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["before_token"], &json!({})).await;
    let ada = family(&app, "body").await;
    grace(&app, "body").await;
    ada.refresh().await.expect_status(200);
    ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    ada.post("/auth/switch").json(json!({"username": "grace"})).await.expect_status(200);
    let helper = app.program(&["accounts:impersonate"]).await;
    let path = format!("/admin/v1/users/{}/impersonate", ada.user_id());
    helper.post(&path).json(json!({"reason": "ticket 7", "expires_in": 600})).await;
    let asked: Vec<Value> = receiver.calls().iter().map(|call| call.json()["data"].clone()).collect();
    let occasions: Vec<_> = asked.iter().map(|data| data["occasion"].as_str().unwrap()).collect();
    assert_eq!(occasions, ["login", "login", "refresh", "reauthenticate", "switch", "impersonate"]);
    let names: Vec<_> = asked.iter().map(|data| data["user"]["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["ada", "grace", "ada", "ada", "grace", "grace"]);
    assert_eq!(asked[2]["session"]["id"], asked[0]["session"]["id"]);
    assert_eq!(asked[0]["account"]["email"], EMAIL);
}

/// What is refused without a rule never reaches one: a rule cannot be had to say who has which session.
#[tokio::test]
async fn a_token_that_is_no_good_is_not_asked_about() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    let spent = ada.refresh_token();
    for _ in 0..2 {
        app.clock.advance(mins(10));
        ada.refresh().await.expect_status(200);
    }
    webhook(&app, &receiver, &["before_token"], &json!({})).await;
    receiver.reply(refuses());
    let mut forged = ada.refresh_token();
    forged.replace_range(20..21, if &forged[20..21] == "A" { "B" } else { "A" });
    app.refresh(forged).await.expect_problem(401, "refresh_token_invalid");
    app.refresh(spent).await.expect_problem(401, "refresh_token_reused");
    ada.refresh().await.expect_problem(401, "refresh_token_invalid");
    let body = json!({"login": EMAIL, "password": "not the right sentence"});
    app.browser().post("/auth/login").json(body).await.expect_problem(401, "invalid_credentials");
    assert!(receiver.calls().is_empty());
}

#[tokio::test]
async fn what_rules_take_together_is_what_the_slowest_takes() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    for _ in 0..4 {
        webhook(&app, &receiver, &["before_token"], &json!({"on_failure": "open"})).await;
    }
    receiver.reply(gatewright_testkit::app::Reply::Nothing);
    let refreshed = tokio::time::timeout(Duration::from_secs(3), async { ada.refresh().await });
    refreshed.await.unwrap().expect_status(200);
    assert_eq!(receiver.calls().len(), 4);
}

/// A rule of the program that embeds us.
struct Embedded {
    name: &'static str,
    does: fn(&TokenFacts) -> Result<TokenVerdict, RuleError>,
    /// Once it is there, eleven seconds pass on it with each question.
    clock: Arc<OnceLock<Arc<FrozenClock>>>,
}

#[async_trait]
impl Rule for Embedded {
    fn name(&self) -> EmbeddedName {
        EmbeddedName::parse(self.name).unwrap()
    }

    fn moments(&self) -> &[Moment] {
        &[Moment::BeforeToken]
    }

    fn timeout(&self) -> Duration {
        Duration::from_millis(200)
    }

    fn namespace(&self) -> Option<Namespace> {
        Namespace::parse("namespace", NAMESPACE).ok()
    }

    async fn before_token(&self, facts: &TokenFacts) -> Result<TokenVerdict, RuleError> {
        if let Some(clock) = self.clock.get() {
            clock.advance(secs(11));
        }
        if self.name == "hangs" {
            std::future::pending::<()>().await;
        }
        (self.does)(facts)
    }
}

fn embedded(name: &'static str, does: fn(&TokenFacts) -> Result<TokenVerdict, RuleError>) -> Setup {
    Setup::default().rule(Arc::new(Embedded { name, does, clock: Arc::default() }))
}

#[tokio::test]
async fn an_embedded_rule_adds_and_refuses_by_who_it_is() {
    let app = embedded("by-user", |facts| match facts.user.username.as_str() {
        "grace" => Ok(TokenVerdict::Refuse(RuleRefusal::new("not_grace").saying("Not you."))),
        name => {
            let claims = json!({ format!("{NAMESPACE}name"): name });
            Ok(TokenVerdict::Allow(claims.as_object().unwrap().clone()))
        }
    });
    let app = app.start().await;
    let ada = family(&app, "body").await;
    assert_eq!(claims(&ada.access_token())[format!("{NAMESPACE}name")], "ada");
    let switched = ada.post("/auth/switch").json(json!({"username": "grace"})).await;
    assert_eq!(switched.expect_problem(403, "refused_by_rule").json()["detail"], "Not you.");
    ada.refresh().await.expect_status(200);
}

#[tokio::test]
async fn an_embedded_rule_that_hangs_or_fails_fails_closed() {
    let ok = |_: &TokenFacts| Ok(TokenVerdict::Allow(serde_json::Map::new()));
    let hangs = embedded("hangs", ok);
    let fails = embedded("fails", |_| Err(RuleError::new("its database is away")));
    for setup in [hangs, fails] {
        let app = setup.start().await;
        let body = json!({"email": EMAIL, "password": PASSWORD});
        app.browser().post("/auth/signup").json(body).await.expect_problem(503, "store_unavailable");
    }
}

/// DESIGN 4.3: what waited longer than ten seconds is not done.
#[tokio::test]
async fn a_refresh_that_waited_too_long_for_a_rule_is_not_done() {
    let clock = Arc::new(OnceLock::new());
    let does = |_: &TokenFacts| Ok(TokenVerdict::Allow(serde_json::Map::new()));
    let rule = Embedded { name: "slow", does, clock: Arc::clone(&clock) };
    let app = Setup::default().rule(Arc::new(rule)).start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.clock.advance(mins(2));
    assert!(clock.set(Arc::clone(&app.clock)).is_ok());
    app.fuse.mend();
    ada.refresh().await.expect_problem(503, "store_unavailable");
    assert_eq!(app.fuse.count("rotate"), 0);
}
