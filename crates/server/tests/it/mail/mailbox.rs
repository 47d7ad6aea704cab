//! The mailbox of `gatewright dev`, and that `serve` has none.

use std::net::SocketAddr;

use gatewright_server::config::keys::{ALL, Kind};
use serde_json::{Value, json};

use super::eventually;
use crate::{
    child::{Place, Server},
    client::{Answer, get, post, request, sign_up},
};

fn dev(place: &Place) -> Server {
    let mut server = Server::start(place.command(&["dev", "--without-history"]));
    server.wait_for_line("Ctrl-C");
    server
}

fn mails(at: SocketAddr) -> Vec<Value> {
    get(at, "/dev/mailbox.json").expect(200).json()["mails"].as_array().unwrap().clone()
}

/// Waits for so many mails, newest first.
fn wait_for(at: SocketAddr, count: usize) -> Vec<Value> {
    eventually("a mail", || Some(mails(at)).filter(|mails| mails.len() == count))
}

fn ask(at: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    request(at, method, path, headers, "").unwrap()
}

#[test]
fn every_mail_is_caught_and_its_link_works() {
    let place = Place::new().with("SMTP_URL", "smtp://127.0.0.1:9").with("EMAIL_VERIFICATION", "required");
    let place = place.with("MAIL_FROM", "Example <no-reply@example.test>");
    let server = dev(&place);
    assert!(server.printed().contains(&format!("http://{}/dev/mailbox", server.api)), "{}", server.printed());
    post(server.api, "/auth/signup", &crate::client::sign_up_body("grace@example.test")).expect(202);
    let mail = wait_for(server.api, 1).remove(0);
    assert_eq!(mail["to"], "grace@example.test");
    assert_eq!(mail["from"], "Example <no-reply@example.test>");
    assert_eq!(mail["purpose"], "verify_email");
    assert_eq!(mail["code"].as_str().unwrap().len(), 8);
    let link = mail["link"].as_str().unwrap();
    let token = link.strip_prefix(&format!("http://{}/verify-email?token=", server.api)).unwrap();
    post(server.api, "/auth/email/verify", &json!({ "token": token })).expect(200);
    drop(server);

    // It is kept, like the rest of what dev has.
    let again = dev(&place);
    assert_eq!(mails(again.api).len(), 1);
    post(again.api, "/auth/password/forgot", &json!({ "email": "grace@example.test" })).expect(202);
    let both = wait_for(again.api, 2);
    assert_eq!((&both[0]["purpose"], &both[1]), (&"reset_password".into(), &mail), "newest first");
}

#[test]
fn a_mail_is_a_page_with_its_html_in_a_frame_that_runs_nothing() {
    let place = Place::new();
    let server = dev(&place);
    sign_up(server.api, "grace@example.test");
    let mail = wait_for(server.api, 1).remove(0);
    let (id, link, code) =
        (mail["id"].as_str().unwrap(), mail["link"].as_str().unwrap(), mail["code"].as_str().unwrap());

    let list = get(server.api, "/dev/mailbox").expect(200);
    assert!(list.body.contains(&format!("href=\"/dev/mailbox/{id}\"")), "{}", list.body);
    let page = get(server.api, &format!("/dev/mailbox/{id}")).expect(200);
    assert!(page.body.contains(&format!("<a href=\"{link}\">")) && page.body.contains(code), "{}", page.body);
    assert!(
        page.body.contains("<iframe") && page.body.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\"")
    );
    for answer in [&list, &page] {
        assert!(
            answer.head.contains("content-security-policy: default-src 'none'; style-src 'self'"),
            "{}",
            answer.head
        );
        assert!(answer.head.contains("frame-ancestors 'none'"), "{}", answer.head);
        for name in
            ["cache-control: no-store", "x-content-type-options: nosniff", "cross-origin-resource-policy: same-origin"]
        {
            assert!(answer.head.contains(name), "{name} is missing in {}", answer.head);
        }
    }
    let html = get(server.api, &format!("/dev/mailbox/{id}.html")).expect(200);
    assert!(html.body.contains("<base target=\"_blank\"/>") && html.body.contains(link), "{}", html.body);
    assert!(html.head.contains("default-src 'none'") && html.head.contains("sandbox allow-popups"), "{}", html.head);
    let whole = get(server.api, &format!("/dev/mailbox/{id}.json")).expect(200).json();
    assert!(
        whole["text"].as_str().unwrap().contains(link) && whole["html"].as_str().unwrap().contains(code),
        "{whole}"
    );
    assert!(get(server.api, "/dev/mailbox/style.css").expect(200).body.contains("prefers-color-scheme: dark"));

    for name in ["nothing", "..%2Fgatewright.db", "01890000-0000-7000-8000-000000000000", &format!("{id}.eml")] {
        get(server.api, &format!("/dev/mailbox/{name}")).expect(404);
    }
}

