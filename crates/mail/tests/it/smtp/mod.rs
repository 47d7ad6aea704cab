//! Conversations with a real SMTP server.

mod failures;
mod pool;
mod security;

use std::time::Duration;

use gatewright_core::{
    model::{Email, Letter, LetterId, Timestamp},
    port::{Courier, CourierError},
};
use gatewright_mail::{Postman, Smtp, SmtpAddress, SmtpPatience, WayOut};
use gatewright_testkit::servers::{SmtpMood, SmtpServer};

use crate::{letter, origin, postman};

/// Short, so that a test of a slow server is over soon; long enough for a busy machine.
const PATIENCE: SmtpPatience =
    SmtpPatience { connect: Duration::from_secs(10), command: Duration::from_secs(2), letter: Duration::from_secs(2) };

fn by_smtp(url: &str) -> Postman {
    let smtp = Smtp::open(SmtpAddress::parse(url).unwrap(), &origin(), PATIENCE).unwrap();
    postman(WayOut::Smtp(Box::new(smtp)))
}

/// A letter of its own id.
fn numbered(number: u8) -> Letter {
    Letter { id: LetterId::new(Timestamp::from_secs(1_795_292_400), [number; 10]), ..letter("magic_link") }
}

fn later(result: Result<(), CourierError>) -> String {
    match result {
        Err(CourierError::Later(says)) => says,
        other => panic!("not to be tried again: {other:?}"),
    }
}

fn never(result: Result<(), CourierError>) -> String {
    match result {
        Err(CourierError::Never(says)) => says,
        other => panic!("not given up: {other:?}"),
    }
}

fn lines(server: &SmtpServer) -> Vec<String> {
    server.conversations().into_iter().flat_map(|one| one.said).map(|said| said.line).collect()
}

#[tokio::test]
async fn a_letter_is_handed_in_as_the_protocol_has_it() {
    let server = SmtpServer::start();
    let postman = by_smtp(&server.url());
    let letter = numbered(1);
    postman.deliver(&letter).await.unwrap();
    let expected =
        ["EHLO auth.example.test", "MAIL FROM:<no-reply@example.test>", "RCPT TO:<ada@example.test>", "DATA"];
    assert_eq!(lines(&server), expected);
    let received = server.letters().remove(0);
    let text = String::from_utf8(received.data).unwrap();
    assert!(text.contains(&format!("\r\nMessage-ID: <{}@auth.example.test>\r\n", letter.id)), "{text}");
    postman.close().await;
    assert_eq!(lines(&server).last().unwrap(), "QUIT");
}

#[tokio::test]
async fn em10_an_address_makes_one_recipient_and_no_header() {
    let server = SmtpServer::start();
    let postman = by_smtp(&server.url());
    for text in [
        "ada@example.test\r\nRCPT TO:<eve@example.test>",
        "ada@example.test>\nBcc: eve",
        "a b@example.test",
        "ada@example.test,eve@x.test",
    ] {
        assert!(Email::parse("email", text).is_err(), "{text:?}");
    }
    // What a damaged row of a database could hold.
    for text in ["ada\r\nRCPT TO:<eve@example.test>@example.test", "ada> SIZE=1@example.test", "ada\0@example.test"] {
        let to = Email::from_stored(text.to_owned(), text.to_owned()).unwrap();
        never(postman.deliver(&Letter { to, ..numbered(2) }).await);
    }
    let name = Some("Ada\r\nRCPT TO:<eve@example.test>\r\n.\r\nQUIT".to_owned());
    postman.deliver(&Letter { name, ..numbered(3) }).await.unwrap();
    let recipients: Vec<_> = lines(&server).into_iter().filter(|line| line.starts_with("RCPT")).collect();
    assert_eq!(recipients, ["RCPT TO:<ada@example.test>"]);
    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn a_line_that_begins_with_a_dot_arrives_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("en")).unwrap();
    let text = "subject: s\npreheader: p\nreason: r\n\n.\n\n.hidden\n\n..\n";
    std::fs::write(folder.path().join("en/test.txt"), text).unwrap();
    let stationery = gatewright_mail::Stationery::open(crate::letterhead(), "en", Some(folder.path())).unwrap();
    let server = SmtpServer::start();
    let smtp = Smtp::open(SmtpAddress::parse(&server.url()).unwrap(), &origin(), PATIENCE).unwrap();
    let sender = gatewright_mail::Sender::parse("no-reply@example.test").unwrap();
    let postman = Postman::new(stationery, sender, WayOut::Smtp(Box::new(smtp)));
    postman.deliver(&letter("test")).await.unwrap();
    let received = server.letters().remove(0);
    let (data, raw) = (String::from_utf8(received.data).unwrap(), String::from_utf8(received.raw).unwrap());
    assert!(data.contains("\r\n.\r\n\r\n.hidden\r\n\r\n..\r\n"), "{data}");
    assert!(raw.contains("\r\n..\r\n\r\n..hidden\r\n\r\n...\r\n"), "{raw}");
}

#[tokio::test]
async fn letters_beyond_ascii_before_the_at_need_a_server_that_knows_them() {
    let server = SmtpServer::start();
    let postman = by_smtp(&server.url());
    let letter = Letter { to: Email::parse("email", "jürgen@bücher.example").unwrap(), ..numbered(4) };
    postman.deliver(&letter).await.unwrap();
    let received = server.letters().remove(0);
    assert_eq!(received.sender, "MAIL FROM:<no-reply@example.test> SMTPUTF8");
    assert_eq!(received.recipients, ["RCPT TO:<jürgen@xn--bcher-kva.example>"]);

    let old = SmtpServer::start();
    old.set(SmtpMood { knows_utf8: false, ..SmtpMood::default() });
    let postman = by_smtp(&old.url());
    let says = never(postman.deliver(&letter).await);
    assert!(
        says.ends_with("it cannot send to an address with letters beyond ASCII before the @ (no SMTPUTF8)"),
        "{says}"
    );
    // Only the domain is beyond ASCII: every server can.
    let letter = Letter { to: Email::parse("email", "jurgen@bücher.example").unwrap(), ..numbered(5) };
    postman.deliver(&letter).await.unwrap();
    assert_eq!(old.letters().remove(0).recipients, ["RCPT TO:<jurgen@xn--bcher-kva.example>"]);
}
