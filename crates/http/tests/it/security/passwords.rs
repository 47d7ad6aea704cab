//! Section 1: passwords. What is stored of them is shown by `attacks/x06_tokens_in_the_store.rs` and the password crate.

use gatewright_testkit::{
    TestApp,
    app::{Answer, PASSWORD, mins},
};
use serde_json::json;

use super::hashes;
use crate::family::{EMAIL, family, grace};

async fn sign_up(app: &TestApp, email: &str, password: &str) -> Answer {
    app.browser().post("/auth/signup").json(json!({"email": email, "password": password})).await
}

async fn log_in(app: &TestApp, password: &str) -> Answer {
    app.browser().post("/auth/login").json(json!({"login": EMAIL, "password": password})).await
}

#[tokio::test]
async fn pw1_a_password_has_eight_code_points_however_many_bytes_they_take() {
    let app = TestApp::start().await;
    // The last has nine code points as it is sent, and seven once it is normalised.
    for short in ["seven.7", "🦀🦀🦀🦀🦀🦀🦀", "e\u{301}e\u{301}34567"] {
        let refused = sign_up(&app, EMAIL, short).await.expect_problem(422, "password_too_short");
        assert_eq!(refused.json()["field"], "password");
        assert!(refused.json()["detail"].as_str().unwrap().contains('8'), "{}", refused.text());
    }
    sign_up(&app, EMAIL, &"🦀".repeat(15)).await.expect_status(201);
    log_in(&app, &"🦀".repeat(15)).await.expect_status(200);
    log_in(&app, &"🦀".repeat(14)).await.expect_status(401);
}

/// docs/attacks.md#passwords-that-cost
#[tokio::test]
async fn pw2_a_long_password_works_and_one_too_long_is_refused_before_anything_is_hashed() {
    let app = TestApp::start().await;
    for length in [64, 128, 1024] {
        let (email, password) = (format!("{length}@example.test"), "x y".repeat(342)[..length].to_owned());
        sign_up(&app, &email, &password).await.expect_status(201);
        let body = json!({"login": email, "password": password});
        app.browser().post("/auth/login").json(body).await.expect_status(200);
    }
    let before = hashes(&app).await;
    for (length, status, code) in [(1025, 422, "validation_failed"), (1 << 20, 413, "payload_too_large")] {
        let password = "x".repeat(length);
        log_in(&app, &password).await.expect_problem(status, code);
        sign_up(&app, EMAIL, &password).await.expect_problem(status, code);
    }
    assert_eq!(hashes(&app).await, before);
}

/// docs/attacks.md#nearly-the-password
#[tokio::test]
async fn pw3_nearly_the_password_is_not_the_password() {
    let app = TestApp::start().await;
    let password = format!(" {}A ", "long words ".repeat(8));
    assert!(password.len() > 73);
    sign_up(&app, EMAIL, &password).await.expect_status(201);
    let nearly = [
        password[..72].to_owned(),
        password.trim().to_owned(),
        password.trim_start().to_owned(),
        password.trim_end().to_owned(),
        password.to_lowercase(),
        password.to_uppercase(),
        format!("{password}\n"),
    ];
    for nearly in nearly {
        // One that fails would delay the next; a minute is longer than any delay that ten failures cause.
        app.clock.advance(mins(1));
        log_in(&app, &nearly).await.expect_problem(401, "invalid_credentials");
    }
    app.clock.advance(mins(1));
    log_in(&app, &password).await.expect_status(200);
}

#[tokio::test]
async fn pw4_an_accent_typed_either_way_is_the_same_and_a_ligature_is_another_password() {
    let app = TestApp::start().await;
    sign_up(&app, EMAIL, "caf\u{e9} und \u{fb01}sch").await.expect_status(201);
    log_in(&app, "cafe\u{301} und \u{fb01}sch").await.expect_status(200);
    log_in(&app, "caf\u{e9} und fisch").await.expect_status(401);
}

#[tokio::test]
async fn pw5_every_printable_string_is_a_legal_password() {
    let app = TestApp::start().await;
    let legal = [
        "                    ok",
        "928374650192837465",
        "пароль-который-длинный",
        "🐸🐸🐸🐸🐸🐸🐸🐸",
        "'; DROP TABLE accounts; --",
        "<script>alert(1)</script>",
        "\"\\/\u{8}\t\n{}[]%00%0a",
    ];
    for (at, password) in legal.into_iter().enumerate() {
        let email = format!("{at}@example.test");
        sign_up(&app, &email, password).await.expect_status(201);
        let body = json!({"login": email, "password": password});
        app.browser().post("/auth/login").json(body).await.expect_status(200);
    }
    sign_up(&app, EMAIL, "a NUL \0 is no character").await.expect_problem(422, "validation_failed");
}

