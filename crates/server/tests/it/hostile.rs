//! Naughty strings against the binary itself: whatever comes, one line of the access log for each request, and none that a
//! client has written.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    child::{PATIENCE, Place},
    client::raw,
};

const LIST: &str = include_str!("../../../http/tests/vectors/naughty/blns.json");

/// docs/attacks.md#forged-lines
#[test]
fn lg3_whatever_a_request_holds_it_is_one_line_of_the_log_and_holds_nothing_of_it() {
    let server = Place::new().with("RATE_LIMITS", "off").serve();
    let strings: Vec<String> = serde_json::from_str(LIST).unwrap();
    let before = server.printed().lines().count();
    for text in &strings {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let legal: Vec<u8> = text.bytes().filter(|byte| *byte >= b' ' && *byte != 0x7f).collect();
        let body = json!({"refresh_token": text}).to_string();
        let mut request =
            format!("POST /auth/refresh?x={encoded} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n").into_bytes();
        for name in ["User-Agent", "X-Request-Id", "Referer", "X-Forwarded-For", "Cookie"] {
            request.extend([name.as_bytes(), b": ", &legal, b"\r\n"].concat());
        }
        request
            .extend(format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).bytes());
        let answer = raw(server.api, &request).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 401 "), "{text:?}: {}", String::from_utf8_lossy(&answer));
    }
    let begun = Instant::now();
    let lines = loop {
        let printed = server.printed();
        let lines: Vec<String> = printed.lines().skip(before).map(str::to_owned).collect();
        let answered = lines.iter().filter(|line| line.contains("\"answered\"")).count();
        if answered >= strings.len() {
            break lines;
        }
        assert!(begun.elapsed() < PATIENCE, "{answered} of {} lines", strings.len());
        thread::sleep(Duration::from_millis(5));
    };
    let all: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let of = |message: &str| all.iter().filter(|line| line["message"] == message).count();
    assert_eq!(of("answered"), strings.len());
    assert_eq!(of("answered") + of("a request was refused"), all.len(), "{all:?}");
    for (line, text) in lines.iter().flat_map(|line| strings.iter().map(move |text| (line, text))) {
        assert!(text.chars().count() < 12 || !line.contains(text.as_str()), "{text:?}: {line}");
    }
}
