//! What clients make up never reaches the application as ours, and never changes what is asked.

use crate::{
    client::raw,
    forward_auth::{Stage, application::Seen},
};

const OURS: [&str; 7] = [
    "Gatewright-User-Id",
    "Gatewright-Account-Id",
    "Gatewright-Session-Id",
    "Gatewright-Username",
    "Gatewright-Roles",
    "Gatewright-Jwt",
    "Gatewright-Set-Access",
];

/// docs/attacks.md#made-up-identity-headers
#[test]
fn oa10_no_spelling_of_our_headers_passes() {
    let stage = Stage::ruled(&["* * /open/** public", "* * /** signed_in"]);
    let (nobody, ada) = (stage.browser(), stage.signed_in("ada"));
    for name in OURS {
        let spellings = [
            name.to_owned(),
            name.to_uppercase(),
            name.to_lowercase(),
            name.replace('-', "_"),
            name.replacen('-', "_", 1),
            name.to_uppercase().replace('-', "_"),
            format!("HTTP_{}", name.to_uppercase().replace('-', "_")),
            name.replace('-', "."),
            format!("{name} "),
        ];
        for spelling in spellings {
            let forged = [(spelling.as_str(), "forged"), (spelling.as_str(), "forged")];
            let reply = nobody.send("GET", "/open/x", &forged, "");
            // A blank before the colon is no header at all, for nginx as for the standard.
            if reply.status == 400 {
                continue;
            }
            let seen = reply.seen();
            assert_eq!(seen.all(name), Vec::<&str>::new(), "{spelling}");
            let seen = ada.send("GET", "/", &forged, "").seen();
            assert!(!seen.all(name).contains(&"forged"), "{spelling}: {:?}", seen.ours());
        }
    }
    let seen = ada.send("GET", "/", &OURS.map(|name| (name, "forged")), "").seen();
    assert_eq!(seen.one("gatewright-username"), "ada");
    assert!(!format!("{seen:?}").contains("forged"), "{seen:?}");
}

/// docs/attacks.md#made-up-identity-headers
#[test]
fn oa10_no_trick_with_connections_takes_our_headers_away_or_lets_others_in() {
    let stage = Stage::start();
    let ada = stage.signed_in("ada");
    for connection in
        ["close, Gatewright-User-Id", "Gatewright-User-Id, Gatewright-Roles, close", "close, Cookie, Authorization"]
    {
        let seen = ada.send("GET", "/", &[("Connection", connection), ("Gatewright-User-Id", "forged")], "").seen();
        assert_ne!(seen.one("gatewright-user-id"), "forged", "{connection}");
        assert_eq!(seen.one("gatewright-username"), "ada");
    }
    for header in [("TE", "trailers"), ("Trailer", "Gatewright-User-Id"), ("Proxy-Connection", "Gatewright-User-Id")] {
        let seen = ada.send("GET", "/", &[header], "").seen();
        assert_eq!(seen.all("gatewright-username"), ["ada"], "{header:?}");
    }
    // Trailers of a body are no headers.
    let body = "1\r\nx\r\n0\r\nGatewright-User-Id: forged\r\n\r\n";
    let reply = ada.send("POST", "/", &[("Transfer-Encoding", "chunked"), ("Trailer", "Gatewright-User-Id")], body);
    if reply.status == 200 {
        assert!(!reply.seen().all("gatewright-user-id").contains(&"forged"));
    }
}

