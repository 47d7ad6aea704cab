//! `/admin/v1/accounts`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, days, secs},
};
use serde_json::{Value, json};

use super::{account_id, account_path, each, noted, somebody};
use crate::{
    family::{EMAIL, family, grace},
    routes::{expect_field, refuses_members, refuses_other_bodies},
};

const ACCOUNTS: &str = "/admin/v1/accounts";

/// docs/attacks.md#passwords-that-admins-know
#[tokio::test]
async fn pw18_az3_no_call_takes_a_password() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let path = account_path(&account_id(&ada));
    let (make, change) = (|| admin.post(ACCOUNTS), || admin.patch(&path));
    refuses_other_bodies(make).await;
    refuses_other_bodies(change).await;
    let invalid = "validation_failed";
    for member in ["password", "new_password", "password_hash", "roles", "owner", "email_verified", "id", "account_id"]
    {
        let mut body = json!({"email": "new@example.test"});
        body[member] = json!("a new sentence of mine");
        expect_field(make().json(body).await, invalid, member);
        let mut body = json!({"disabled": false});
        body[member] = json!("a new sentence of mine");
        expect_field(change().json(body).await, invalid, member);
    }
    let table = [
        (json!({}), invalid, "email"),
        (json!({"email": "x"}), invalid, "email"),
        (json!({"email": "new@example.test", "username": "a@b"}), invalid, "username"),
        (json!({"email": "new@example.test", "profile": {"locale": ""}}), invalid, "profile.locale"),
    ];
    refuses_members(make, table).await;
    refuses_members(change, [(json!({}), invalid, "disabled"), (json!({"disabled": 1}), invalid, "disabled")]).await;
    make().json(json!({"email": EMAIL.to_uppercase()})).await.expect_problem(409, "email_taken");
    make().json(json!({"email": "new@example.test", "username": "ada"})).await.expect_problem(409, "username_taken");
    // Nothing of it has changed hers.
    app.log_in(EMAIL, Some("ada"), "body").await;
    assert_eq!(admin.get(ACCOUNTS).await.json()["accounts"].as_array().unwrap().len(), 2);
}

/// docs/attacks.md#passwords-that-admins-know
#[tokio::test]
async fn pw17_who_gets_an_account_chooses_its_password_by_a_mail_that_runs_out_and_is_good_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.letters().await;
    let body = json!({"email": "new@example.test", "username": "newcomer", "profile": {"display_name": "New"}});
    let made = admin.post(ACCOUNTS).json(body).await.expect_status(201);
    assert!(!made.text().contains("gwm_") && !made.text().contains("token"), "{}", made.text());
    let made = made.json();
    assert_eq!((&made["email_verified"], &made["disabled"]), (&json!(false), &json!(false)));
    assert_eq!(each(&made["users"], "username"), ["newcomer"]);
    assert_eq!((&made["users"][0]["owner"], &made["users"][0]["roles"]), (&json!(true), &json!([])));
    assert_eq!(made["sessions"], json!([]));
    // There is no password yet: none opens it, an empty one neither.
    for password in [PASSWORD, "newcomer", "null"] {
        let login = json!({"login": "new@example.test", "password": password});
        app.browser().post("/auth/login").json(login).await.expect_problem(401, "invalid_credentials");
    }
    let mail = app.letter("reset_password", "new@example.test").await;
    let reset = |token: String| {
        let browser = app.browser();
        async move {
            let body = json!({"token": token, "new_password": "a sentence of my own"});
            browser.post("/auth/password/reset").json(body).await
        }
    };
    reset(mail.token()).await.expect_status(204);
    reset(mail.token()).await.expect_problem(400, "mail_token_invalid");
    let login = json!({"login": "new@example.test", "password": "a sentence of my own"});
    app.browser().post("/auth/login").json(login).await.expect_status(200);
    // What nobody used in time is good for nothing.
    admin.post(ACCOUNTS).json(json!({"email": "late@example.test"})).await.expect_status(201);
    let mail = app.letter("reset_password", "late@example.test").await;
    app.clock.advance(days(1));
    reset(mail.token()).await.expect_problem(400, "mail_token_invalid");
}

