//! No role because of where somebody is (fault X7): not this machine, not a name, not the way the server was started.

use serde_json::{Value, json};

use super::call;
use crate::{
    child::{Place, Server},
    client::{PASSWORD, post, request, sign_up_body},
};

/// What would make somebody think that a request comes from the server's own machine, or from its operator.
const FROM_HERE: [&[(&str, &str)]; 8] = [
    &[],
    &[("X-Forwarded-For", "127.0.0.1")],
    &[("X-Forwarded-Host", "localhost"), ("X-Forwarded-Proto", "https")],
    &[("Forwarded", "for=127.0.0.1;host=localhost")],
    &[("X-Real-IP", "::1"), ("X-Client-IP", "127.0.0.1")],
    &[("Origin", "http://localhost:8080")],
    &[("X-Admin", "true"), ("X-User", "admin"), ("X-Role", "admin"), ("X-Roles", "admin")],
    &[("X-Original-URL", "/auth/me"), ("X-Rewrite-URL", "/auth/me")],
];

/// Signs up and asks to administer with each sign of being at home; each sign-up and each login gives no role.
#[track_caller]
fn nobody_becomes_anything(server: &Server) {
    for (number, headers) in FROM_HERE.iter().enumerate() {
        let email = format!("eve{number}@localhost.test");
        let mut body = sign_up_body(&email);
        body["username"] = format!("admin{number}").into();
        let headers: Vec<_> = headers.iter().copied().filter(|(name, _)| *name != "Origin").collect();
        let signed_up = request(server.api, "POST", "/auth/signup", &headers, &body.to_string()).unwrap().expect(201);
        assert_eq!(signed_up.json()["user"]["roles"], json!([]), "{headers:?}");
        let token = signed_up.text("access_token");
        let bearer = format!("Bearer {token}");
        let mut with_token = headers.clone();
        with_token.push(("Authorization", &bearer));
        for path in ["/admin/v1/accounts", "/admin/v1/users", "/admin/v1/settings", "/admin/v1/keys"] {
            let refused = request(server.api, "GET", path, &with_token, "").unwrap();
            refused.expect_problem(403, "permission_denied");
            let refused = request(server.api, "GET", path, &headers, "").unwrap();
            assert_eq!(refused.status, 401, "{path} {headers:?}");
        }
        let login = json!({ "login": email, "password": PASSWORD, "transport": "body" });
        let again = request(server.api, "POST", "/auth/login", &headers, &login.to_string()).unwrap().expect(200);
        assert_eq!(again.json()["user"]["roles"], json!([]), "{headers:?}");
    }
}

#[test]
fn x7_on_loopback_nobody_has_a_role_whatever_a_request_says() {
    nobody_becomes_anything(&Place::new().serve());
}

#[test]
fn x7_a_host_of_ones_own_machine_gives_no_role() {
    let server = Place::new().serve();
    let body = sign_up_body("eve@example.test").to_string();
    for host in ["localhost", "127.0.0.1", "[::1]", "localhost:8080", "0.0.0.0"] {
        let head = format!("GET /admin/v1/accounts HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = crate::client::raw(server.api, head.as_bytes()).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 "), "{host}: {answer}");
    }
    let head = format!(
        "POST /auth/signup HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = String::from_utf8(crate::client::raw(server.api, head.as_bytes()).unwrap()).unwrap();
    assert!(answer.contains(r#""roles":[]"#), "{answer}");
}

#[test]
fn x7_dev_gives_nobody_a_role_who_was_not_given_one() {
    let place = Place::new();
    let mut server = Server::start(place.command(&["dev", "--without-history"]));
    server.wait_for_line("Ctrl-C");
    nobody_becomes_anything(&server);
    let login = |login: &str, user: &str, password: &str| {
        let body = json!({ "login": login, "password": password, "user": user, "transport": "body" });
        post(server.api, "/auth/login", &body).expect(200)
    };
    let dana = login("admin@example.test", "dana", "copper heron railway");
    assert_eq!(dana.json()["user"]["roles"], json!(["admin"]));
    let seen = call(server.api, &dana.text("access_token"), "GET", "/admin/v1/users", "").expect(200).json();
    let with_admin = |user: &&Value| user["roles"].as_array().unwrap().contains(&json!("admin"));
    let admins: Vec<_> = seen["users"].as_array().unwrap().iter().filter(with_admin).collect();
    assert_eq!((admins.len(), &admins[0]["username"]), (1, &json!("dana")));
    // The demo's owner is an editor, which is no right of ours.
    let ada = login("demo@example.test", "ada", "violet otter lantern");
    assert_eq!(ada.json()["user"]["roles"], json!(["editor"]));
    call(server.api, &ada.text("access_token"), "GET", "/admin/v1/users", "").expect_problem(403, "permission_denied");
}

#[test]
fn x7_no_setting_and_no_variable_makes_an_admin() {
    let place = Place::new().with("ROLES", "support=accounts:read").with_foreign("USER", "admin");
    let place = place.with_foreign("NODE_ENV", "development").with_foreign("DEBUG", "1").with_foreign("ADMIN", "eve");
    nobody_becomes_anything(&place.serve());
    for name in ["ADMIN", "ADMIN_EMAIL", "ADMIN_PASSWORD", "DEV", "INSECURE"] {
        let ran = Place::new().with(name, "true").run(&["serve"]);
        assert!(ran.code() == 3 && ran.err().contains("there is no such key"), "{name}: {}", ran.err());
    }
}
