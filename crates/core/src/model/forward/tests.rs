//! Spellings of paths, by hand and by the thousand.

use proptest::prelude::*;

use super::*;

fn normal(uri: &str) -> Option<String> {
    NormalPath::of_uri(uri).ok().map(|path| path.to_string())
}

#[test]
fn oa10_spellings_of_one_path_are_one_path() {
    for (uri, expected) in [
        ("/", "/"),
        ("//", "/"),
        ("/.", "/"),
        ("/admin", "/admin"),
        ("/admin/", "/admin"),
        ("//admin", "/admin"),
        ("/./admin/.", "/admin"),
        ("/%2e/admin", "/admin"),
        ("/%61dmin", "/admin"),
        ("/admin?next=/../x%2f#", ""),
        ("/admin?next=/../x%2f", "/admin"),
        ("/a//b///c", "/a/b/c"),
        ("/caf%C3%A9", "/caf%C3%A9"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/a%20b", "/a%20b"),
        ("/100%25", "/100%25"),
        ("/100%25/5", "/100%25/5"),
        ("/...", "/..."),
        ("/..x", "/..x"),
        ("/Admin", "/Admin"),
    ] {
        assert_eq!(normal(uri).unwrap_or_default(), expected, "{uri}");
    }
}

#[test]
fn oa10_what_two_programs_may_read_differently_is_no_path() {
    for uri in [
        "",
        "admin",
        "*",
        "http://x/admin",
        "?x",
        "/..",
        "/a/../admin",
        "/a/%2e%2e/admin",
        "/a/.%2e/admin",
        "/a/%2E./admin",
        "/a/..%2fadmin",
        "/a%2fadmin",
        "/a%2Fadmin",
        "/a%5cadmin",
        "/a\\admin",
        "/%2e%2e%5cadmin",
        "/a%00",
        "/a%0a",
        "/a%0D",
        "/a%7f",
        "/a%c2%85",
        "/a%252fadmin",
        "/%252e%252e/admin",
        "/%25%32%65",
        "/a%2",
        "/a%",
        "/a%zz",
        "/a%u002f",
        "/a%ff",
        // Overlong forms of `/` and `.`
        "/a%c0%af",
        "/a%e0%80%af",
        "/%c0%ae%c0%ae/admin",
        "/a#b",
        "/a b",
        "/a\tb",
        "/a\u{0}",
        "/caf\u{e9}",
    ] {
        assert_eq!(normal(uri), None, "{uri:?}");
    }
    assert_eq!(normal(&format!("/{}", "a".repeat(LONGEST_URI))), None);
}

#[test]
fn a_path_is_read_in_every_way_that_some_program_reads_it() {
    let readings = |uri: &str| {
        let readings = NormalPath::of_uri(uri).unwrap().readings();
        readings.map(|all| all.iter().map(|one| one.join("/")).collect::<Vec<_>>()).ok()
    };
    assert_eq!(readings("/a/b"), Some(vec!["a/b".to_owned()]));
    assert_eq!(readings("/a;x/b"), Some(vec!["a;x/b".to_owned(), "a/b".to_owned()]));
    assert_eq!(readings("/a%3Fx/b"), Some(vec!["a?x/b".to_owned(), "a".to_owned()]));
    let mut all = readings("/a;x%3Fy/b").unwrap();
    all.sort();
    assert_eq!(all, ["a", "a/b", "a;x", "a;x?y/b"]);
    assert_eq!(readings("/a/..;/b"), None);
    assert_eq!(readings("/a/..%3F"), None);
}

#[test]
fn a_host_has_one_form() {
    for (text, expected) in [
        ("App.Example.com", "app.example.com"),
        ("app.example.com:8443", "app.example.com"),
        ("app.example.com.", "app.example.com"),
        ("app.example.com.:443", "app.example.com"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:80", "[::1]"),
        ("[2001:DB8::1]", "[2001:db8::1]"),
        ("localhost", "localhost"),
    ] {
        assert_eq!(text.parse::<RouteHost>().unwrap().as_str(), expected);
    }
    let long = "a".repeat(254);
    for bad in ["", ".", "a..b", "a:", "a:x", "a:123456", "a, b", "a b", "a/b", "a@b", "[a]", "[::1", "::1", "ä", &long]
    {
        assert_eq!(bad.parse::<RouteHost>(), Err(Ambiguous), "{bad}");
    }
}

#[test]
fn a_method_is_written_in_capitals() {
    for good in ["GET", "M-SEARCH"] {
        assert_eq!(good.parse::<RouteMethod>().unwrap().as_str(), good);
    }
    for bad in ["", "get", "Get", "GET ", "GET,POST", "-", "*", "G_T", &"A".repeat(33)] {
        assert_eq!(bad.parse::<RouteMethod>(), Err(Ambiguous), "{bad}");
    }
}

/// Pieces that are worth combining.
fn uris() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/", "//", ".", "..", "a", "B", ";", "x=1", "%2e", "%2E", "%2f", "%5c", "%25", "32", "%3F", "%23", "%3b", "?",
        "%", "%c3%a9", "%c0%af", "%00", "~", "%41", "%20", "*", "\\",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #[test]
    fn oa10_normalising_is_idempotent_and_never_leads_up(uri in uris()) {
        if let Ok(path) = NormalPath::of_uri(&uri) {
            let text = path.to_string();
            prop_assert_eq!(NormalPath::of_uri(&text).ok(), Some(path.clone()), "{} of {}", text, uri);
            for segment in path.segments() {
                prop_assert!(!segment.is_empty() && segment != "." && segment != "..");
                prop_assert!(!segment.contains(['/', '\\', '\0']));
            }
            for reading in path.readings().into_iter().flatten() {
                prop_assert!(reading.iter().all(|one| !one.is_empty() && one != "." && one != ".."));
            }
        }
    }

    #[test]
    fn oa10_equal_spellings_are_equal(uri in uris(), at in 0usize..40) {
        if let Ok(path) = NormalPath::of_uri(&uri) {
            let spelled: String = uri.split('?').next().unwrap().split('/').skip(1).enumerate().map(|(number, segment)| {
                let escaped = || segment.bytes().map(|b| format!("%{b:02x}")).collect::<String>();
                let plain = !segment.contains('%');
                format!("/{}{}", if number == at % 5 { "./" } else { "" }, if plain && at % 2 == 0 { escaped() } else { segment.to_owned() })
            }).collect();
            let spelled = spelled.replace('/', if at % 3 == 0 { "//" } else { "/" });
            prop_assert_eq!(NormalPath::of_uri(&format!("{spelled}?{at}")).ok(), Some(path), "{} and {}", uri, spelled);
        }
    }
}
