//! No value from outside can forge a line of the log.

use serde_json::json;

use crate::{
    child::{Place, Server},
    client::{post, request},
    mail::eventually,
};

#[test]
fn lg3_nothing_from_outside_can_forge_a_line() {
    let server = Place::new().serve();
    let printed = nasty_requests(&server);
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
    let printed = nasty_requests(&server);
    // Every line begins with its time, and none has a control character.
    for line in printed.lines() {
        assert!(line.starts_with("20") && line.contains("Z "), "{line:?}");
        assert!(!line.chars().any(char::is_control) && !line.contains(NASTY), "{line:?}");
    }
}

const NASTY: [char; 3] = ['\u{1b}', '\u{202e}', '\r'];

/// Makes them, and gives what is printed: a moment later, all of them.
fn nasty_requests(server: &Server) -> String {
    let to = server.api;
    let nasty = "ada\r\n{\"forged\":true}\n2026-01-01 forged\u{1b}[31m\u{202e}";
    post(to, "/auth/login", &json!({ "login": nasty, "password": "x" }));
    post(to, "/auth/signup", &json!({ "email": nasty, "password": nasty, "username": nasty }));
    let headers = [("User-Agent", "forged\u{1b}[31m"), ("X-Request-Id", "forged"), ("X-Forwarded-For", "\u{1b}forged")];
    // This one is none, and nobody is told of it.
    request(to, "GET", "/auth/me", &headers, "").unwrap();
    eventually("the requests in the log", || Some(server.printed()).filter(|it| it.matches("answered").count() >= 2))
}
