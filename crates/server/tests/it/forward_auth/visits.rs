//! Who gets through, and what the application learns of it.

use std::{
    io::{Read, Write},
    time::Duration,
};

use crate::{client::connect, forward_auth::Stage};

const NAVIGATION: [(&str, &str); 2] = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "none")];

#[test]
fn who_is_not_signed_in_reaches_nothing() {
    let stage = Stage::start();
    let nobody = stage.browser();
    let program = nobody.get("/reports?x=1").expect(401);
    assert_eq!(program.all("www-authenticate"), ["Bearer"]);
    let person = nobody.visit("/reports?x=1&y").expect(303);
    assert_eq!(person.all("location"), ["https://app.example.com/login?next=/reports%3Fx%3D1%26y"]);
    assert_eq!(person.all("cache-control"), ["no-store"]);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        nobody.send(method, "/reports", &NAVIGATION, "a=b").expect(401);
    }
    nobody.send("HEAD", "/reports", &NAVIGATION, "").expect(303);
    for cookie in ["__Host-gw_at_abcdef01=x", "__Host-gw_rt_abcdef01=gwr_x", "__Host-gw_at_abcdef01=", "a=b"] {
        nobody.send("GET", "/", &[("Cookie", cookie)], "").expect(401);
    }
    for bearer in ["Bearer x", "Bearer", "Basic eDp5", "Bearer eyJhbGciOiJub25lIn0.e30."] {
        nobody.send("GET", "/", &[("Authorization", bearer)], "").expect(401);
    }
    assert_eq!(stage.application.requests(), 0);
}

#[test]
fn the_application_learns_who_is_asking_and_none_of_the_cookies_that_say_it() {
    let stage = Stage::start();
    let zoe = stage.browser();
    let signed = zoe.sign_up("zoë", "cookie");
    let reply = zoe.send("GET", "/reports?x=1", &[("Cookie", &format!("theme=dark; {}; lang=de", zoe.cookies()))], "");
    assert_eq!(reply.tokens_set(), Vec::<&str>::new());
    let of_gatewright = |name: &str| name.starts_with("gatewright");
    assert!(!reply.headers.iter().any(|(name, _)| of_gatewright(name)), "{:?}", reply.headers);
    assert_eq!(reply.all("set-cookie"), ["own=1; Path=/"], "the application's own stays");
    let seen = reply.seen();
    assert_eq!(seen.line, "GET /reports?x=1 HTTP/1.1");
    let id = |what: &str| signed[what]["id"].as_str().unwrap();
    assert_eq!(seen.one("gatewright-user-id"), id("user"));
    assert_eq!(seen.one("gatewright-account-id"), id("account"));
    assert_eq!(seen.one("gatewright-session-id"), id("session"));
    assert_eq!(seen.one("gatewright-username"), "zo%C3%AB");
    assert_eq!(seen.all("gatewright-roles"), Vec::<&str>::new(), "an empty one is not sent");
    assert_eq!(seen.one("gatewright-jwt"), zoe.cookie("__Host-gw_at_"));
    assert_eq!(seen.ours().len(), 5, "{:?}", seen.ours());
    assert_eq!(seen.one("cookie"), "theme=dark; lang=de");
    // Whoever does not trust headers asks the token, which is good.
    let me = crate::client::request(
        stage.server.api,
        "GET",
        "/auth/me",
        &[("Authorization", &format!("Bearer {}", seen.one("gatewright-jwt")))],
        "",
    );
    assert_eq!(me.unwrap().expect(200).json()["user"]["id"], id("user"));
}

#[test]
fn of_however_many_sessions_the_application_gets_no_token() {
    let stage = Stage::start();
    let ada = stage.signed_in("ada");
    let own = ada.cookies();
    let seen = |cookies: &str| {
        let seen = ada.send("GET", "/", &[("Cookie", cookies)], "").seen();
        seen.all("cookie").join("|")
    };
    assert_eq!(seen(&own), "");
    assert_eq!(seen(&format!("a=1; {own}; b=2; gw_at_00000001=x; xgw_rt_1=kept; c=3")), "a=1; b=2; xgw_rt_1=kept; c=3");
    let more = "gw_at_00000001=x; gw_rt_00000001=x; gw_at_00000002=x";
    assert_eq!(seen(&format!("a=1; {own}; {more}")), "", "more than can be cut out");
    assert_eq!(seen(&format!("a=1;{}", own.replace("; ", ";"))), "a=1;");
}