#[test]
fn it_is_emptied_by_a_test_and_by_the_button() {
    let place = Place::new();
    let server = dev(&place);
    sign_up(server.api, "grace@example.test");
    wait_for(server.api, 1);
    ask(server.api, "DELETE", "/dev/mailbox", &[]).expect(204);
    assert!(mails(server.api).is_empty());
    sign_up(server.api, "ada@example.test");
    wait_for(server.api, 1);
    let own = format!("http://{}", server.api);
    let back =
        ask(server.api, "POST", "/dev/mailbox", &[("Origin", &own), ("Sec-Fetch-Site", "same-origin")]).expect(303);
    assert!(back.head.contains("location: /dev/mailbox"), "{}", back.head);
    assert!(mails(server.api).is_empty());
}

#[test]
fn no_page_of_another_site_reads_or_empties_it() {
    let place = Place::new().with("CORS_ORIGINS", "https://app.example.test");
    let server = dev(&place);
    sign_up(server.api, "grace@example.test");
    let id = wait_for(server.api, 1)[0]["id"].as_str().unwrap().to_owned();
    let places = ["/dev/mailbox".to_owned(), "/dev/mailbox.json".into()];
    let places = places.into_iter().chain(["", ".json", ".html"].map(|end| format!("/dev/mailbox/{id}{end}")));
    for path in places {
        for header in [
            ("Origin", "https://evil.example"),
            // Not even one that may call the API.
            ("Origin", "https://app.example.test"),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
        ] {
            for method in ["GET", "DELETE", "POST"] {
                let answer = ask(server.api, method, &path, &[header]);
                assert!(matches!(answer.status, 403 | 405), "{method} {path} {header:?}: {}", answer.status);
                assert!(!answer.body.contains("grace") && !answer.head.contains("access-control"), "{}", answer.head);
            }
        }
        // As after DNS rebinding.
        let rebound =
            format!("GET {path} HTTP/1.1\r\nHost: evil.example:{}\r\nConnection: close\r\n\r\n", server.api.port());
        let answer = String::from_utf8(crate::client::raw(server.api, rebound.as_bytes()).unwrap()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 403") && !answer.contains("grace"), "{answer}");
    }
    assert_eq!(mails(server.api).len(), 1);
}

/// Everywhere that `dev` would answer.
fn is_nowhere(server: &Server) {
    for path in ["/dev/mailbox", "/dev/mailbox.json", "/dev/mailbox/style.css", "/dev", "/dev/mailbox/x"] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = ask(server.api, method, path, &[]);
            answer.expect_problem(404, "not_found");
        }
    }
}

#[test]
fn serve_has_no_mailbox_under_any_configuration() {
    for key in ALL {
        let name = key.name();
        assert!(!name.contains("dev") && !name.contains("mailbox"), "{name}");
    }
    // Mails in a folder are the nearest to what dev has.
    let base = || {
        let place = Place::new().with("MAIL_FROM", "no-reply@example.test");
        let folder = format!("file://{}", place.path().join("mails").display());
        place.with("SMTP_URL", &folder)
    };
    is_nowhere(&base().serve());
    is_nowhere(&Place::new().serve());
    // And so with every word of every key that takes one of some, and both values of each flag.
    for key in ALL {
        let words: &[&str] = match key.kind {
            Kind::Choice(words) => words,
            Kind::Flag => &["true", "false"],
            Kind::Text
            | Kind::Address
            | Kind::Origin
            | Kind::Path
            | Kind::Duration
            | Kind::Endless
            | Kind::Number { .. }
            | Kind::List(_)
            | Kind::Url
            | Kind::Secret => continue,
        };
        for word in words.iter().filter(|word| **word != key.default) {
            // The tests read the log as JSON.
            if key.name().starts_with("log_") {
                continue;
            }
            is_nowhere(&base().with(&key.name().to_ascii_uppercase(), word).serve());
        }
    }
    for made_up in ["DEV", "DEV_MAILBOX", "MAILBOX", "MAIL_MAILBOX"] {
        assert_eq!(Place::new().with(made_up, "true").run(&["serve"]).code(), 3, "{made_up}");
    }
    for made_up in ["--dev", "--mailbox", "--mail"] {
        assert_eq!(Place::new().run(&["serve", made_up]).code(), 2, "{made_up}");
    }
}

#[test]
fn a_mailbox_that_dev_has_left_is_not_served() {
    let place = Place::new();
    let mailbox = dev(&place);
    sign_up(mailbox.api, "grace@example.test");
    wait_for(mailbox.api, 1);
    drop(mailbox);
    is_nowhere(&place.serve());
}
