//! X11: errors of the database in answers; and what is answered when the store fails at any step.

use gatewright_testkit::{
    TestApp,
    app::{Call, PASSWORD, mins},
};
use serde_json::json;

use crate::family::{EMAIL, PIN, family};

type Attempt<'a> = (&'static str, Box<dyn Fn() -> Call<'a> + 'a>);

/// docs/attacks.md#store-errors
///
/// Every call is tried with a store that fails at its first step, at its second, and so on: it answers 503 and nothing of
/// the cause, never "allowed" and never a verdict.
#[tokio::test]
async fn lg4_a_store_that_fails_at_any_step_is_an_outage_and_never_a_verdict() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let grace = ada.get("/auth/users").await.json()["users"][1]["id"].as_str().unwrap().to_owned();
    let own = format!("/auth/sessions/{}", ada.session_id());
    let user = format!("/auth/users/{grace}");
    let pin = format!("{user}/pin");
    let login = app.browser();
    login.post("/auth/login").json(json!({"login": EMAIL, "password": PASSWORD})).await.expect_status(200);
    let select = json!({"selection_token": login.selection_token(), "username": "kid", "pin": PIN});
    let new = json!({"current_password": PASSWORD, "new_password": "another perfectly fine sentence"});
    app.clock.advance(mins(2));
    let calls: Vec<Attempt<'_>> = vec![
        ("signup", Box::new(|| login.post("/auth/signup").json(json!({"email": "x@y.test", "password": PASSWORD})))),
        ("login", Box::new(|| login.post("/auth/login").json(json!({"login": EMAIL, "password": PASSWORD})))),
        ("wrong", Box::new(|| login.post("/auth/login").json(json!({"login": EMAIL, "password": "wrong wrong"})))),
        ("nobody", Box::new(|| login.post("/auth/login").json(json!({"login": "nobody", "password": "wrong wrong"})))),
        ("select", Box::new(|| login.post("/auth/select").json(select.clone()))),
        ("refresh", Box::new(|| ada.refresh())),
        ("me", Box::new(|| ada.get("/auth/me"))),
        ("change me", Box::new(|| ada.patch("/auth/me").json(json!({"profile": {"display_name": "Ada"}})))),
        ("users", Box::new(|| ada.get("/auth/users"))),
        ("add user", Box::new(|| ada.post("/auth/users").json(json!({"username": "new"})))),
        ("change user", Box::new(|| ada.patch(&user).json(json!({"username": "gracie"})))),
        ("set pin", Box::new(|| ada.put(&pin).json(json!({"pin": "1234"})))),
        ("remove pin", Box::new(|| ada.delete(&pin))),
        ("sessions", Box::new(|| ada.get("/auth/sessions"))),
        ("activity", Box::new(|| ada.get("/auth/activity"))),
        ("export", Box::new(|| ada.get("/auth/account/export"))),
        ("password", Box::new(|| ada.put("/auth/password").json(new.clone()))),
        ("reauthenticate", Box::new(|| ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})))),
        ("switch", Box::new(|| ada.post("/auth/switch").json(json!({"username": "kid", "pin": PIN})))),
        ("remove user", Box::new(|| ada.delete(&user))),
        ("end session", Box::new(|| ada.delete(&own))),
        ("logout", Box::new(|| ada.post("/auth/logout"))),
        ("logout account", Box::new(|| ada.post("/auth/logout").json(json!({"scope": "account"})))),
        ("delete", Box::new(|| ada.delete("/auth/account"))),
    ];
    for (name, call) in &calls {
        for steps in 0.. {
            app.fuse.blow_after(steps);
            let answer = call().await;
            let needed = app.fuse.steps().len();
            if needed <= steps {
                assert!(steps > 0, "{name} asks the store");
                break;
            }
            assert_eq!(answer.status, 503, "{name} fails at step {steps} of {:?}: {}", app.fuse.steps(), answer.text());
            let answer = answer.expect_problem(503, "store_unavailable");
            assert_eq!(answer.header("retry-after"), Some("1"));
            assert!(answer.set_cookies().is_empty());
            for told in ["fuse", "sqlite", "SQL", "gatewright.sqlite", "standing"] {
                assert!(!answer.text().contains(told), "{name}: {}", answer.text());
            }
            assert!(steps < 20, "{name} ends");
            // As every client does: an outage is followed by the same request.
            app.clock.advance(std::time::Duration::from_secs(1));
        }
        app.fuse.mend();
        if ["switch", "end session", "logout", "logout account", "password", "reauthenticate"].contains(name) {
            let again = json!({"login": EMAIL, "password": PASSWORD, "user": "ada", "transport": "body"});
            let new = json!({"login": EMAIL, "password": new["new_password"], "user": "ada", "transport": "body"});
            if !ada.post("/auth/login").without_bearer().json(again).await.status.is_success() {
                ada.post("/auth/login").without_bearer().json(new).await.expect_status(200);
            }
        }
    }
}

/// docs/attacks.md#store-errors
#[tokio::test]
async fn what_is_taken_is_told_in_our_words() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let again = json!({"email": EMAIL, "password": PASSWORD});
    let taken = app.browser().post("/auth/signup").json(again).await.expect_problem(409, "email_taken");
    let named = ada.post("/auth/users").json(json!({"username": "grace"})).await.expect_problem(409, "username_taken");
    for answer in [taken, named] {
        assert!(!answer.text().to_lowercase().contains("unique") && !answer.text().to_lowercase().contains("sql"));
    }
}
