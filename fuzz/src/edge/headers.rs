//! The headers that say who asks, and those that say how.

use axum::http::Method;

use super::{
    house::{FRIEND, House, within},
    legal,
};

/// What a `Cookie` header holds, several lines of it if there are line ends. `{A}` and `{R}` stand for the tokens of the
/// signed-in owner, `{T}` for the tag of the session: nobody is let in without them.
pub fn cookie_header(data: &[u8]) {
    within(|house| {
        let (access, refresh) = (house.cookies.access_token(), house.cookies.refresh_token());
        let lines = lines_with(data, &[("{A}", &access), ("{R}", &refresh), ("{T}", &house.cookies.tag())]);
        let mut headers: Vec<(&str, &[u8])> = vec![("sec-fetch-site", b"same-origin")];
        headers.extend(lines.iter().map(|line| ("cookie", line.as_slice())));
        let get = |method, path| House::request(method, path, &headers, Vec::new());
        let Some(me) = get(Method::GET, "/auth/me") else { return };
        let answer = house.send(me);
        assert!(answer.status != 200 || holds(&lines, &access), "let in without the token: {}", shown(&lines));
        assert!([200, 400, 401].contains(&answer.status.as_u16()), "{answer:?}");
        // The clock stands still, so the token is young and nothing rotates, however often this is asked.
        let answer = house.send(get(Method::POST, "/auth/refresh").expect("what one path takes, another does"));
        assert!(answer.status != 200 || holds(&lines, &refresh), "renewed without the token: {}", shown(&lines));
        assert!([200, 400, 401].contains(&answer.status.as_u16()), "{answer:?}");
        if answer.status == 200 {
            assert!(answer.json.get("refresh_token").is_none(), "a token of a cookie never stands in JSON");
        }
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().expect("ASCII");
            assert!(line.starts_with("__Host-gw_") && line.contains("; HttpOnly; Secure; SameSite="), "{line}");
        }
    });
}

/// What an `Authorization` header holds. `{A}` and `{R}` stand for the owner's tokens. The extractor of other services reads it
/// as well, and lets nobody in whom we refuse.
pub fn authorization_header(data: &[u8]) {
    within(|house| {
        let (access, refresh) = (house.body.access_token(), house.body.refresh_token());
        let lines = lines_with(data, &[("{A}", &access), ("{R}", &refresh)]);
        let headers: Vec<(&str, &[u8])> = lines.iter().map(|line| ("authorization", line.as_slice())).collect();
        let get = |method, path| House::request(method, path, &headers, Vec::new());
        let Some(me) = get(Method::GET, "/auth/me") else { return };
        let answer = house.send(me);
        let is_right = |token: &str| {
            let [line] = &lines[..] else { return false };
            let text = String::from_utf8_lossy(line);
            let value = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
            value.is_some_and(|(_, value)| value == token)
        };
        assert_eq!(answer.status == 200, is_right(&access), "{}: {answer:?}", shown(&lines));
        assert!([200, 400, 401].contains(&answer.status.as_u16()), "{answer:?}");
        assert_eq!(answer.status == 401, answer.headers.contains_key("www-authenticate"));
        let answer = house.send(get(Method::POST, "/auth/refresh").expect("what one path takes, another does"));
        assert_eq!(answer.status == 200, is_right(&refresh), "{}: {answer:?}", shown(&lines));
    });
}

/// The headers that an input may set, by the number in front of a line.
const NAMES: [&str; 20] = [
    "content-type",
    "origin",
    "sec-fetch-site",
    "idempotency-key",
    "if-none-match",
    "gatewright-session",
    "user-agent",
    "x-request-id",
    "content-length",
    "access-control-request-method",
    "access-control-request-headers",
    "accept",
    "accept-encoding",
    "range",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-http-method-override",
    "sec-fetch-mode",
    "traceparent",
    "expect",
];

/// Lines of a request: the first names the method, the others begin with a letter for the header (`a` is the first) and go on
/// with its value. Sent without any credential to calls that one could cause from a foreign page.
pub fn request_headers(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let method = lines.next().and_then(|line| Method::from_bytes(line).ok()).unwrap_or(Method::POST);
    let lines: Vec<(&str, Vec<u8>)> = lines.take(24).filter_map(header).collect();
    let values = |name: &'static str| {
        let of_name = lines.iter().filter(move |(other, _)| *other == name);
        of_name.map(|(_, value)| value.as_slice())
    };
    let only = |name: &'static str| {
        let mut all = values(name);
        all.next().filter(|_| all.next().is_none())
    };
    let headers: Vec<(&str, &[u8])> = lines.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    within(|house| {
        for (path, body) in [
            ("/auth/login", &b"{\"login\":\"nobody\",\"password\":\"canary-7f3a\"}"[..]),
            ("/auth/refresh", b""),
            ("/.well-known/jwks.json", b""),
        ] {
            let Some(request) = House::request(method.clone(), path, &headers, body.to_vec()) else { return };
            let answer = house.send(request);
            let status = answer.status.as_u16();
            let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&method);
            let own = "https://auth.example.test".as_bytes();
            let is_ours = only("origin").is_none_or(|origin| origin == FRIEND.as_bytes() || origin == own);
            let is_foreign = !is_ours || values("origin").count() > 1 || values("sec-fetch-site").count() > 1;
            let site = only("sec-fetch-site");
            // What says `same-origin` is a browser of ours, whatever else it says; what says anything else needs an origin.
            let is_same = matches!(site, Some(b"same-origin" | b"none"));
            if !is_safe && is_foreign && !is_same {
                assert_eq!((status, &answer.json["code"]), (403, &"origin_refused".into()), "{path} {answer:?}");
            }
            let allowed = answer.headers.get("access-control-allow-origin");
            assert!(allowed.is_none() || only("origin") == Some(FRIEND.as_bytes()), "{path} {answer:?}");
            assert!(![200, 204].contains(&status) || is_safe, "nobody is signed in by headers alone: {answer:?}");
            assert!(answer.headers.get("set-cookie").is_none(), "{answer:?}");
            if status == 304 {
                assert!(values("if-none-match").next().is_some(), "{answer:?}");
            }
            assert!(status != 413 || values("content-length").next().is_some(), "{answer:?}");
            assert!(!answer.json.to_string().contains("canary-7f3a"), "{answer:?}");
        }
    });
}

fn header(line: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    let (letter, value) = line.split_first()?;
    let name = NAMES.get(usize::from(letter.checked_sub(b'a')?))?;
    Some((name, legal(value)))
}

/// The lines of an input with the words of an account in them, at most eight.
fn lines_with(data: &[u8], words: &[(&str, &str)]) -> Vec<Vec<u8>> {
    let lines = data.split(|byte| *byte == b'\n').take(8);
    lines
        .map(|line| {
            let mut line = legal(line);
            for (name, word) in words {
                while let Some(at) = line.windows(name.len()).position(|window| window == name.as_bytes()) {
                    line.splice(at..at + name.len(), word.bytes());
                }
            }
            line
        })
        .collect()
}

fn holds(lines: &[Vec<u8>], token: &str) -> bool {
    lines.iter().any(|line| line.windows(token.len()).any(|window| window == token.as_bytes()))
}

fn shown(lines: &[Vec<u8>]) -> String {
    lines.iter().map(|line| line.escape_ascii().to_string()).collect::<Vec<_>>().join(" | ")
}
