//! The message as somebody else's program reads it.

use gatewright_core::{
    model::{Email, Letter},
    port::Courier,
};
use gatewright_mail::{Folder, Letterhead, Origin, Postman, Sender, Stationery, WayOut, sample_letters};
use mail_parser::MessageParser;

use crate::{letter, postman, stationery};

async fn sent(postman: impl FnOnce(WayOut) -> Postman, letter: &Letter) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let postman = postman(WayOut::Folder(Folder::open(folder.path()).unwrap()));
    postman.deliver(letter).await.unwrap();
    std::fs::read(folder.path().join(format!("{}.eml", letter.id))).unwrap()
}

#[tokio::test]
async fn the_headers_are_those_of_a_mail_that_nobody_answers() {
    let letter = letter("magic_link");
    let bytes = sent(postman, &letter).await;
    let text = String::from_utf8(bytes).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let id = letter.id;
    let expected = format!(
        "Date: Sat, 21 Nov 2026 20:20:00 +0000
From: \"Example accounts\" <no-reply@example.test>
To: ada@example.test
Subject: Sign in to Example
Message-ID: <{id}@auth.example.test>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
Content-Language: en
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary=\"=_{}\"",
        id.uuid().simple()
    );
    assert_eq!(head.replace("\r\n", "\n"), expected);
}

#[tokio::test]
async fn another_program_reads_what_we_wrote() {
    for language in ["en", "de", "fr"] {
        for letter in sample_letters(language) {
            let bytes = sent(postman, &letter).await;
            let written = stationery().write(&letter).unwrap();
            assert!(bytes.is_ascii(), "quoted-printable is ASCII");
            assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 99), "no line is long");
            assert_eq!(
                bytes.iter().filter(|byte| **byte == b'\n').count(),
                bytes.windows(2).filter(|two| two == b"\r\n").count()
            );
            let mail = MessageParser::new().parse(&bytes).unwrap();
            assert_eq!(mail.subject(), Some(written.subject.as_str()));
            assert_eq!((mail.text_body_count(), mail.html_body_count(), mail.attachment_count()), (1, 1, 0));
            let lines = |text: &str| text.replace("\r\n", "\n");
            assert_eq!(lines(&mail.body_text(0).unwrap()), written.text);
            assert_eq!(lines(&mail.body_html(0).unwrap()), written.html);
            assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("ada@example.test"));
        }
    }
}

#[tokio::test]
async fn a_letter_that_is_sent_again_is_the_same_mail_byte_by_byte() {
    let letter = letter("reset_password");
    assert_eq!(sent(postman, &letter).await, sent(postman, &letter).await);
}

#[tokio::test]
async fn names_and_addresses_beyond_ascii_are_written_as_mails_have_them() {
    let german = |way: WayOut| {
        let origin = Origin::parse("http://[::1]:8080").unwrap();
        let letterhead = Letterhead::new(origin, "Käse & Söhne", None).unwrap();
        let sender = Sender::parse("\"Käse, Söhne\" <no-reply@käse.example>").unwrap();
        Postman::new(Stationery::open(letterhead, "de", None).unwrap(), sender, way)
    };
    let to = |address: &str| Letter {
        to: Email::parse("email", address).unwrap(),
        locale: None,
        ..letter("reset_password")
    };
    let bytes = sent(german, &to("ada@bücher.example")).await;
    assert!(bytes.is_ascii());
    let mail = MessageParser::new().parse(&bytes).unwrap();
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Käse, Söhne"), Some("no-reply@xn--kse-qla.example")));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some("ada@xn--bcher-kva.example"));
    assert_eq!(mail.subject(), Some("Wählen Sie ein neues Passwort für Käse & Söhne"));
    assert!(mail.message_id().unwrap().ends_with("@[::1]"));
    assert!(mail.body_html(0).unwrap().contains("Käse &amp; Söhne"));

    let bytes = sent(german, &to("jürgen@bücher.example")).await;
    assert!(String::from_utf8(bytes).unwrap().contains("\r\nTo: jürgen@xn--bcher-kva.example\r\n"));
}
