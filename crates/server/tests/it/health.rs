//! Health, readiness, metrics, and what a service manager is told.

use std::{
    fs,
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    child::{PATIENCE, Place, Server},
    client::{get, post, refresh, request, sign_up},
};

#[test]
fn lg4_a_store_that_went_away_is_503_and_never_a_verdict() {
    let place = Place::new().with("REFRESH_MIN_AGE", "0");
    let server = place.serve();
    let ada = sign_up(server.api, "ada@example.test");
    get(server.ops, "/readyz").expect(200);

    let (here, away) = (place.data().join("gatewright.db"), place.data().join("elsewhere.db"));
    fs::rename(&here, &away).unwrap();
    get(server.ops, "/readyz").expect(503);
    get(server.ops, "/healthz").expect(200);
    refresh(server.api, &ada.text("refresh_token")).expect_problem(503, "store_unavailable");
    post(server.api, "/auth/signup", &crate::client::sign_up_body("eve@example.test"))
        .expect_problem(503, "store_unavailable");

    fs::rename(&away, &here).unwrap();
    get(server.ops, "/readyz").expect(200);
    refresh(server.api, &ada.text("refresh_token")).expect(200);
}

#[test]
fn metrics_count_by_route_and_never_by_path() {
    let server = Place::new().serve();
    let ada = sign_up(server.api, "ada@example.test");
    let bearer = format!("Bearer {}", ada.text("access_token"));
    let session = ada.json()["session"]["id"].as_str().unwrap().to_owned();
    request(server.api, "DELETE", &format!("/auth/sessions/{session}"), &[("Authorization", &bearer)], "")
        .unwrap()
        .expect(204);
    get(server.api, "/made/up/by/a/stranger").expect(404);
    let text = get(server.ops, "/metrics").expect(200).body;
    for line in [
        r#"gatewright_http_requests_total{method="POST",route="/auth/signup",status="201"} 1"#,
        r#"gatewright_http_requests_total{method="DELETE",route="/auth/sessions/{id}",status="204"} 1"#,
        r#"gatewright_http_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"gatewright_build_info{version="0.1.0"} 1"#,
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
    for name in
        ["gatewright_password_queue", "gatewright_store_steps_total", "gatewright_process_resident_memory_bytes"]
    {
        assert!(text.contains(&format!("\n{name} ")), "{name} is missing in\n{text}");
    }
    assert!(!text.contains(&session) && !text.contains("stranger"));
}

#[test]
fn each_request_has_one_line_with_its_id_and_its_route() {
    let mut server = Place::new().serve();
    let answer = get(server.api, "/auth/me?x=canary").expect(401);
    let id = answer.text("request_id");
    let line = server.wait_for_line("answered");
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    for (name, expected) in [("method", "GET"), ("route", "/auth/me"), ("source", "127.0.0.1"), ("request_id", &id)] {
        assert_eq!(line[name], expected, "{line}");
    }
    assert_eq!(line["status"], 401);
    assert!(line["took_us"].as_u64().is_some() && line["timestamp"].as_str().unwrap().ends_with('Z'), "{line}");
    assert!(!server.printed().contains("canary"));
}

#[test]
fn the_source_of_a_request_is_told_by_trusted_proxies_only() {
    for (trusted, expected) in [("192.0.2.0/24", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.7")] {
        let mut server = Place::new().with("TRUSTED_PROXIES", trusted).serve();
        request(server.api, "GET", "/auth/me", &[("X-Forwarded-For", "203.0.113.7")], "").unwrap().expect(401);
        let line = server.wait_for_line("answered");
        assert!(line.contains(&format!(r#""source":"{expected}""#)), "{line}");
    }
}

#[test]
fn a_service_manager_is_told_ready_alive_and_stopping() {
    let place = Place::new().with_foreign("WATCHDOG_USEC", "400000");
    let path = place.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = place.command(&["serve"]);
    let mut server = Server::start({
        command.env("NOTIFY_SOCKET", &path);
        command
    });
    let heard = || {
        let mut text = [0; 256];
        let length = socket.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..length]).trim().to_owned()
    };
    assert_eq!(heard(), "READY=1");
    assert_eq!(heard(), "WATCHDOG=1");
    server.signal("TERM");
    let begun = Instant::now();
    while heard() != "STOPPING=1" {
        assert!(begun.elapsed() < PATIENCE);
    }
    assert!(server.wait().success());
}

#[test]
fn a_socket_that_is_handed_over_is_served() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let place = Place::new();
    let direct = place.command(&["serve"]);
    // The protocol of sd_listen_fds(3): descriptor 3, meant for the process that reads it.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" serve"])
        .arg(direct.get_program())
        .env_clear()
        .envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(place.path())
        .stdin(Stdio::from(OwnedFd::from(listener)));
    let server = Server::start(shell);
    assert_eq!(server.api, address);
    get(address, "/.well-known/jwks.json").expect(200);
}

#[test]
fn connections_beyond_the_bound_wait_and_are_served_later() {
    let server = Place::new().with("MAX_CONNECTIONS", "1").serve();
    let first = crate::client::connect(server.api).unwrap();
    // Accepted before the second one asks.
    std::thread::sleep(Duration::from_millis(200));
    let mut second = crate::client::connect(server.api).unwrap();
    second.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let text = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    std::io::Write::write_all(&mut second, text.as_bytes()).unwrap();
    let mut byte = [0];
    assert!(std::io::Read::read(&mut second, &mut byte).is_err(), "the second one waits");
    drop(first);
    second.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(std::io::Read::read(&mut second, &mut byte).unwrap(), 1);
}
