//! Secrets are where they must be and nowhere else: a whole flow with canaries, and then a search in everything that the
//! process left behind.

use std::{fs, net::SocketAddr};

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use serde_json::json;

use crate::{
    child::{Place, Server},
    client::{get, post, refresh, request, sign_up_body},
};

/// What must not be found, and what it is.
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    fn add(&mut self, what: &'static str, secret: impl Into<String>) {
        self.0.push((what, secret.into()));
    }

    /// Looks for each as text, and for keys also as bytes and base64.
    fn look(&self, place: &str, bytes: &[u8]) {
        for (what, secret) in &self.0 {
            assert!(!holds(bytes, secret.as_bytes()), "{what} stands in {place}");
            if let Ok(key) = HEXLOWER.decode(secret.as_bytes()) {
                for form in [key.clone(), BASE64.encode(&key).into_bytes(), BASE64URL_NOPAD.encode(&key).into_bytes()] {
                    assert!(!holds(bytes, &form), "{what} stands in {place}");
                }
            }
        }
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && bytes.windows(part.len()).any(|window| window == part)
}

const MASTER: &str = "c0ffee0123456789aabbccddeeff00112233445566778899aabbccddeefe4217";
const PEPPER: &str = "deadbeef23456789aabbccddeeff00112233445566778899aabbccddeefe4217";

#[test]
fn lg2_p13_no_secret_is_in_logs_database_or_metrics() {
    let place = Place::new()
        .with("MASTER_KEY", MASTER)
        .with("PASSWORD_PEPPER", PEPPER)
        .with("REFRESH_MIN_AGE", "0")
        .with("LOG_LEVEL", "debug");
    let server = place.serve();
    let mut canaries = Canaries(Vec::new());
    canaries.add("the master key", MASTER);
    canaries.add("the pepper", PEPPER);
    let password = "canary-of-a-password-7319";
    let wrong = "canary-of-a-wrong-one-7319";
    let changed = "canary-of-a-new-one-7319";
    for (what, secret) in [("a password", password), ("a wrong password", wrong), ("a new password", changed)] {
        canaries.add(what, secret);
    }
    flow(&server, &mut canaries, password, wrong, changed);
    misuse(&server, &mut canaries);

    let printed = server.printed();
    assert!(printed.contains("/auth/refresh"), "the log is there");
    canaries.look("the log", printed.as_bytes());
    let metrics = get(server.ops, "/metrics").body;
    assert!(metrics.contains("/auth/refresh"), "the metrics are there");
    canaries.look("the metrics", metrics.as_bytes());
    let mut looked = 0;
    for file in fs::read_dir(place.data()).unwrap() {
        let path = file.unwrap().path();
        canaries.look(&path.display().to_string(), &fs::read(&path).unwrap());
        looked += 1;
    }
    assert!(looked >= 2, "the database and its log are there");
    place.run(&["backup", "copy.db"]).well();
    canaries.look("the backup", &fs::read(place.path().join("copy.db")).unwrap());
}

