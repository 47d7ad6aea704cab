//! Two nodes on one database: each sends, and no letter leaves twice.

use std::collections::BTreeSet;

use gatewright_testkit::servers::{Postgres, PostgresSetup, SmtpServer};

use super::{forget, header, wait_until_all_are};
use crate::{child::Place, client::sign_up};

const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";
const LETTERS: usize = 40;

#[test]
fn two_nodes_send_each_letter_once() {
    let database = Postgres::shared().fresh_database();
    let node = || {
        let place = Place::new().with("STORE", &database.url()).with("MASTER_KEY", MASTER);
        place.with("PUBLIC_URL", "http://127.0.0.1:8080")
    };
    // They wait, so that both nodes have something to take from their first moment on.
    let mut silent = node().serve();
    for number in 0..LETTERS {
        sign_up(silent.api, &format!("ada{number}@example.test"));
    }
    silent.kill();

    let smtp = SmtpServer::start();
    let node = || node().with("SMTP_URL", &smtp.url()).with("MAIL_FROM", "no-reply@example.test");
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| node().serve());
        (node().serve(), one.join().unwrap())
    });
    smtp.wait_for(LETTERS);
    let listed = wait_until_all_are(&node(), "sent");
    assert!(listed.len() == LETTERS && listed.iter().all(|letter| letter["attempts"] == 1), "{listed:?}");
    let letters = smtp.letters();
    let ids: BTreeSet<_> = letters.iter().map(|letter| header(letter, "Message-ID")).collect();
    assert_eq!((letters.len(), ids.len()), (LETTERS, LETTERS));
    let sent = |server: &crate::child::Server| server.printed().matches("\"mail sent\"").count();
    assert_eq!(sent(&one) + sent(&other), LETTERS);
    assert!(sent(&one) > 0 && sent(&other) > 0, "both take part: {} and {}", sent(&one), sent(&other));
}

#[test]
fn a_node_whose_database_was_away_goes_on_sending() {
    let postgres = Postgres::start(&PostgresSetup::default());
    let database = postgres.fresh_database();
    let smtp = SmtpServer::start();
    let place = Place::new().with("STORE", &database.url()).with("MASTER_KEY", MASTER);
    let place = place.with("SMTP_URL", &smtp.url()).with("MAIL_FROM", "no-reply@example.test");
    let mut server = place.serve();
    sign_up(server.api, "ada@example.test");
    smtp.wait_for(1);
    postgres.stop_fast();
    server.wait_for_line("the outbox cannot be reached; mails wait");
    postgres.restart();
    super::eventually("an answer", || crate::client::get(server.ops, "/readyz").status.eq(&200).then_some(()));
    forget(server.api, "ada@example.test");
    smtp.wait_for(2);
    wait_until_all_are(&place, "sent");
    assert_eq!(smtp.letters().len(), 2, "each once");
}