#[tokio::test]
async fn accounts_are_found_page_by_page_and_by_the_beginning_of_their_addresses() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for name in ["ada", "ada+x", "bob", "adele"] {
        app.clock.advance(secs(1));
        app.sign_up(&format!("{name}@Example.test")).await;
    }
    let mut seen = Vec::new();
    let mut path = format!("{ACCOUNTS}?limit=2");
    loop {
        let page = admin.get(&path).await.expect_status(200).json();
        let emails = each(&page["accounts"], "email");
        assert!(emails.len() <= 2);
        seen.extend(emails);
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{ACCOUNTS}?limit=2&cursor={cursor}");
    }
    assert_eq!(
        seen,
        ["adele@Example.test", "bob@Example.test", "ada+x@Example.test", "ada@Example.test", "root@example.test"]
    );
    let found = |query: &str| {
        let (path, admin) = (format!("{ACCOUNTS}?search={query}"), admin.copy());
        async move { each(&admin.get(&path).await.expect_status(200).json()["accounts"], "email") }
    };
    assert_eq!(found("AD").await, ["ada+x@Example.test", "ada@Example.test", "adele@Example.test"]);
    assert_eq!(found("ada+x").await, ["ada+x@Example.test"]);
    assert_eq!(found("ada%2Bx%40EXAMPLE").await, ["ada+x@Example.test"]);
    assert_eq!(found("ada@example.test").await, ["ada@Example.test"]);
    assert_eq!(found("a%25").await, [""; 0]);
    assert_eq!(found("").await.len(), 5);
}

#[tokio::test]
async fn an_account_shows_what_admins_need_and_no_secret() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let shown = admin.get(&account_path(&account_id(&ada))).await.expect_status(200);
    insta::assert_snapshot!(shown.masked(), @r#"
    {
      "created_at": "2026-11-21T12:00:00Z",
      "disabled": false,
      "disabled_at": null,
      "email": "ada@example.test",
      "email_verified": false,
      "id": "[id]",
      "sessions": [
        {
          "account_id": "[id]",
          "amr": [
            "pwd"
          ],
          "client": null,
          "created_at": "2026-11-21T12:00:00Z",
          "expires_at": "2026-12-21T12:00:00Z",
          "id": "[id]",
          "ip": "203.0.113.7",
          "last_refreshed_on": "2026-11-21",
          "transport": "body",
          "user_agent": null,
          "user_id": "[id]"
        }
      ],
      "users": [
        {
          "account_id": "[id]",
          "app_metadata": {},
          "created_at": "2026-11-21T12:00:00Z",
          "disabled": false,
          "disabled_at": null,
          "id": "[id]",
          "owner": true,
          "pin_required": false,
          "profile": {
            "avatar_url": null,
            "display_name": null,
            "locale": null,
            "metadata": {}
          },
          "roles": [],
          "username": "ada"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_can_come_back() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let (grace, path) = (grace(&app, "body").await, account_path(&account_id(&ada)));
    for _ in 0..2 {
        let disabled = admin.patch(&path).json(json!({"disabled": true})).await.expect_status(200).json();
        assert!(disabled["disabled"] == true && disabled["disabled_at"].is_string(), "{disabled}");
    }
    for out in [&ada, &grace] {
        out.get("/auth/me").await.expect_problem(401, "access_token_invalid");
        out.refresh().await.expect_problem(401, "refresh_token_invalid");
    }
    let login = json!({"login": EMAIL, "password": PASSWORD});
    app.browser().post("/auth/login").json(login.clone()).await.expect_problem(401, "invalid_credentials");
    admin.post(&format!("{path}/reset")).await.expect_problem(404, "not_found");
    admin.patch(&path).json(json!({"disabled": false})).await.expect_status(200);
    app.browser().post("/auth/login").json(login).await.expect_status(200);
    assert_eq!(noted(&admin, "account_disabled").await.len(), 1, "what is so already is no change");
    assert_eq!(noted(&admin, "account_enabled").await.len(), 1);
}

#[tokio::test]
async fn a_deleted_account_is_gone_and_its_address_is_free() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let path = account_path(&account_id(&ada));
    admin.delete(&path).await.expect_status(204);
    admin.delete(&path).await.expect_problem(404, "not_found");
    admin.get(&path).await.expect_problem(404, "not_found");
    ada.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    let noted = noted(&admin, "account_deleted").await;
    assert_eq!(noted[0]["actor"], json!({"kind": "admin", "id": admin.user_id()}));
    app.sign_up(EMAIL).await;
}

#[tokio::test]
async fn lg1_making_an_account_is_noted_with_who_did_it() {
    let app = TestApp::start().await;
    let (admin, program) = (app.admin().await, app.program(&["accounts:write"]).await);
    let ids = [&admin, &program].map(|by| by.copy());
    for (at, by) in ids.iter().enumerate() {
        let body = json!({"email": format!("new{at}@example.test")});
        by.post(ACCOUNTS).json(body).await.expect_status(201);
    }
    let noted = noted(&admin, "signed_up").await;
    let kinds: Vec<&Value> = noted.iter().map(|entry| &entry["actor"]["kind"]).collect();
    assert_eq!(kinds, [&json!("service_key"), &json!("admin")]);
    somebody(&app, "ada").await;
    assert_eq!(super::noted(&admin, "signed_up").await[0]["actor"], json!({"kind": "account", "id": null}));
}
