//! Bytes that no decent client sends.

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use crate::{
    child::Place,
    client::{connect, get, raw},
};

const BODY: &str = r#"{"login":"ada","password":"x"}"#;

#[test]
fn az8_what_two_parsers_could_read_differently_is_400_and_the_end() {
    let server = Place::new().serve();
    let length = BODY.len();
    let smuggled = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";
    let start = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    for text in [
        format!("{start}Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("{start}Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("{start}Content-Length: {length}\r\nContent-Length: 0\r\n\r\n{BODY}{smuggled}"),
        format!("{start}Content-Length: {length}\r\nX-Folded: a\r\n b\r\n\r\n{BODY}{smuggled}"),
        format!("{start}Content-Length: {length}\nX: y\r\n\r\n{BODY}{smuggled}"),
        "GET /.well-known/jwks.json HTTP/1.1\nHost: x\n\n".to_owned(),
        format!("{start}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("{start}Content-Length : {length}\r\n\r\n{BODY}{smuggled}"),
        format!("{start}Content-Length: -1\r\n\r\n{BODY}{smuggled}"),
        format!("{smuggled}GET /.well-known/jwks.json HTTP/1.1\nHost: x\n\n{smuggled}"),
    ] {
        let answer = raw(server.api, text.as_bytes()).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let is_second = text.starts_with(smuggled);
        let statuses: Vec<_> = answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect();
        assert_eq!(statuses, if is_second { vec!["200", "400"] } else { vec!["400"] }, "{text:?} got {answer}");
    }
}

#[test]
fn az8_what_keeps_the_rules_is_served_on_one_connection() {
    let server = Place::new().serve();
    let get = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";
    let chunked = format!(
        "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{BODY}\r\n0\r\n\r\n",
        BODY.len()
    );
    let last = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = raw(server.api, format!("{get}{chunked}{last}").as_bytes()).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let statuses: Vec<_> = answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "401", "200"], "{answer}");
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = Place::new().serve();
    let long = format!("GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "a".repeat(20 * 1024));
    let many = format!("GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(80));
    for text in [long, many] {
        // The server may close while we still send.
        let answer = raw(server.api, text.as_bytes()).unwrap_or_default();
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
    }
    get(server.api, "/.well-known/jwks.json").expect(200);
}

#[test]
fn a_head_that_never_ends_is_not_waited_for() {
    let server = Place::new().with("HEADER_TIMEOUT", "1s").serve();
    let mut slow = connect(server.api).unwrap();
    let begun = Instant::now();
    let mut closed = false;
    for byte in b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        .iter()
        .cycle()
    {
        if slow.write_all(&[*byte]).is_err() || begun.elapsed() > Duration::from_secs(8) {
            closed = begun.elapsed() < Duration::from_secs(8);
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(closed, "a slow head is cut off after a second, not after {:?}", begun.elapsed());
    let mut idle = connect(server.api).unwrap();
    // Reading ends when the other side closes: with or without an answer, but soon.
    let begun = Instant::now();
    let _closed = idle.read_to_end(&mut Vec::new());
    assert!(begun.elapsed() < Duration::from_secs(8));
}
