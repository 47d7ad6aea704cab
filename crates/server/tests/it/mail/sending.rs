//! From a request to the SMTP server: once, and without anybody waiting for it.

use std::time::Duration;

use gatewright_testkit::servers::{
    SmtpCertificate, SmtpConversation, SmtpDoes, SmtpMood, SmtpServer, SmtpStage, SmtpTls,
};

use serde_json::json;

use super::{eventually, forget, header, link, listed, metric, sending, text, through, wait_until_all_are};
use crate::{
    child::Place,
    client::{get, post, raw, sign_up, sign_up_body},
};

#[test]
fn a_mail_asked_for_over_http_arrives_once_inside_tls() {
    let smtp = SmtpServer::with(SmtpTls::Offered, SmtpCertificate::Good);
    smtp.set(SmtpMood { asks_for_password: true, ..SmtpMood::default() });
    let place = through(&smtp.url_with_credentials());
    let server = place.serve();
    sign_up(server.api, "ada@example.test");
    smtp.wait_for(1);
    forget(server.api, "ada@example.test");
    // A second one of the first would have come before this.
    let letters = smtp.wait_for(2);
    wait_until_all_are(&place, "sent");
    assert_eq!(smtp.letters().len(), 2);

    let [verify, reset] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(verify.recipients, ["RCPT TO:<ada@example.test>"]);
    assert!(link(verify).starts_with(&format!("http://{}/verify-email?token=gwm_", server.api)));
    assert!(link(reset).starts_with(&format!("http://{}/reset-password?token=gwm_", server.api)));
    for conversation in smtp.conversations() {
        let is_safe = |line: &str| line.starts_with("EHLO") || line == "STARTTLS";
        assert!(conversation.said.iter().all(|said| said.in_tls || is_safe(&said.line)), "{conversation:?}");
    }

    let listed = listed(&place);
    let of_list: Vec<_> =
        listed.iter().rev().map(|letter| format!("<{}@127.0.0.1>", letter["id"].as_str().unwrap())).collect();
    assert_eq!(of_list, [header(verify, "Message-ID"), header(reset, "Message-ID")]);
    assert!(listed.iter().all(|letter| letter["attempts"] == 1 && letter["due_at"].is_null()), "{listed:?}");
    let metrics = get(server.ops, "/metrics").body;
    for line in [
        r#"gatewright_mail_sent_total{kind="verify_email"} 1"#,
        r#"gatewright_mail_sent_total{kind="reset_password"} 1"#,
        "gatewright_outbox_waiting 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is missing in\n{metrics}");
    }
}

#[test]
fn a_mail_is_written_in_the_language_of_its_reader() {
    let smtp = SmtpServer::start();
    let server = sending(&smtp).with("MAIL_LANGUAGE", "fr").serve();
    let mut body = sign_up_body("ada@example.test");
    body["profile"] = json!({ "locale": "de-AT" });
    post(server.api, "/auth/signup", &body).expect(201);
    assert_eq!(header(&smtp.wait_for(1)[0], "Content-Language"), "de");
    sign_up(server.api, "grace@example.test");
    assert_eq!(header(&smtp.wait_for(2)[1], "Content-Language"), "fr");
}