/// docs/attacks.md#guessable-passwords
#[tokio::test]
async fn pw6_pw8_pw9_what_everybody_would_try_first_is_refused_and_nothing_else() {
    let app = TestApp::start().await;
    let bad = ["password123", "PassWord123", "12345678", "qwertyuiop", "lovelace!1815", "Gatewright2026", "countess99"];
    for bad in bad {
        let body = json!({"email": "lovelace@example.test", "password": bad, "username": "countess"});
        let refused = app.browser().post("/auth/signup").json(body).await.expect_problem(422, "password_too_common");
        assert_eq!(refused.json()["field"], "password");
        assert!(!refused.text().contains(bad), "a password is never repeated");
    }
    // The whole password is compared: merely to contain such a word is no fault.
    let body =
        json!({"email": "lovelace@example.test", "password": "the countess likes password123", "username": "countess"});
    let browser = app.browser();
    browser.post("/auth/signup").json(body).await.expect_status(201);
    browser.post("/auth/users").json(json!({"username": "annabella"})).await.expect_status(201);
    // A change is judged by the same rules, and by the names of all users.
    for bad in ["password123", "lovelace!1815", "annabella1"] {
        let body = json!({"current_password": "the countess likes password123", "new_password": bad});
        let refused = browser.put("/auth/password").json(body).await.expect_problem(422, "password_too_common");
        assert_eq!(refused.json()["field"], "new_password");
    }
}

/// docs/attacks.md#password-change-by-a-copied-token
#[tokio::test]
async fn pw10_a_change_takes_the_current_password_and_guesses_count_as_failed_logins() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let new = "quite another fine sentence";
    let alone = ada.put("/auth/password").json(json!({"new_password": new})).await;
    assert_eq!(alone.expect_problem(422, "validation_failed").json()["field"], "current_password");
    let guess =
        |password: &str| ada.put("/auth/password").json(json!({"current_password": password, "new_password": new}));
    for _ in 0..5 {
        guess("a wrong guess").await.expect_problem(401, "invalid_credentials");
    }
    let before = hashes(&app).await;
    guess("a wrong guess").await.expect_problem(429, "rate_limited");
    guess(PASSWORD).await.expect_problem(429, "rate_limited");
    ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_problem(429, "rate_limited");
    assert_eq!(hashes(&app).await, before, "nothing is hashed for who has to wait");
    app.clock.advance(mins(1));
    guess(PASSWORD).await.expect_status(204);
    log_in(&app, PASSWORD).await.expect_status(401);
    log_in(&app, new).await.expect_status(200);
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn pw16_a_login_computes_one_hash_whoever_it_is_for_and_none_when_it_is_put_off() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    for login in [EMAIL, "nobody@example.test"] {
        let guess = || json!({"login": login, "password": "a wrong guess"});
        for attempt in 0..7 {
            let before = hashes(&app).await;
            let answer = app.browser().post("/auth/login").from("198.51.100.1").json(guess()).await;
            let hashed = hashes(&app).await - before;
            let expected = if attempt < 5 { (401, 1) } else { (429, 0) };
            assert_eq!((answer.status.as_u16(), hashed), expected, "{login} {attempt}");
        }
    }
    let before = hashes(&app).await;
    log_in(&app, PASSWORD).await.expect_status(200);
    assert_eq!(hashes(&app).await, before + 1);
}

/// docs/attacks.md#password-change-by-a-copied-token
#[tokio::test]
async fn pw18_nobody_sets_the_password_of_an_account_without_knowing_it() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let grace = grace(&app, "body").await;
    let one = format!("/auth/users/{}", grace.user_id());
    for browser in [&ada, &grace] {
        for path in ["/auth/me", &one] {
            let body = json!({"profile": {}, "password": "chosen by somebody"});
            let refused = browser.patch(path).json(body).await.expect_problem(422, "validation_failed");
            assert_eq!(refused.json()["field"], "password");
        }
    }
    let body = json!({"username": "new", "password": "chosen by somebody"});
    ada.post("/auth/users").json(body).await.expect_problem(422, "validation_failed");
    let change = json!({"current_password": PASSWORD, "new_password": "chosen by somebody"});
    grace.put("/auth/password").json(change).await.expect_problem(403, "permission_denied");
}

/// docs/attacks.md#default-accounts
#[tokio::test]
async fn pw19_a_fresh_instance_lets_nobody_in() {
    let app = TestApp::start().await;
    for login in
        ["admin", "root", "administrator", "user", "test", "gatewright", "admin@localhost", "admin@example.test"]
    {
        for password in ["admin", "password", "changeme", "gatewright", "root"] {
            let body = json!({"login": login, "password": password});
            let from = format!("198.51.100.{}", login.len());
            let answer = app.browser().post("/auth/login").from(&from).json(body).await;
            answer.expect_problem(401, "invalid_credentials");
        }
    }
}
