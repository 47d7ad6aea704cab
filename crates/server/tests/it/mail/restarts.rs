//! What a kill leaves: every mail that was promised, and none of them twice unless nobody could know.

use std::time::Duration;

use gatewright_testkit::servers::{SmtpMood, SmtpServer, SmtpStage};

use super::{eventually, forget, header, listed, sending, time_passes, wait_until_all_are};
use crate::{
    child::Place,
    client::{post, sign_up},
};

#[test]
fn p11_a_mail_that_was_promised_before_kill_minus_nine_is_sent_after_it() {
    let smtp = SmtpServer::start();
    smtp.stop_listening();
    let place = sending(&smtp);
    let mut server = place.serve();
    sign_up(server.api, "ada@example.test");
    // Killed with the answer in hand: nobody has sent it.
    server.kill();
    assert!(smtp.letters().is_empty());
    smtp.listen();
    time_passes(&place);
    let server = place.serve();
    smtp.wait_for(1);
    forget(server.api, "ada@example.test");
    assert_eq!(smtp.wait_for(2).len(), 2);
    wait_until_all_are(&place, "sent");
    assert_eq!(smtp.letters().len(), 2, "each once");
}

#[test]
fn a_mail_that_was_written_while_none_was_sent_is_sent_once_it_can_be() {
    let place = Place::new();
    let mut server = place.serve();
    sign_up(server.api, "ada@example.test");
    server.kill();
    let smtp = SmtpServer::start();
    let place = place.with("SMTP_URL", &smtp.url()).with("MAIL_FROM", "no-reply@example.test");
    let server = place.serve();
    let letters = smtp.wait_for(1);
    // And it still works.
    let token = super::link(&letters[0]).split_once("?token=").unwrap().1.to_owned();
    let verified = post(server.api, "/auth/email/verify", &serde_json::json!({ "token": token })).expect(200);
    assert_eq!(verified.text("status"), "email_verified");
}

#[test]
fn a_kill_in_the_middle_of_a_conversation_sends_it_again_under_the_same_id() {
    let smtp = SmtpServer::start();
    smtp.set(SmtpMood::slow(SmtpStage::Letter, Duration::from_secs(600)));
    let place = sending(&smtp);
    let mut server = place.serve();
    sign_up(server.api, "ada@example.test");
    smtp.wait_for(1);
    server.kill();
    let held = listed(&place);
    assert_eq!((&held[0]["state"], &held[0]["attempts"]), (&"waiting".into(), &1.into()), "{held:?}");
    smtp.set(SmtpMood::default());
    time_passes(&place);
    let _server = place.serve();
    let letters = smtp.wait_for(2);
    assert_eq!(header(&letters[0], "Message-ID"), header(&letters[1], "Message-ID"));
    eventually("the end", || (listed(&place)[0]["state"] == "sent").then_some(()));
}
