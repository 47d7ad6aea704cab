//! Rules of routes, and the paths that they are asked about: whatever a proxy and an application make of a path, one rule answers.

use gatewright_core::model::{AskedRoute, NormalPath, RouteRequirement, RouteRules};

use crate::spelling::text;

/// The lines but the last are rules; the last is what stood in the request line.
pub fn route_rules(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let (rules, uri) = text.rsplit_once('\n').unwrap_or(("", text));
    let parsed = RouteRules::parse(rules.lines());
    if let Err(error) = &parsed {
        let line = rules.lines().nth(error.number - 1).expect("the rule that is named is there");
        assert_eq!(error.rule, line.trim());
    }
    let Ok(path) = NormalPath::of_uri(uri) else { return };
    // In its own spelling it is itself.
    let spelled = path.to_string();
    assert_eq!(NormalPath::of_uri(&spelled).as_ref(), Ok(&path), "{spelled} of {uri:?}");
    assert_eq!(NormalPath::of_uri(&format!("{}?{uri}", spelled.replace('/', "/.//"))).as_ref(), Ok(&path));
    for segment in path.segments() {
        assert!(
            !segment.is_empty() && segment != "." && segment != ".." && !segment.contains(['/', '\\']),
            "{segment:?}"
        );
    }
    // As nginx reads it, and as whoever decodes once more does.
    let plain = uri.split('?').next().expect("there is always a first part");
    assert_eq!(resolved(&decoded(plain)), path.segments(), "{uri:?}");
    assert_eq!(resolved(&decoded(&decoded(plain))), path.segments(), "{uri:?}, decoded twice");
    let readings = path.readings();
    for other in [without_parameters(&decoded(plain)), cut(&decoded(plain)), without_parameters(&cut(&decoded(plain)))]
    {
        let other = resolved(&other);
        assert!(readings.as_ref().map_or(true, |all| all.contains(&other)), "{other:?} of {uri:?} is not judged");
    }
    if let Ok(rules) = parsed {
        one_answer(&rules, &path);
    }
}

/// Unless it is refused, every reading finds what the path itself finds.
fn one_answer(rules: &RouteRules, path: &NormalPath) {
    let asked = |path: NormalPath| AskedRoute {
        method: "GET".parse().expect("it is a method"),
        host: "app.example.com".parse().expect("it is a host"),
        path,
    };
    let answer = rules.requirement(&asked(path.clone()));
    if *answer == RouteRequirement::Deny {
        return;
    }
    for reading in path.readings().expect("what has none is refused") {
        let encoded: String = reading.iter().map(|segment| format!("/{}", escaped(segment))).collect();
        let encoded = if encoded.is_empty() { "/".to_owned() } else { encoded };
        let other = NormalPath::of_uri(&encoded).expect("a reading is a path");
        let found = rules.requirement(&asked(other));
        assert!(found == answer || *found == RouteRequirement::Deny, "{encoded} of {path} is answered otherwise");
    }
}

fn escaped(segment: &str) -> String {
    segment.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Undoes the encoding as programs do that take everything: what is no escape stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let pair = text.get(at + 1..at + 3).filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                decoded.push(byte);
                at += 3;
            }
            Some(_) | None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn without_parameters(path: &str) -> String {
    let segments: Vec<_> = path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()).collect();
    segments.join("/")
}

fn cut(path: &str) -> String {
    path.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Without empty segments, with dots followed (RFC 3986 section 5.2.4), backslashes taken for slashes.
fn resolved(path: &str) -> Vec<String> {
    let mut segments: Vec<String> = Vec::new();
    for segment in path.split(['/', '\\']) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other.to_owned()),
        }
    }
    segments
}
