//! TLS and signing in. What is asserted of what was said is read from what the server has heard.

use gatewright_core::port::Courier;
use gatewright_mail::{Smtp, SmtpAddress, SmtpPatience};
use gatewright_testkit::servers::{SmtpCertificate, SmtpDoes, SmtpLine, SmtpMood, SmtpServer, SmtpStage, SmtpTls};

use super::{PATIENCE, by_smtp, later, numbered};
use crate::origin;

fn strict() -> SmtpMood {
    SmtpMood { asks_for_password: true, ..SmtpMood::default() }
}

fn said(server: &SmtpServer) -> Vec<SmtpLine> {
    server.conversations().into_iter().flat_map(|one| one.said).collect()
}

#[tokio::test]
async fn lg9_after_starttls_everything_but_the_greeting_is_said_inside_tls() {
    let server = SmtpServer::with(SmtpTls::Offered, SmtpCertificate::Good);
    server.set(strict());
    by_smtp(&server.url_with_credentials()).deliver(&numbered(1)).await.unwrap();
    assert_eq!(server.letters().len(), 1);
    let clear: Vec<String> = said(&server).into_iter().filter(|said| !said.in_tls).map(|said| said.line).collect();
    assert_eq!(clear, ["EHLO auth.example.test", "STARTTLS"]);
    let secured: Vec<String> = said(&server).into_iter().filter(|said| said.in_tls).map(|said| said.line).collect();
    assert!(secured[1].starts_with("AUTH PLAIN "), "{secured:?}");
}

#[tokio::test]
async fn lg9_with_smtps_everything_is_said_inside_tls() {
    let server = SmtpServer::with(SmtpTls::Implicit, SmtpCertificate::Good);
    server.set(strict());
    by_smtp(&server.url_with_credentials()).deliver(&numbered(1)).await.unwrap();
    assert_eq!(server.letters().len(), 1);
    assert!(said(&server).iter().all(|said| said.in_tls));
}

#[tokio::test]
async fn lg9_starttls_that_somebody_took_away_ends_the_conversation() {
    let server = SmtpServer::with(SmtpTls::Offered, SmtpCertificate::Good);
    server.set(SmtpMood { hides_starttls: true, ..strict() });
    let says = later(by_smtp(&server.url_with_credentials()).deliver(&numbered(1)).await);
    assert!(says.contains("offers no STARTTLS"), "{says}");
    assert_eq!(said(&server).into_iter().map(|said| said.line).collect::<Vec<_>>(), ["EHLO auth.example.test"]);
    server.set(SmtpMood::says(SmtpStage::StartTls, "454 4.7.0 not now"));
    let says = later(by_smtp(&server.url_with_credentials()).deliver(&numbered(1)).await);
    assert!(says.contains("it answered 454 at STARTTLS"), "{says}");
    assert!(!said(&server).iter().any(|said| said.line.starts_with("AUTH") || said.line.starts_with("MAIL")));
}

#[tokio::test]
async fn lg9_what_was_added_in_clear_is_not_taken_for_what_comes_inside_tls() {
    let server = SmtpServer::with(SmtpTls::Offered, SmtpCertificate::Good);
    for stage in [SmtpStage::StartTls, SmtpStage::Hello, SmtpStage::Greeting] {
        server.set(SmtpMood::but(stage, SmtpDoes::Adds("250-smtp.example.test\r\n250 AUTH LOGIN\r\n".into())));
        let says = later(by_smtp(&server.url_with_credentials()).deliver(&numbered(1)).await);
        assert!(says.contains("said more than it was asked"), "{stage:?}: {says}");
    }
    assert!(!said(&server).iter().any(|said| said.in_tls));
    assert_eq!(server.letters(), []);
}

#[tokio::test]
async fn lg9_a_certificate_that_cannot_be_verified_is_refused() {
    for tls in [SmtpTls::Offered, SmtpTls::Implicit] {
        for (certificate, why) in
            [(SmtpCertificate::OfAnotherName, "not valid for name"), (SmtpCertificate::OfAStranger, "UnknownIssuer")]
        {
            let server = SmtpServer::with(tls, certificate);
            let says = later(by_smtp(&server.url_with_credentials()).deliver(&numbered(1)).await);
            assert!(says.contains("at the TLS handshake") && says.contains(why), "{says}");
            assert!(!said(&server).iter().any(|said| said.in_tls));
        }
        // The system does not know the tests' authority.
        let server = SmtpServer::with(tls, SmtpCertificate::Good);
        let url = server.url().split_once("?ca=").unwrap().0.to_owned();
        let url = if tls == SmtpTls::Offered { format!("{url}?tls=starttls") } else { url };
        let address = SmtpAddress::parse(&url).unwrap();
        // A machine without any certificates says so at the start.
        if let Ok(smtp) = Smtp::open(address, &origin(), PATIENCE) {
            let postman = crate::postman(gatewright_mail::WayOut::Smtp(Box::new(smtp)));
            assert!(later(postman.deliver(&numbered(1)).await).contains("at the TLS handshake"));
        }
        assert_eq!(server.letters(), []);
    }
}

#[tokio::test]
async fn a_file_without_certificates_is_found_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for (path, says) in
        [(empty.display().to_string(), "it holds no certificate"), ("/nowhere.pem".into(), "it cannot be read")]
    {
        let address = SmtpAddress::parse(&format!("smtp://gate:hunter2@localhost?ca={path}")).unwrap();
        let error = Smtp::open(address, &origin(), SmtpPatience::default()).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains(&path) && !error.contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_the_operators_to_mend_and_loses_no_letter() {
    let server = SmtpServer::start();
    server.set(strict());
    let url = format!("smtp://gate%40example.test:hunter2@127.0.0.1:{}", server.port());
    let postman = by_smtp(&url);
    let says = later(postman.deliver(&numbered(1)).await);
    assert_eq!(says, format!("smtp://127.0.0.1:{}: it answered 535 at signing in", server.port()));
    assert_eq!(later(postman.check().await), says);
    assert!(!format!("{postman:?}").contains("hunter2"));
    // Without any, the server says so at the sender.
    let says = later(by_smtp(&server.url()).deliver(&numbered(1)).await);
    assert!(says.contains("it answered 530 at the sender"), "{says}");
    by_smtp(&server.url_with_credentials()).check().await.unwrap();
    assert_eq!(server.letters(), []);
}

#[tokio::test]
async fn the_way_of_signing_in_is_one_that_both_know() {
    let server = SmtpServer::start();
    server.set(SmtpMood { mechanisms: "LOGIN", ..strict() });
    by_smtp(&server.url_with_credentials()).deliver(&numbered(1)).await.unwrap();
    assert_eq!(server.letters().len(), 1);
    server.set(SmtpMood { mechanisms: "GSSAPI", ..strict() });
    let says = later(by_smtp(&server.url_with_credentials()).deliver(&numbered(2)).await);
    assert!(says.contains("at signing in"), "{says}");
}
