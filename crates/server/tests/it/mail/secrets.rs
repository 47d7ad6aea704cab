//! What mails carry opens accounts, and to whom they go is nobody's business.

use gatewright_testkit::servers::{
    SMTP_PASSWORD, SmtpCertificate, SmtpLetter, SmtpMood, SmtpServer, SmtpStage, SmtpTls,
};
use serde_json::json;

use super::{eventually, forget, link, listed, sending, text, through, wait_until_all_are};
use crate::{
    child::{Place, Server},
    client::{get, post, sign_up},
};

/// The token and the code of a letter.
fn carried(letter: &SmtpLetter) -> [String; 2] {
    let token = link(letter).split_once("?token=").unwrap().1.to_owned();
    let text = text(letter);
    let code = text.split_whitespace().find(|word| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit()));
    [token, code.unwrap_or_else(|| panic!("no code in {text}")).to_owned()]
}

/// Everything that an operator sees.
fn seen(place: &Place, server: &Server) -> Vec<(&'static str, String)> {
    let ran = |arguments: &[&str]| {
        let ran = place.run(arguments);
        format!("{}{}", ran.out(), ran.err())
    };
    vec![
        ("the log", server.printed()),
        ("the metrics", get(server.ops, "/metrics").body),
        ("the list", ran(&["mail", "list"])),
        ("the list in JSON", ran(&["mail", "list", "--json"])),
        ("doctor", ran(&["doctor"])),
    ]
}

#[track_caller]
fn stands_nowhere(secrets: &[String], seen: &[(&'static str, String)]) {
    for (place, text) in seen {
        assert!(!text.is_empty(), "{place} is empty: nothing was searched");
        for secret in secrets {
            assert!(!text.contains(secret.as_str()), "{secret} stands in {place}: {text}");
        }
    }
}

#[test]
fn lg2_neither_tokens_nor_codes_nor_addresses_are_seen_by_an_operator() {
    let smtp = SmtpServer::start();
    let place = sending(&smtp).with("LOG_LEVEL", "debug");
    let server = place.serve();
    sign_up(server.api, "ada.canary@example.test");
    forget(server.api, "ada.canary@example.test");
    post(server.api, "/auth/magic-link", &json!({ "email": "ada.canary@example.test" }));
    // By the limits of one address the last one may not be sent.
    let letters = smtp.wait_for(2);
    wait_until_all_are(&place, "sent");
    let mut secrets: Vec<String> = letters.iter().flat_map(carried).collect();
    assert!(secrets.len() >= 4, "{secrets:?}");
    secrets.push("canary".to_owned());
    stands_nowhere(&secrets, &seen(&place, &server));
}

#[test]
fn lg2_a_server_that_repeats_what_it_refuses_does_not_make_us_repeat_it() {
    let smtp = SmtpServer::start();
    smtp.set(SmtpMood::says(
        SmtpStage::Recipient,
        "550 5.1.1 <ada.canary@example.test>: user ada.canary@example.test unknown",
    ));
    let place = sending(&smtp).with("LOG_LEVEL", "debug");
    let mut server = place.serve();
    sign_up(server.api, "ada.canary@example.test");
    server.wait_for_line("mail given up");
    wait_until_all_are(&place, "given_up");
    stands_nowhere(&["canary".to_owned()], &seen(&place, &server));
}

#[test]
fn p13_what_waits_lies_sealed_in_the_database() {
    let place = Place::new();
    let mut server = place.serve();
    sign_up(server.api, "ada@example.test");
    let waiting = listed(&place);
    assert_eq!(waiting.len(), 1);
    server.kill();
    let stored =
        ["gatewright.db", "gatewright.db-wal"].map(|name| std::fs::read(place.data().join(name)).unwrap_or_default());

    let smtp = SmtpServer::start();
    let place = place.with("SMTP_URL", &smtp.url()).with("MAIL_FROM", "no-reply@example.test");
    let _server = place.serve();
    let letters = smtp.wait_for(1);
    let contains =
        |secret: &str| stored.iter().any(|bytes| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    assert!(contains("verify_email"), "the search finds what is there");
    for secret in carried(&letters[0]) {
        assert!(!contains(&secret), "{secret} lay there in clear");
    }
}

#[test]
fn lg2_the_password_of_the_smtp_server_is_shown_nowhere() {
    let smtp = SmtpServer::with(SmtpTls::Implicit, SmtpCertificate::Good);
    smtp.set(SmtpMood::says(SmtpStage::SignIn, &format!("535 5.7.8 {SMTP_PASSWORD} is wrong")));
    let url = smtp.url_with_credentials();
    let encoded = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).unwrap().0.to_owned();
    let password = encoded.split_once(':').unwrap().1.to_owned();
    let place = through(&url).with("LOG_LEVEL", "debug");
    let mut server = place.serve();
    sign_up(server.api, "ada@example.test");
    server.wait_for_line("mail not sent yet");
    eventually("the error", || listed(&place)[0]["last_error"].is_string().then_some(()));
    let secrets = [encoded, password, SMTP_PASSWORD.to_owned()];
    stands_nowhere(&secrets, &seen(&place, &server));
    for (arguments, expected) in [
        (&["config", "print"][..], "smtps://localhost:"),
        (&["config", "print", "--json"], "smtps://localhost:"),
        (&["config", "check"], "good"),
        (&["mail", "test", "ada@example.test"], "it answered 535 at signing in"),
        (&["mail", "test", "ada@example.test", "--json"], "it answered 535 at signing in"),
    ] {
        let ran = place.run(arguments);
        let told = format!("{}{}", ran.out(), ran.err());
        assert!(told.contains(expected), "{arguments:?}: {told}");
        stands_nowhere(&secrets, &[("what it says", told)]);
    }
}
