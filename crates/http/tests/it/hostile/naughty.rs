//! The Big List of Naughty Strings in every place of every operation.

use gatewright_testkit::app::{Answer, Browser, PASSWORD};
use serde_json::{Value, json};

use crate::access_table::fill_in;

use super::{
    places::{Kind, Place, document, members},
    stage::{Stage, profile},
};

const LIST: &str = include_str!("../../vectors/naughty/blns.json");

fn naughty() -> Vec<String> {
    let list: Vec<String> = serde_json::from_str(LIST).unwrap();
    assert_eq!(list.len(), 485, "no string may get lost");
    // What the list is too old or too polite for.
    let more = ["\0", "a\0b", "\u{85}", "a\u{2028}b\u{2029}c", "\u{10ffff}", "\r\nSet-Cookie: x=y", "\u{1b}[2J"];
    list.into_iter().chain(more.map(str::to_owned)).collect()
}

/// What was taken stands in the answer as it was sent.
#[track_caller]
fn is_kept(place: &Place, sent: &Value, answer: &Answer) {
    let [first, member] = &place.path[..] else { return };
    if first == "profile" {
        assert_eq!(profile(&answer.json())[member], *sent, "{}", place.name());
    }
}

async fn try_all(stage: &mut Stage, place: &Place) -> [usize; 2] {
    let mut counts = [0; 2];
    let mut caller = stage.caller(&place.row).await;
    // What is new of a call about mail: what the others take is read before the mail is looked at, as everywhere else.
    let is_its_own = [("/auth/password/reset", "new_password"), ("/auth/invitations/accept", "username")];
    let is_its_own = is_its_own.iter().any(|(path, name)| place.row.path == *path && place.path == [*name]);
    let mut mail = if is_its_own { stage.mail(&place.row).await } else { None };
    for text in naughty() {
        let value = match place.kind {
            Kind::Text => json!(text),
            Kind::Free => json!({"x": text, text.clone(): [text]}),
        };
        let mut body = place.body(value.clone());
        if ["/auth/signup", "/admin/v1/accounts"].contains(&place.row.path) && place.path != ["email"] {
            body["email"] = stage.stranger().into();
        }
        if place.row.path == "/auth/users" && place.path != ["username"] {
            body["username"] = stage.stranger().replace(['@', '.'], "-").into();
        }
        if let Some((token, code)) = &mail {
            fill_in(&mut body, token, code);
        }
        let call = stage.call(&caller, &place.row).json(body);
        // A token in the body is not to be in conflict with another one.
        let is_token = place.path.iter().any(|name| name.ends_with("_token"));
        let call = if is_token { call.without_bearer() } else { call };
        let answer = stage.sent(call, &text).await;
        let status = answer.status.as_u16();
        let is_taken = status < 300;
        counts[usize::from(!is_taken)] += 1;
        if !is_taken {
            assert!([400, 401, 403, 404, 409, 422].contains(&status), "{}: {text:?}: {}", place.name(), answer.text());
            continue;
        }
        is_kept(place, &value, &answer);
        if place.path == ["client"] {
            let seen = caller.get("/auth/sessions").await.json();
            let all = seen["sessions"].as_array().unwrap();
            assert!(all.iter().any(|session| session["client"] == text), "{text:?}: {seen}");
        }
        settle(stage, place, &text, &caller).await;
        if mail.is_some() {
            mail = stage.mail(&place.row).await;
        }
        caller = stage.caller(&place.row).await;
    }
    counts
}

