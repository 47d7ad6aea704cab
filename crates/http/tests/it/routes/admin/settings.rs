//! `GET /admin/v1/settings`.

use gatewright::core::model::{MIN_BOOTSTRAP_SECRET, bootstrap_hash};
use gatewright_testkit::{TestApp, app::Setup};
use serde_json::Value;

#[tokio::test]
async fn lg2_what_is_set_is_shown_and_no_secret_is_among_it() {
    let set = "a-secret-of-the-settings";
    assert!(set.len() >= MIN_BOOTSTRAP_SECRET);
    let setup = Setup::default().policy(|policy| policy.bootstrap_secret = Some(bootstrap_hash(set)));
    let app = setup.http(|http| http.cors_origins = vec!["https://app.example.test".parse().unwrap()]).start().await;
    let admin = app.admin().await;
    let shown = admin.get("/admin/v1/settings").await.expect_status(200);
    insta::assert_snapshot!(serde_json::to_string_pretty(&shown.json()).unwrap(), @r#"
    {
      "access": {
        "ttl": 600
      },
      "activity": {
        "keep": 34560000,
        "keep_personal": 15552000
      },
      "audience": "https://auth.example.test",
      "cors_origins": [
        "https://app.example.test"
      ],
      "email_verification": "optional",
      "fresh_window": 300,
      "impersonation_max": 3600,
      "magic_links": "on",
      "mail": {
        "ttl_invitation": 604800,
        "ttl_magic": 600,
        "ttl_reset": 1800,
        "ttl_verify": 86400
      },
      "max_users": 16,
      "pages": true,
      "password": {
        "min_length": 8
      },
      "permissions_claim": false,
      "public_url": "https://auth.example.test",
      "rate_limits": "default",
      "refresh": {
        "lost_window": 30,
        "min_age": 60,
        "reuse_ends": "session",
        "strict": false
      },
      "selection": {
        "ttl": 300
      },
      "session": {
        "absolute": 2592000,
        "idle": 1209600,
        "max_per_user": 20
      },
      "signing": {
        "alg": "ES256",
        "rotate_every": 7776000
      },
      "trusted_proxies": []
    }
    "#);
    let text = shown.text();
    for secret in [set, "secret", "hash", "master", "only for tests", "gwk_", "gwb_", "-----BEGIN", "argon2", "://:"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn settings_have_the_names_of_the_configuration() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let shown = admin.get("/admin/v1/settings").await.expect_status(200).json();
    let reference =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md")).unwrap();
    let mut section = String::new();
    let mut documented = Vec::new();
    for line in reference.lines() {
        if let Some(name) = line.strip_prefix("## `[").and_then(|rest| rest.strip_suffix("]`")) {
            section = format!("{name}.");
        } else if line.starts_with("## ") {
            section.clear();
        } else if let Some(name) = line.strip_prefix("### `").and_then(|rest| rest.strip_suffix('`')) {
            documented.push(format!("{section}{name}"));
        }
    }
    assert!(documented.len() > 30, "the reference is read: {documented:?}");
    for (name, value) in shown.as_object().unwrap() {
        let names = match value {
            Value::Object(members) => members.keys().map(|member| format!("{name}.{member}")).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => vec![name.clone()],
        };
        for name in names {
            assert!(documented.contains(&name) || name == "pages", "`{name}` is no setting");
        }
    }
}