#[test]
fn em5_links_lead_where_the_setting_says_whatever_a_request_says() {
    let smtp = SmtpServer::start();
    let server = sending(&smtp).with("PUBLIC_URL", "https://auth.example.test").with("BEHIND_PROXY", "true").serve();
    let body = sign_up_body("ada@example.test").to_string();
    let request = format!(
        "POST /auth/signup HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n\
         X-Forwarded-Proto: http\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = String::from_utf8(raw(server.api, request.as_bytes()).unwrap()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let letters = smtp.wait_for(1);
    assert!(link(&letters[0]).starts_with("https://auth.example.test/verify-email?token="));
    assert!(!text(&letters[0]).contains("evil"), "{}", text(&letters[0]));
    assert!(header(&letters[0], "Message-ID").ends_with("@auth.example.test>"));
}

/// Whether a letter is on its way and the server has not answered yet.
fn is_held(conversation: &SmtpConversation) -> bool {
    !conversation.has_ended && conversation.said.iter().any(|said| said.line == "DATA")
}

#[test]
fn au5_no_request_waits_for_the_smtp_server() {
    let smtp = SmtpServer::start();
    // Longer than the test may take.
    smtp.set(SmtpMood::slow(SmtpStage::Data, Duration::from_secs(600)));
    let server = sending(&smtp).serve();
    sign_up(server.api, "ada@example.test");
    eventually("a conversation", || smtp.conversations().iter().any(is_held).then_some(()));

    sign_up(server.api, "grace@example.test");
    forget(server.api, "ada@example.test");
    forget(server.api, "nobody@example.test");
    get(server.ops, "/readyz").expect(200);
    assert!(
        smtp.conversations().iter().any(is_held) && smtp.letters().is_empty(),
        "the answers came while it was held"
    );
    assert_eq!(metric(server.ops, "gatewright_outbox_waiting"), 3);
}

#[test]
fn a_mail_on_its_way_arrives_before_the_server_ends_and_it_takes_leave() {
    let smtp = SmtpServer::start();
    smtp.set(SmtpMood::slow(SmtpStage::Letter, Duration::from_secs(2)));
    let place = sending(&smtp);
    let mut server = place.serve();
    sign_up(server.api, "ada@example.test");
    smtp.wait_for(1);
    server.signal("TERM");
    assert!(server.wait().success(), "{}", server.printed());
    let said: Vec<_> = smtp.conversations().into_iter().flat_map(|one| one.said).map(|said| said.line).collect();
    assert_eq!(said.last().map(String::as_str), Some("QUIT"), "{said:?}");
    let listed = listed(&place);
    assert!(listed.len() == 1 && listed[0]["state"] == "sent", "{listed:?}");
}

#[test]
fn a_mail_that_is_refused_for_good_is_given_up_where_the_operator_sees_it() {
    let smtp = SmtpServer::start();
    smtp.set(SmtpMood::says(SmtpStage::Recipient, "550 5.1.1 no such user"));
    let place = sending(&smtp);
    let mut server = place.serve();
    sign_up(server.api, "ada@example.test");
    let line = server.wait_for_line("mail given up");
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((line["level"].as_str(), line["kind"].as_str()), (Some("ERROR"), Some("verify_email")), "{line}");
    let why = format!("smtp://127.0.0.1:{}: it answered 550 at the recipient (RCPT): 5.1.1 no such user", smtp.port());
    assert_eq!(line["error"], why, "{line}");
    let listed = wait_until_all_are(&place, "given_up");
    assert_eq!((&listed[0]["last_error"], &listed[0]["attempts"]), (&why.into(), &1.into()), "{listed:?}");
    eventually("the count", || (metric(server.ops, "gatewright_mail_given_up_total") == 1).then_some(()));
    assert_eq!(metric(server.ops, "gatewright_outbox_given_up"), 1);
    assert_eq!(metric(server.ops, "gatewright_outbox_waiting"), 0);
    get(server.ops, "/readyz").expect(200);
    let told = place.run(&["doctor"]);
    assert!(told.out().contains("given up lately: 1"), "{}", told.out());
}

#[test]
fn without_an_smtp_server_mails_wait_and_everybody_is_told() {
    let place = Place::new();
    let mut server = place.serve();
    server.wait_for_line("no mail is sent; what is to be sent waits in the database");
    sign_up(server.api, "ada@example.test");
    assert_eq!(metric(server.ops, "gatewright_outbox_waiting"), 1);
    eventually("an age", || (metric(server.ops, "gatewright_outbox_oldest_seconds") > 0).then_some(()));
    get(server.ops, "/readyz").expect(200);
    let told = place.run(&["doctor"]).well();
    assert!(told.out().contains("GATEWRIGHT_SMTP_URL is not set: nobody gets a mail"), "{}", told.out());
    assert!(told.out().contains("waiting: 1, the oldest for"), "{}", told.out());
}

#[test]
fn a_server_that_takes_a_letter_and_dies_gets_it_again_under_the_same_id() {
    let smtp = SmtpServer::start();
    smtp.set(SmtpMood::but(SmtpStage::Letter, SmtpDoes::Dies));
    let place = sending(&smtp).with("PUBLIC_URL", "http://127.0.0.1:8080");
    let mut server = place.serve();
    sign_up(server.api, "ada@example.test");
    let line = server.wait_for_line("mail not sent yet");
    assert!(line.contains("nobody knows whether the letter was taken"), "{line}");
    eventually("the count", || (metric(server.ops, "gatewright_mail_postponed_total") == 1).then_some(()));
    server.kill();
    smtp.set(SmtpMood::default());
    super::time_passes(&place);
    let _server = place.serve();
    let letters = smtp.wait_for(2);
    assert!(letters[0].data == letters[1].data, "the same letter, byte by byte");
    let listed = wait_until_all_are(&place, "sent");
    assert_eq!(listed[0]["attempts"], 2, "{listed:?}");
}
