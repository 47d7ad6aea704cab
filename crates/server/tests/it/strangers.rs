//! What a fresh server gives to whoever comes: nothing.

use serde_json::json;

use crate::{
    child::Place,
    client::{get, post, request, sign_up},
};

#[test]
fn pw19_a_fresh_server_has_no_account() {
    let server = Place::new().serve();
    for (login, password) in [
        ("admin", "admin"),
        ("admin@example.test", "password"),
        ("demo@example.test", "violet otter lantern"),
        ("ada", "violet otter lantern"),
    ] {
        post(server.api, "/auth/login", &json!({ "login": login, "password": password }))
            .expect_problem(401, "invalid_credentials");
    }
}

#[test]
fn x7_nothing_around_the_process_gives_rights() {
    let place = Place::new()
        .with_foreign("NODE_ENV", "development")
        .with_foreign("ENV", "dev")
        .with_foreign("ADMIN", "ada@example.test")
        .with_foreign("USER", "root")
        .with_foreign("HOST", "localhost");
    let server = place.serve();
    let ada = sign_up(server.api, "ada@example.test");
    assert_eq!(ada.json()["user"]["roles"], json!([]));
    let bearer = format!("Bearer {}", ada.text("access_token"));
    for host in ["localhost", "127.0.0.1", "admin.localhost"] {
        let headers =
            [("Authorization", bearer.as_str()), ("X-Forwarded-Host", host), ("X-Forwarded-For", "127.0.0.1")];
        let me = request(server.api, "GET", "/auth/me", &headers, "").unwrap().expect(200);
        assert_eq!(me.json()["user"]["roles"], json!([]));
    }
    // There is no key that could, either.
    let ran = place.with("ADMIN", "ada@example.test").run(&["serve"]);
    assert!(ran.code() == 3 && ran.err().contains("GATEWRIGHT_ADMIN: there is no such key"), "{}", ran.err());
}

#[test]
fn wb9_health_and_metrics_are_not_on_the_public_listener() {
    let server = Place::new().serve();
    for path in ["/metrics", "/healthz", "/readyz"] {
        get(server.api, path).expect(404);
        get(server.ops, path).expect(200);
    }
    let answer = get(server.api, "/.well-known/jwks.json").expect(200);
    assert!(!answer.head.to_ascii_lowercase().contains("\nserver:"), "{}", answer.head);
    for method in ["TRACE", "FROBNICATE"] {
        request(server.api, method, "/auth/login", &[], "").unwrap().expect(405);
    }
}

#[test]
fn jw20_the_published_keys_have_no_private_member() {
    for algorithm in ["ES256", "EdDSA", "HS256"] {
        let server = Place::new().with("SIGNING_ALG", algorithm).serve();
        let keys = get(server.api, "/.well-known/jwks.json").expect(200).json()["keys"].clone();
        let keys = keys.as_array().unwrap();
        assert_eq!(keys.is_empty(), algorithm == "HS256", "a shared secret is not published");
        for (key, private) in keys.iter().flat_map(|key| ["d", "p", "q", "dp", "dq", "qi", "k"].map(|name| (key, name)))
        {
            assert!(key.get(private).is_none(), "{private} is published");
        }
    }
}
