//! JSON bodies, of every operation that takes one, and what is kept of the one free-form member.

use std::sync::LazyLock;

use axum::http::Method;
use serde_json::{Map, Value};

use super::{
    answer::Answer,
    house::{House, within},
};
use crate::spelling::{CANARY, members};

/// The operations that take a body, as `POST /auth/login`, from the document: a new one is tried without being told.
static OPERATIONS: LazyLock<Vec<(Method, String)>> = LazyLock::new(|| {
    let document = serde_json::to_value(gatewright::openapi()).unwrap();
    let paths = document["paths"].as_object().expect("a document has paths").clone();
    let operations = paths.into_iter().flat_map(|(path, methods)| {
        let methods: Vec<_> = methods.as_object().expect("a path has methods").clone().into_iter().collect();
        let with_body = methods.into_iter().filter(|(_, says)| says.get("requestBody").is_some());
        with_body.map(move |(method, _)| (method.to_uppercase().parse().expect("a method"), path.clone()))
    });
    operations.collect()
});

/// The first line names an operation, or any of them; the rest is its body, declared as JSON. `{U}` stands for the own user's id
/// in the path.
pub fn json_body(data: &[u8]) {
    let (head, body) = split_line(data);
    let named = OPERATIONS.iter().find(|(method, path)| format!("{method} {path}").as_bytes() == head);
    let any = head.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let (method, path) = named.unwrap_or_else(|| &OPERATIONS[any % OPERATIONS.len()]);
    within(|house| {
        let path = path.replace("{id}", &house.body.user_id());
        let answer = send(house, method, &path, body);
        let status = answer.status.as_u16();
        let taken = [200, 201, 202, 204].contains(&status);
        // A body may be left out where all of its members may.
        if taken && !body.is_empty() {
            let said: Value = serde_json::from_slice(body).expect("what we take, every reader takes");
            let twice = said.as_object().is_some_and(|said| said.len() != members(body).len());
            assert!(!twice, "a member twice");
        }
        let code = answer.json["code"].as_str().unwrap_or_default().to_owned();
        assert!(taken || !code.is_empty(), "{answer:?}");
        assert!(![404, 405].contains(&status) || code == "user_not_found", "{method} {path}: {answer:?}");
        if !taken && !names_hold_canary(body) {
            assert!(!answer.json.to_string().contains(CANARY), "{answer:?}");
        }
        // Nobody else's id, no password, no more than a profile is given back.
        assert!(!answer.json.to_string().contains("argon2"), "{answer:?}");
        if taken && path != "/auth/me" {
            house.renew();
        }
    });
}

/// A JSON value as metadata of a profile: it is refused, or it is kept as every reader understands it.
pub fn metadata(data: &[u8]) {
    let body = [b"{\"profile\":{\"metadata\":{\"x\":".as_slice(), data, b"}}}"].concat();
    within(|house| {
        let answer = send(house, &Method::PATCH, "/auth/me", &body);
        assert!([200, 413, 422].contains(&answer.status.as_u16()), "{answer:?}");
        if answer.status != 200 {
            return;
        }
        let said: Value = serde_json::from_slice(&body).expect("what we take, every reader takes");
        let mut expected = Map::new();
        if let Some(said) = said["profile"]["metadata"].as_object() {
            expected = without_nulls(said);
        }
        let kept = send(house, &Method::GET, "/auth/me", b"").json["user"]["profile"]["metadata"].clone();
        assert_eq!(kept, Value::Object(expected), "{}", data.escape_ascii());
        assert_eq!(answer.json["user"]["profile"]["metadata"], kept, "what is said and what is kept");
        assert!(kept.to_string().len() <= 4096);
        let emptied = send(house, &Method::PATCH, "/auth/me", b"{\"profile\":{\"metadata\":null}}");
        assert_eq!(emptied.status, 200);
    });
}

/// RFC 7396: a member that is null is no member.
fn without_nulls(members: &Map<String, Value>) -> Map<String, Value> {
    let kept = members.iter().filter(|(_, value)| !value.is_null());
    let cleaned = kept.map(|(name, value)| match value.as_object() {
        Some(inner) => (name.clone(), Value::Object(without_nulls(inner))),
        None => (name.clone(), value.clone()),
    });
    cleaned.collect()
}

fn send(house: &House, method: &Method, path: &str, body: &[u8]) -> Answer {
    let bearer = format!("Bearer {}", house.body.access_token());
    let mut headers: Vec<(&str, &[u8])> = vec![("authorization", bearer.as_bytes())];
    if !body.is_empty() {
        headers.push(("content-type", b"application/json"));
    }
    house.send(House::request(method.clone(), path, &headers, body.to_vec()).expect("a request that can be sent"))
}

fn split_line(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    end.map_or((data, &[]), |end| (&data[..end], &data[end + 1..]))
}

/// Whether a member is named by the canary: names are repeated, so that one finds the slip.
fn names_hold_canary(body: &[u8]) -> bool {
    fn within(value: &Value) -> bool {
        match value {
            Value::Object(members) => members.iter().any(|(name, value)| name.contains(CANARY) || within(value)),
            Value::Array(items) => items.iter().any(within),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }
    serde_json::from_slice(body).is_ok_and(|value| within(&value))
}
