//! `gatewright mail` and what `doctor` says of it.

use std::fs;

use gatewright_testkit::servers::{SmtpCertificate, SmtpMood, SmtpServer, SmtpStage, SmtpTls};
use serde_json::json;

use super::{header, listed, sending, text, through, wait_until_all_are};
use crate::child::Place;

const TEST: [&str; 3] = ["mail", "test", "ada@example.test"];

#[test]
fn a_test_mail_is_sent_without_a_database() {
    let smtp = SmtpServer::with(SmtpTls::Implicit, SmtpCertificate::Good);
    smtp.set(SmtpMood { asks_for_password: true, ..SmtpMood::default() });
    let place = through(&smtp.url_with_credentials());
    let ran = place.run(&TEST).well();
    let letters = smtp.letters();
    let id = header(&letters[0], "Message-ID").trim_start_matches('<').split_once('@').unwrap().0.to_owned();
    let expected = format!(
        "smtps://localhost:{} (inside TLS, its certificate is verified): a test mail was taken, with the id {id}.\n",
        smtp.port()
    );
    assert_eq!(ran.out(), expected);
    assert_eq!(letters[0].recipients, ["RCPT TO:<ada@example.test>"]);
    assert!(!place.data().exists());

    let german = place.run(&["mail", "test", "ada@example.test", "--language", "de", "--json"]).well().json();
    assert_eq!(german["sent"], true);
    let letters = smtp.letters();
    assert_eq!(header(&letters[1], "Content-Language"), "de");
    assert!(letters[1].data != letters[0].data && !text(&letters[1]).is_empty());
}

#[test]
fn a_test_mail_that_is_not_taken_says_what_the_server_said() {
    let smtp = SmtpServer::start();
    let place = sending(&smtp);
    let at = format!("smtp://127.0.0.1:{}", smtp.port());
    for (mood, says) in [
        (
            SmtpMood::says(SmtpStage::Sender, "550 5.7.1 relaying denied"),
            format!("the mail cannot be sent: {at}: it answered 550 at the sender (MAIL): 5.7.1 relaying denied"),
        ),
        (
            SmtpMood::says(SmtpStage::Recipient, "451 4.7.1 greylisted, come back later"),
            format!(
                "the mail could not be sent now: {at}: it answered 451 at the recipient (RCPT): 4.7.1 greylisted, come back later"
            ),
        ),
        (
            SmtpMood { asks_for_password: true, ..SmtpMood::default() },
            format!(
                "the mail could not be sent now: {at}: it answered 530 at the sender (MAIL): 5.7.0 authentication required"
            ),
        ),
    ] {
        smtp.set(mood);
        let ran = place.run(&TEST);
        assert_eq!((ran.code(), ran.err()), (1, format!("gatewright: {says}\n")), "{}", ran.out());
        let shown = place.run(&["mail", "test", "ada@example.test", "--json"]);
        assert_eq!((shown.code(), &shown.json()["error"]), (1, &says.into()));
    }
    smtp.stop_listening();
    let ran = place.run(&TEST);
    assert!(ran.code() == 1 && ran.err().contains("the connection failed at connecting"), "{}", ran.err());
}

#[test]
fn a_wrong_certificate_is_told_and_nothing_is_sent() {
    for certificate in [SmtpCertificate::OfAStranger, SmtpCertificate::OfAnotherName] {
        let smtp = SmtpServer::with(SmtpTls::Offered, certificate);
        let place = through(&smtp.url_with_credentials());
        let ran = place.run(&TEST);
        assert!(ran.code() == 1 && ran.err().contains("at the TLS handshake"), "{}", ran.err());
        let told = place.run(&["doctor"]);
        assert!(
            told.code() == 1 && told.out().contains("✗ mail") && told.out().contains("at the TLS handshake"),
            "{}",
            told.out()
        );
        let said: Vec<_> = smtp.conversations().into_iter().flat_map(|one| one.said).map(|said| said.line).collect();
        assert!(said.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"), "{said:?}");
    }
}

#[test]
fn the_doctor_speaks_to_the_smtp_server_and_the_start_does_not_wait_for_it() {
    let smtp = SmtpServer::start();
    let place = sending(&smtp);
    let well = place.run(&["doctor"]).well();
    let says = format!("smtp://127.0.0.1:{} (in clear, on this machine) takes mails", smtp.port());
    assert!(well.out().contains(&says), "{}", well.out());
    assert!(smtp.letters().is_empty());
    smtp.stop_listening();
    let ill = place.run(&["doctor"]);
    assert!(ill.code() == 1 && ill.out().contains("✗ mail"), "{}", ill.out());
    drop(place.serve());
}

#[test]
fn a_test_mail_may_go_the_way_of_all_others() {
    let smtp = SmtpServer::start();
    let place = sending(&smtp);
    let _server = place.serve();
    let queued = place.run(&["mail", "test", "ada@example.test", "--queue", "--json"]).well().json();
    smtp.wait_for(1);
    let listed = wait_until_all_are(&place, "sent");
    assert_eq!((&listed[0]["id"], &listed[0]["kind"]), (&queued["id"], &"test".into()));
    let told = place.run(&["mail", "list"]).well().out();
    assert!(told.contains("test") && told.contains("sent") && told.contains("tried once"), "{told}");
    assert!(!told.contains("ada"), "{told}");
}

#[test]
fn the_list_is_empty_at_first_and_bounded_later() {
    let place = Place::new();
    drop(place.serve());
    assert_eq!(listed(&place), Vec::<serde_json::Value>::new());
    assert!(place.run(&["mail", "list"]).well().out().contains("No letter waits"));
    for _ in 0..3 {
        place.run(&["mail", "test", "ada@example.test", "--queue"]).well();
    }
    assert_eq!(listed(&place).len(), 3);
    let two = place.run(&["mail", "list", "--json", "--limit", "2"]).well().json();
    assert_eq!(two["letters"].as_array().unwrap()[..], listed(&place)[..2]);
    assert_eq!(place.run(&["mail", "list", "--limit", "0"]).code(), 2);
}

#[test]
fn what_cannot_be_sent_is_told_before_anything_is_tried() {
    let ran = Place::new().run(&TEST);
    assert!(ran.code() == 1 && ran.err().contains("set GATEWRIGHT_SMTP_URL and GATEWRIGHT_MAIL_FROM"), "{}", ran.err());
    let smtp = SmtpServer::start();
    for address in ["ada", "ada@example.test\r\nBcc: eve@example.test", ""] {
        let ran = sending(&smtp).run(&["mail", "test", address]);
        assert_eq!(ran.code(), 1, "{}", ran.err());
    }
    assert!(smtp.conversations().is_empty());
}

#[test]
fn exported_templates_are_a_start_for_ones_own() {
    let smtp = SmtpServer::start();
    let place = sending(&smtp).with("MAIL_TEMPLATES", "templates");
    let told = place.run(&["mail", "templates", "export", "templates"]).well().out();
    assert!(told.contains("GATEWRIGHT_MAIL_TEMPLATES=templates"), "{told}");
    let path = place.path().join("templates/en/test.txt");
    let text = fs::read_to_string(&path).unwrap();
    let subject = text.lines().find(|line| line.starts_with("subject:")).unwrap();
    fs::write(&path, text.replace(subject, "subject: Hello from {{ product }}")).unwrap();
    place.run(&["mail", "templates", "export", "templates"]).well();
    place.with("MAIL_PRODUCT", "Example").run(&TEST).well();
    assert_eq!(header(&smtp.letters()[0], "Subject"), "Hello from Example");
    assert_eq!(json!(smtp.letters().len()), 1);
}