/// What a user does.
fn flow(server: &Server, canaries: &mut Canaries, password: &str, wrong: &str, changed: &str) {
    let mut body = sign_up_body("ada@example.test");
    body["password"] = password.into();
    body["username"] = "ada".into();
    let ada = post(server.api, "/auth/signup", &body).expect(201);
    let renewed = refresh(server.api, &ada.text("refresh_token")).expect(200);
    for answer in [&ada, &renewed] {
        canaries.add("an access token", answer.text("access_token"));
        canaries.add("a refresh token", answer.text("refresh_token"));
    }
    let bearer = format!("Bearer {}", renewed.text("access_token"));
    let headers = [("Authorization", bearer.as_str())];
    let send = |method: &str, path: &str, body: serde_json::Value| {
        request(server.api, method, path, &headers, &body.to_string()).unwrap()
    };
    let pin = "73197319";
    canaries.add("a PIN", pin);
    send("POST", "/auth/users", json!({ "username": "ben", "pin": pin })).expect(201);
    post(server.api, "/auth/login", &json!({ "login": "ada", "password": wrong })).expect(401);
    let choice =
        post(server.api, "/auth/login", &json!({ "login": "ada@example.test", "password": password })).expect(200);
    canaries.add("a selection token", choice.text("selection_token"));
    let select = json!({ "selection_token": choice.text("selection_token"), "username": "ben", "pin": pin });
    let ben = post(server.api, "/auth/select", &select).expect(200);
    let cookie = ben.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("hybrid sets a cookie");
    let (_, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie has a value");
    canaries.add("a refresh token in a cookie", value);
    let change = json!({ "current_password": password, "new_password": changed });
    assert!(send("PUT", "/auth/password", change).status < 300);
    // A spent token: the session ends, and the activity log notes it.
    refresh(server.api, &ada.text("refresh_token"));
    send("GET", "/auth/activity", json!({}));
}

/// Secrets where they do not belong.
fn misuse(server: &Server, canaries: &mut Canaries) {
    let stray = "canary-in-the-wrong-place-7319";
    canaries.add("a secret in a wrong place", stray);
    for path in [format!("/auth/me?access_token={stray}"), format!("/auth/sessions/{stray}"), format!("/{stray}")] {
        get(server.api, &path);
    }
    for headers in [
        ("Authorization", format!("Bearer {stray}")),
        ("Authorization", format!("Basic {stray}")),
        ("Cookie", format!("gw_rt_00000000={stray}")),
        ("Idempotency-Key", stray.to_owned()),
    ] {
        request(server.api, "POST", "/auth/refresh", &[(headers.0, &headers.1)], "").unwrap();
    }
    post(server.api, "/auth/login", &json!({ "login": "x", "password": 5, "unknown": stray }));
    post(
        server.api,
        "/auth/login",
        &json!({ "login": format!("{stray}@example.test"), "password": stray, "pasword": stray }),
    );
    request(server.api, "POST", "/auth/login", &[], &format!("{{\"password\":\"{stray}\"")).unwrap();
}

#[test]
fn lg3_nothing_from_outside_can_forge_a_line() {
    let server = Place::new().serve();
    nasty_requests(server.api);
    let printed = server.printed();
    for line in printed.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(object.get("forged").is_none() && !line.contains(NASTY), "{line}");
    }
}

#[test]
fn lg3_nothing_from_outside_can_forge_a_line_for_people_either() {
    // Without JSON nobody says where it listens: ports that were free a moment ago.
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (api, ops) = (free(), free());
    let place = Place::new().with("LISTEN", &api.to_string()).with("OPS_LISTEN", &ops.to_string());
    let place = place.with("LOG_FORMAT", "human");
    let server = Server::start_at(place.command(&["serve"]), api, ops);
    nasty_requests(api);
    let printed = server.printed();
    assert!(printed.contains("answered"), "{printed}");
    // Every line begins with its time, and none has a control character.
    for line in printed.lines() {
        assert!(line.starts_with("20") && line.contains("Z "), "{line:?}");
        assert!(!line.chars().any(char::is_control) && !line.contains(NASTY), "{line:?}");
    }
}

const NASTY: [char; 3] = ['\u{1b}', '\u{202e}', '\r'];

fn nasty_requests(to: SocketAddr) {
    let nasty = "ada\r\n{\"forged\":true}\n2026-01-01 forged\u{1b}[31m\u{202e}";
    post(to, "/auth/login", &json!({ "login": nasty, "password": "x" }));
    post(to, "/auth/signup", &json!({ "email": nasty, "password": nasty, "username": nasty }));
    let headers = [("User-Agent", "forged\u{1b}[31m"), ("X-Request-Id", "forged"), ("X-Forwarded-For", "\u{1b}forged")];
    request(to, "GET", "/auth/me", &headers, "").unwrap();
}