/// Makes what was taken undone, where the next string would notice.
async fn settle(stage: &mut Stage, place: &Place, text: &str, caller: &Browser) {
    match (place.row.path, place.kind) {
        ("/auth/select" | "/auth/switch" | "/auth/refresh" | "/auth/logout", _) => stage.reset().await,
        ("/auth/login", _) => drop(caller.post("/auth/logout").await.expect_status(204)),
        ("/auth/password", _) => {
            let back = json!({"current_password": text, "new_password": PASSWORD});
            caller.put("/auth/password").json(back).await.expect_status(204);
        }
        ("/auth/me" | "/auth/users/{id}", Kind::Free) => {
            let empty = json!({"profile": {"metadata": null}});
            stage.owner.patch("/auth/me").json(empty).await.expect_status(200);
        }
        ("/admin/v1/users/{id}", Kind::Free) => {
            let empty = json!({"app_metadata": {"x": null, text: null}});
            stage.call(caller, &place.row).json(empty).await.expect_status(200);
        }
        _ => {}
    }
}

/// docs/attacks.md#forged-lines
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a line for each place, and nothing else")]
async fn lg3_a_naughty_string_in_any_member_of_any_body_is_refused_or_kept_as_it_is() {
    let mut stage = Stage::set().await;
    let mut table = Vec::new();
    for place in members() {
        stage.reset().await;
        let [taken, refused] = try_all(&mut stage, &place).await;
        table.push(format!("{}: {taken} taken, {refused} refused", place.name()));
    }
    insta::assert_snapshot!(table.join("\n"), @"
    POST /admin/v1/accounts, email: 0 taken, 492 refused
    POST /admin/v1/accounts, profile.avatar_url: 1 taken, 491 refused
    POST /admin/v1/accounts, profile.display_name: 472 taken, 20 refused
    POST /admin/v1/accounts, profile.locale: 36 taken, 456 refused
    POST /admin/v1/accounts, profile.metadata: 492 taken, 0 refused
    POST /admin/v1/accounts, username: 181 taken, 311 refused
    POST /admin/v1/bootstrap, client: 0 taken, 492 refused
    POST /admin/v1/bootstrap, email: 0 taken, 492 refused
    POST /admin/v1/bootstrap, password: 0 taken, 492 refused
    POST /admin/v1/bootstrap, profile.avatar_url: 0 taken, 492 refused
    POST /admin/v1/bootstrap, profile.display_name: 0 taken, 492 refused
    POST /admin/v1/bootstrap, profile.locale: 0 taken, 492 refused
    POST /admin/v1/bootstrap, profile.metadata: 0 taken, 492 refused
    POST /admin/v1/bootstrap, secret: 0 taken, 492 refused
    POST /admin/v1/bootstrap, transport: 0 taken, 492 refused
    POST /admin/v1/bootstrap, username: 0 taken, 492 refused
    POST /admin/v1/rules, name: 32 taken, 460 refused
    POST /admin/v1/rules, namespace: 1 taken, 491 refused
    POST /admin/v1/rules, on_failure: 0 taken, 492 refused
    POST /admin/v1/rules, url: 1 taken, 491 refused
    PATCH /admin/v1/rules/{id}, name: 0 taken, 492 refused
    PATCH /admin/v1/rules/{id}, namespace: 0 taken, 492 refused
    PATCH /admin/v1/rules/{id}, on_failure: 0 taken, 492 refused
    PATCH /admin/v1/rules/{id}, url: 0 taken, 492 refused
    POST /admin/v1/rules/{id}/rotate-secret, step: 0 taken, 492 refused
    POST /admin/v1/service-keys, name: 464 taken, 28 refused
    PATCH /admin/v1/users/{id}, app_metadata: 492 taken, 0 refused
    POST /admin/v1/users/{id}/impersonate, reason: 464 taken, 28 refused
    PUT /auth/email, email: 0 taken, 492 refused
    POST /auth/email/confirm, code: 0 taken, 492 refused
    POST /auth/email/confirm, email: 0 taken, 492 refused
    POST /auth/email/confirm, token: 0 taken, 492 refused
    POST /auth/email/resend, email: 0 taken, 492 refused
    POST /auth/email/undo, code: 0 taken, 492 refused
    POST /auth/email/undo, email: 0 taken, 492 refused
    POST /auth/email/undo, token: 0 taken, 492 refused
    POST /auth/email/verify, code: 0 taken, 492 refused
    POST /auth/email/verify, email: 0 taken, 492 refused
    POST /auth/email/verify, password: 0 taken, 492 refused
    POST /auth/email/verify, token: 0 taken, 492 refused
    POST /auth/invitations, email: 0 taken, 492 refused
    POST /auth/invitations/accept, client: 0 taken, 492 refused
    POST /auth/invitations/accept, code: 0 taken, 492 refused
    POST /auth/invitations/accept, email: 0 taken, 492 refused
    POST /auth/invitations/accept, profile.avatar_url: 0 taken, 492 refused
    POST /auth/invitations/accept, profile.display_name: 0 taken, 492 refused
    POST /auth/invitations/accept, profile.locale: 0 taken, 492 refused
    POST /auth/invitations/accept, profile.metadata: 0 taken, 492 refused
    POST /auth/invitations/accept, token: 0 taken, 492 refused
    POST /auth/invitations/accept, transport: 0 taken, 492 refused
    POST /auth/invitations/accept, username: 181 taken, 311 refused
    POST /auth/login, client: 464 taken, 28 refused
    POST /auth/login, login: 0 taken, 492 refused
    POST /auth/login, password: 0 taken, 492 refused
    POST /auth/login, transport: 0 taken, 492 refused
    POST /auth/login, user: 0 taken, 492 refused
    POST /auth/logout, refresh_token: 0 taken, 492 refused
    POST /auth/logout, scope: 0 taken, 492 refused
    POST /auth/magic-link, email: 0 taken, 492 refused
    POST /auth/magic-link/redeem, client: 0 taken, 492 refused
    POST /auth/magic-link/redeem, code: 0 taken, 492 refused
    POST /auth/magic-link/redeem, email: 0 taken, 492 refused
    POST /auth/magic-link/redeem, token: 0 taken, 492 refused
    POST /auth/magic-link/redeem, transport: 0 taken, 492 refused
    POST /auth/magic-link/redeem, user: 0 taken, 492 refused
    PATCH /auth/me, profile.avatar_url: 1 taken, 491 refused
    PATCH /auth/me, profile.display_name: 472 taken, 20 refused
    PATCH /auth/me, profile.locale: 36 taken, 456 refused
    PATCH /auth/me, profile.metadata: 492 taken, 0 refused
    PUT /auth/password, current_password: 0 taken, 492 refused
    PUT /auth/password, new_password: 359 taken, 133 refused
    POST /auth/password/forgot, email: 0 taken, 492 refused
    POST /auth/password/reset, code: 0 taken, 492 refused
    POST /auth/password/reset, email: 0 taken, 492 refused
    POST /auth/password/reset, new_password: 359 taken, 133 refused
    POST /auth/password/reset, token: 0 taken, 492 refused
    POST /auth/reauthenticate, password: 0 taken, 492 refused
    POST /auth/refresh, refresh_token: 0 taken, 492 refused
    POST /auth/select, pin: 0 taken, 492 refused
    POST /auth/select, selection_token: 0 taken, 492 refused
    POST /auth/select, transport: 0 taken, 492 refused
    POST /auth/select, user_id: 0 taken, 492 refused
    POST /auth/select, username: 0 taken, 492 refused
    POST /auth/signup, client: 464 taken, 28 refused
    POST /auth/signup, email: 0 taken, 492 refused
    POST /auth/signup, password: 359 taken, 133 refused
    POST /auth/signup, profile.avatar_url: 1 taken, 491 refused
    POST /auth/signup, profile.display_name: 472 taken, 20 refused
    POST /auth/signup, profile.locale: 36 taken, 456 refused
    POST /auth/signup, profile.metadata: 492 taken, 0 refused
    POST /auth/signup, transport: 0 taken, 492 refused
    POST /auth/signup, username: 181 taken, 311 refused
    POST /auth/switch, pin: 0 taken, 492 refused
    POST /auth/switch, user_id: 0 taken, 492 refused
    POST /auth/switch, username: 0 taken, 492 refused
    POST /auth/users, pin: 1 taken, 491 refused
    POST /auth/users, profile.avatar_url: 1 taken, 491 refused
    POST /auth/users, profile.display_name: 472 taken, 20 refused
    POST /auth/users, profile.locale: 36 taken, 456 refused
    POST /auth/users, profile.metadata: 492 taken, 0 refused
    POST /auth/users, username: 181 taken, 311 refused
    PATCH /auth/users/{id}, profile.avatar_url: 1 taken, 491 refused
    PATCH /auth/users/{id}, profile.display_name: 472 taken, 20 refused
    PATCH /auth/users/{id}, profile.locale: 36 taken, 456 refused
    PATCH /auth/users/{id}, profile.metadata: 492 taken, 0 refused
    PATCH /auth/users/{id}, username: 187 taken, 305 refused
    PUT /auth/users/{id}/pin, pin: 1 taken, 491 refused
    ");
}

/// What of a string can be sent in a header.
fn header_value(text: &str) -> Vec<u8> {
    text.bytes().filter(|byte| *byte == b'\t' || *byte >= b' ' && *byte != 0x7f).collect()
}

/// Headers that nothing in the document names, because every operation looks at them, or because none must.
const HEADERS: [&str; 16] = [
    "authorization",
    "cookie",
    "origin",
    "sec-fetch-site",
    "content-type",
    "user-agent",
    "gatewright-session",
    "idempotency-key",
    "x-forwarded-for",
    "forwarded",
    "x-request-id",
    "accept",
    "accept-language",
    "referer",
    "traceparent",
    "host",
];

/// docs/attacks.md#forged-lines
#[tokio::test]
async fn lg3_a_naughty_string_in_any_header_is_answered_and_forges_no_line() {
    let stage = Stage::set().await;
    for text in naughty() {
        let value = header_value(&text);
        for name in HEADERS {
            for (method, path) in [("GET", "/auth/me"), ("POST", "/auth/refresh")] {
                let call = stage.owner.request(method.parse().unwrap(), path).header(name, &value);
                // Two `Authorization` headers are refused before either is read.
                let call = if name == "authorization" { call.without_bearer() } else { call };
                let answer = stage.sent(call, &text).await;
                let status = answer.status.as_u16();
                assert!([200, 400, 401, 403, 415, 422].contains(&status), "{name}: {text:?}: {}", answer.text());
                assert!(name != "authorization" || status != 200, "{text:?}");
            }
        }
    }
}

/// Percent-encoded whole, so that every string can stand in an address.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// docs/attacks.md#forged-lines
#[tokio::test]
async fn lg3_a_naughty_string_in_any_parameter_is_answered_and_forges_no_line() {
    let stage = Stage::set().await;
    let document = document();
    let mut tried = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, says) in methods.as_object().unwrap() {
            for parameter in says["parameters"].as_array().into_iter().flatten() {
                let (name, place) = (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap());
                let caller = if path.starts_with("/admin/") { &stage.admin } else { &stage.owner };
                for text in naughty() {
                    let method = method.to_uppercase().parse().unwrap();
                    let call = match place {
                        "path" => {
                            let path = path.replace(&format!("{{{name}}}"), &encoded(&text));
                            caller.request(method, &path)
                        }
                        "query" => caller.request(method, &format!("{path}?{name}={}", encoded(&text))),
                        "header" => caller.request(method, path).header(name, header_value(&text)),
                        other => panic!("a parameter in {other}"),
                    };
                    let answer = stage.sent(call, &text).await;
                    let status = answer.status.as_u16();
                    // A string that ends in a slash, or is nothing, makes a path that is none of ours.
                    let allowed: &[u16] = &[200, 400, 401, 404, 405, 415, 422];
                    assert!(allowed.contains(&status), "{name} of {path}: {text:?}: {}", answer.text());
                    assert!(place != "path" || status != 200, "{text:?}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 8 * 485, "{tried}");
    // Nothing of it has ended the session or changed who is there.
    stage.owner.get("/auth/me").await.expect_status(200);
}