/// docs/attacks.md#made-up-identity-headers
#[test]
fn az8_no_second_request_hides_in_the_first() {
    let stage = Stage::start();
    let ada = stage.signed_in("ada");
    let hidden = "GET /hidden HTTP/1.1\r\nHost: app.example.com\r\nGatewright-User-Id: forged\r\n\r\n";
    let start =
        format!("POST /shown HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\nCookie: {}\r\n", ada.cookies());
    for text in [
        format!("{start}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}", hidden.len()),
        format!("{start}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{start}Transfer-Encoding: xchunked\r\nContent-Length: {}\r\n\r\n{hidden}", hidden.len()),
        format!("{start}Content-Length: 0\r\nContent-Length: {}\r\n\r\n{hidden}", hidden.len()),
        format!("{start}Content-Length: {}\r\n\r\n{hidden}", hidden.len()),
        format!("{start}Content-Length: 0\r\n\r\n{hidden}"),
        format!("{start}X: y\r\n folded: z\r\nContent-Length: 0\r\n\r\n{hidden}"),
    ] {
        let before = stage.application.requests();
        let answer = String::from_utf8_lossy(&raw(stage.proxy(), text.as_bytes()).unwrap()).into_owned();
        let reached = stage.application.requests() - before;
        assert!(
            reached <= 1 && !answer.contains("GET /hidden HTTP/1.1\",") && answer.matches("HTTP/1.1 2").count() <= 1,
            "{text}: {answer}"
        );
        if reached == 1 {
            let seen = Seen::parse(answer.split_once("\r\n\r\n").unwrap().1);
            assert!(seen.line.starts_with("POST /shown") && seen.all("gatewright-user-id") != ["forged"], "{seen:?}");
        }
    }
}

/// docs/attacks.md#made-up-forwarded-headers
#[test]
fn oa10_what_is_asked_for_is_what_nginx_says() {
    let stage = Stage::ruled(&["* * /open/** public", "* * /admin/** role:admin", "* * /** signed_in"]);
    let (nobody, ada) = (stage.browser(), stage.signed_in("ada"));
    let forged = [
        ("X-Original-URI", "/open/x"),
        ("X-Original-Method", "GET"),
        ("X-Forwarded-Uri", "/open/x"),
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Host", "open.example.com"),
        ("X-Rewrite-URL", "/open/x"),
        ("X-Original-URL", "/open/x"),
        ("X_Original_URI", "/open/x"),
        ("X-Envoy-Original-Path", "/open/x"),
        ("Forwarded", "for=127.0.0.1;host=open.example.com"),
        ("X-HTTP-Method-Override", "GET"),
        ("X-Forwarded-For", "127.0.0.1"),
    ];
    for header in forged {
        nobody.send("GET", "/private", &[header], "").expect(401);
        nobody.send("GET", "/private", &[header, header], "").expect(401);
        ada.send("GET", "/admin", &[header], "").expect(403);
        let seen = ada.send("GET", "/", &[header], "").seen();
        for told in ["x-original-uri", "x-original-method", "forwarded"] {
            assert_eq!(seen.all(told), Vec::<&str>::new(), "the application might believe it");
        }
        assert_eq!(seen.one("x-forwarded-for"), "127.0.0.1");
        assert_eq!(seen.one("x-forwarded-host"), "app.example.com");
    }
    nobody.send("GET", "/private", &forged, "").expect(401);
    nobody.send("GET", "/open/x", &forged, "").seen();
}

#[test]
fn two_tokens_are_no_permission() {
    let stage = Stage::start();
    let (ada, ben) = (stage.signed_in("ada"), stage.signed_in("ben"));
    let bearer = format!("Bearer {}", ben.cookie("__Host-gw_at_"));
    ada.send("GET", "/", &[("Authorization", &bearer)], "").expect(500);
    ada.send("GET", "/", &[("Authorization", "Bearer bad")], "").expect(500);
    let only_refresh = format!("a=b; {}", ada.cookies().split("; ").find(|pair| pair.contains("_rt_")).unwrap());
    ada.send("GET", "/", &[("Authorization", "Bearer bad"), ("Cookie", &only_refresh)], "").expect(401);
    let own = format!("Bearer {}", ada.cookie("__Host-gw_at_"));
    assert_eq!(ada.send("GET", "/", &[("Authorization", &own)], "").seen().one("gatewright-username"), "ada");
}
