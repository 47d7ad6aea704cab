//! One file per route, under the route's own path: what it refuses first, then what it lets in. Here: how an answer is shown,
//! and what every route of a kind refuses alike.
#![expect(clippy::unwrap_used, reason = "test code that is not itself a test function panics like one")]

pub(crate) mod admin;
mod auth;
mod fallback;
mod overtaken;
mod well_known;

use std::fmt::Write as _;

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, Call},
};
use serde_json::{Value, json};

/// The whole answer as a reader may see it: status, cookies, body; ids, tokens and tags masked.
fn shown(answer: &Answer) -> String {
    let mut text = format!("{}\n", answer.status);
    for line in answer.set_cookies() {
        let (pair, attributes) = line.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if name == "__Host-gw_browser" {
            assert_eq!(value.len(), 43, "{value}");
            writeln!(text, "{name}=[mark]; {attributes}").unwrap();
            continue;
        }
        let (kind, tag) = name.rsplit_once('_').unwrap();
        assert_eq!(tag.len(), 8, "{name}");
        let value = match value.get(..3) {
            Some("gwr") => "[refresh token]",
            Some("eyJ") => "[jwt]",
            _ => value,
        };
        writeln!(text, "{kind}_[tag]={value}; {attributes}").unwrap();
    }
    let body = answer.masked();
    if body != "null" {
        text.push_str(&body);
    }
    text.trim_end().to_owned()
}

/// The same without `user` and `account`, which are alike in every transport.
fn in_brief(answer: &Answer) -> String {
    let mut json = answer.json();
    let members = json.as_object_mut().unwrap();
    members.remove("user").unwrap();
    members.remove("account").unwrap();
    shown(&Answer { body: json.to_string().into(), ..answer.clone() })
}

/// 422 with the member that is wrong.
#[track_caller]
fn expect_field(answer: Answer, code: &str, field: &str) {
    let problem = answer.expect_problem(422, code).json();
    assert_eq!(problem["field"], field, "{problem}");
}

/// 429, and after how many seconds it is worth coming back.
#[track_caller]
fn expect_limited(answer: Answer) -> u64 {
    let answer = answer.expect_problem(429, "rate_limited");
    let secs = answer.json()["retry_after"].as_u64().unwrap();
    assert_eq!(answer.header("retry-after"), Some(secs.to_string().as_str()));
    secs
}

/// What every call with a body refuses of one. `call` is good but for its body.
async fn refuses_other_bodies<'b>(call: impl Fn() -> Call<'b>) {
    call().raw("text/plain", "{}").await.expect_problem(415, "unsupported_media_type");
    call().raw("application/x-www-form-urlencoded", "a=b").await.expect_problem(415, "unsupported_media_type");
    call().undeclared("{}").await.expect_problem(415, "unsupported_media_type");
    let large = vec![b' '; 16 * 1024 + 1];
    call().raw("application/json", large).await.expect_problem(413, "payload_too_large");
    for bad in ["{", "[]", "1", r#"{"a":1,"a":1}"#] {
        let refused = call().raw("application/json", bad).await.expect_problem(422, "validation_failed");
        assert_eq!(refused.json().get("field"), None, "{bad}");
    }
    expect_field(call().json(json!({"surprise": 1})).await, "validation_failed", "surprise");
}

/// Members that are not as they should be, each with the code and the name of the one that is wrong.
async fn refuses_members<'b>(call: impl Fn() -> Call<'b>, table: impl IntoIterator<Item = (Value, &str, &str)>) {
    for (body, code, field) in table {
        expect_field(call().json(body).await, code, field);
    }
}

/// What every call for the signed-in refuses alike. `call` makes it for a browser, good but for who is calling.
async fn refuses_strangers(app: &TestApp, call: impl for<'b> Fn(&'b Browser) -> Call<'b>) {
    let nobody = app.browser();
    let refused = call(&nobody).await.expect_problem(401, "access_token_invalid");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    let refused = call(&nobody).bearer("garbage").await.expect_problem(401, "access_token_invalid");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    let twice = call(&nobody).bearer("a").header("authorization", "Bearer b");
    twice.await.expect_problem(400, "token_source_conflict");
    let conflict = call(&nobody).bearer("a").cookies("__Host-gw_at_abcdef01=b");
    conflict.await.expect_problem(400, "token_source_conflict");
    expect_field(call(&nobody).header("gatewright-session", "NONE").await, "validation_failed", "Gatewright-Session");
}

/// What every call refuses of the way in which somebody shows what a mail carried. `body` is what else it takes.
async fn refuses_what_no_mail_carried<'b>(call: impl Fn() -> Call<'b>, body: Value) {
    let with = |members: Value| {
        let mut all = body.clone();
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        all
    };
    let (token, email) = ("gwm_damaged", "ada@example.test");
    let invalid = "validation_failed";
    refuses_members(
        &call,
        [
            (with(json!({})), invalid, "token"),
            (with(json!({"email": email})), invalid, "token"),
            (with(json!({"token": null, "code": null})), invalid, "token"),
            (with(json!({"token": token, "email": email})), invalid, "email"),
            (with(json!({"code": "12345678", "email": "no address"})), invalid, "email"),
            (with(json!({"token": 1})), invalid, "token"),
            (with(json!({"token": [token]})), invalid, "token"),
            (with(json!({"code": 12_345_678, "email": email})), invalid, "code"),
            (with(json!({"code": "12345678", "email": {"$ne": 1}})), invalid, "email"),
        ],
    )
    .await;
    let unknown = format!("gwm_{}_000000", "a".repeat(52));
    let damaged = ["", "gwm_", token, "gwr_x", "eyJ", "\u{0}", &"x".repeat(5000), &unknown];
    for token in damaged {
        call().json(with(json!({"token": token}))).await.expect_problem(400, "mail_token_invalid");
    }
    for code in ["", "1234567", "123456789", "1234567a", "１２３４５６７８", "'; --", "0x123456", "12345678\n"]
    {
        let answer = call().json(with(json!({"code": code, "email": email}))).await;
        answer.expect_problem(400, "mail_token_invalid");
    }
}

/// What every unsafe call refuses of pages of other origins, whoever is calling.
async fn refuses_foreign_pages<'b>(call: impl Fn() -> Call<'b>) {
    for site in ["cross-site", "same-site"] {
        call().fetch_site(Some(site)).await.expect_problem(403, "origin_refused");
    }
}
