//! The SMTP server of the tests, spoken to line by line.

use gatewright_testkit::servers::{SmtpDoes, SmtpMood, SmtpServer, SmtpStage};
use std::io::{Read, Write};
use std::net::TcpStream;

/// Says all of it at once (RFC 2920) and hears everything until the server hangs up.
fn talk(server: &SmtpServer, text: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).unwrap();
    heard
}

const LETTER: &str =
    "EHLO a.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n..dot\r\nend\r\n.\r\nQUIT\r\n";

#[test]
fn a_letter_is_taken_with_its_dots_as_they_were_meant() {
    let server = SmtpServer::start();
    let heard = talk(&server, LETTER);
    let codes: Vec<&str> = heard.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "250", "250", "250", "354", "250", "221"]);
    let letter = server.letters().remove(0);
    assert_eq!(
        (letter.sender.as_str(), letter.recipients),
        ("MAIL FROM:<a@a.test>", vec!["RCPT TO:<b@b.test>".to_owned()])
    );
    assert_eq!((letter.data, letter.raw), (b".dot\r\nend\r\n".to_vec(), b"..dot\r\nend\r\n".to_vec()));
}

#[test]
fn what_comes_out_of_turn_is_refused() {
    let server = SmtpServer::start();
    let heard = talk(
        &server,
        "MAIL FROM:<a@a.test>\r\nEHLO a.test\r\nRCPT TO:<b@b.test>\r\nDATA\r\nFOO\r\nSTARTTLS\r\nQUIT\r\n",
    );
    let codes: Vec<&str> = heard.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "503", "250", "503", "503", "502", "503", "221"]);
}

#[test]
fn it_does_what_the_test_asks_and_can_leave_its_port() {
    let server = SmtpServer::start();
    server.set(SmtpMood::but(SmtpStage::Recipient, SmtpDoes::Dies));
    assert!(!talk(&server, LETTER).contains("354"));
    server.set(SmtpMood::says(SmtpStage::Letter, "451 4.3.0 later"));
    assert!(talk(&server, LETTER).contains("\r\n451 4.3.0 later\r\n"));
    assert_eq!(server.letters(), []);
    server.stop_listening();
    assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.listen();
    server.set(SmtpMood::default());
    talk(&server, LETTER);
    assert_eq!(server.wait_for(1).len(), 1);
}