#[test]
fn bodies_and_methods_reach_the_application_and_not_the_question() {
    let stage = Stage::start();
    let ada = stage.signed_in("ada");
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let seen = ada.send(method, "/things", &[("Content-Type", "text/plain")], "something said").seen();
        assert_eq!(
            (seen.line.as_str(), seen.body.as_str()),
            (&*format!("{method} /things HTTP/1.1"), "something said")
        );
    }
    let large = "x".repeat(900 * 1024);
    assert_eq!(ada.send("POST", "/things", &[], &large).seen().body.len(), large.len());
    let chunked = ada.send("POST", "/things", &[("Transfer-Encoding", "chunked")], "5\r\nhello\r\n0\r\n\r\n").seen();
    assert_eq!((chunked.body.as_str(), chunked.one("content-length")), ("hello", "5"));
    assert_eq!(ada.send("OPTIONS", "/things", &[], "").seen().line, "OPTIONS /things HTTP/1.1");
    let head = ada.send("HEAD", "/things", &[], "").expect(200);
    assert!(head.body.is_empty() && !head.all("content-length").is_empty());
}

#[test]
fn another_protocol_begins_only_for_who_is_signed_in() {
    let stage = Stage::start();
    let ada = stage.signed_in("ada");
    let begin = |cookies: &str| {
        let mut stream = connect(stage.proxy()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let text = format!(
            "GET /talk HTTP/1.1\r\nHost: app.example.com\r\nConnection: Upgrade\r\nUpgrade: echo\r\n{cookies}\r\n"
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut head = [0; 4096];
        let read = stream.read(&mut head).unwrap();
        (String::from_utf8_lossy(&head[..read]).into_owned(), stream)
    };
    assert!(begin("").0.starts_with("HTTP/1.1 401 "));
    assert_eq!(stage.application.requests(), 0);
    let (head, mut stream) = begin(&format!("Cookie: {}\r\n", ada.cookies()));
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream.write_all(b"said").unwrap();
    let mut echo = [0; 4];
    stream.read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"said");
}

#[test]
fn the_question_itself_cannot_be_asked_from_outside() {
    let stage = Stage::start();
    let ada = stage.signed_in("ada");
    for path in [
        "/_gatewright",
        "/_gatewright?x",
        "/auth/verify",
        "/auth/verify?renewal=redirect",
        "/auth/verify/reports",
        "/auth//verify",
        "/auth/./verify",
        "/auth/%76erify",
        "/x/../auth/verify",
        "//auth/verify",
    ] {
        let reply = ada.get(path);
        let tells = reply.headers.iter().any(|(name, _)| name.starts_with("gatewright"));
        assert!(reply.status == 404 && !tells, "{path}: {} {:?}", reply.status, reply.headers);
    }
    let sign_in_pages = ["/verify-email", "/select", "/auth/openapi.json"];
    for path in sign_in_pages {
        assert_ne!(stage.browser().get(path).status, 401, "{path} is Gatewright's own");
    }
}

/// The browser of somebody who clicks a link in a mail keeps its strict cookie to itself: it is asked once more by a page of its own
/// site.
#[test]
fn a_link_of_another_site_leads_to_who_is_signed_in() {
    let stage = Stage::start();
    let ada = stage.signed_in("ada");
    let linked = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "cross-site")];
    let lax =
        format!("__Host-gw_at_{}", ada.cookies().split("__Host-gw_at_").nth(1).unwrap().split(';').next().unwrap());
    ada.copy().send("GET", "/", &[linked[0], linked[1], ("Cookie", &lax)], "").seen();
    let page = ada.copy().send("GET", "/reports", &[linked[0], linked[1], ("Cookie", "a=b")], "").expect(200);
    assert!(page.body.contains("<meta http-equiv=\"refresh\" content=\"0\">"), "{}", page.body);
    assert_eq!(page.all("cache-control"), ["no-store"]);
    assert_eq!(stage.application.requests(), 1);
    let again = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "same-origin")];
    ada.send("GET", "/reports", &again, "").seen();
    stage.browser().send("GET", "/reports", &again, "").expect(303);
    // A script of another site is told what it is told everywhere.
    stage
        .browser()
        .send("GET", "/reports", &[("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Site", "cross-site")], "")
        .expect(401);
}
