//! Servers that are slow, refuse or die, at every stage.

use std::time::{Duration, Instant};

use gatewright_core::port::Courier;
use gatewright_mail::{Smtp, SmtpAddress, SmtpPatience, WayOut};
use gatewright_testkit::servers::{SmtpDoes, SmtpMood, SmtpServer, SmtpStage};

use super::{by_smtp, later, never, numbered};
use crate::{origin, postman};

const STAGES: [SmtpStage; 6] = [
    SmtpStage::Greeting,
    SmtpStage::Hello,
    SmtpStage::Sender,
    SmtpStage::Recipient,
    SmtpStage::Data,
    SmtpStage::Letter,
];

#[tokio::test]
async fn what_is_refused_for_now_is_tried_again_and_what_is_refused_for_good_is_not() {
    let server = SmtpServer::start();
    let postman = by_smtp(&server.url());
    for stage in STAGES {
        for (answer, code) in [("421 4.3.2 closing", "421"), ("451 4.3.0 later", "451")] {
            server.set(SmtpMood::says(stage, answer));
            let says = later(by_smtp(&server.url()).deliver(&numbered(1)).await);
            assert!(says.contains(&format!("it answered {code} ")), "{stage:?}: {says}");
        }
        server.set(SmtpMood::says(stage, "550 5.1.1 no such user"));
        let refused = by_smtp(&server.url()).deliver(&numbered(1)).await;
        let is_before_the_letter = matches!(stage, SmtpStage::Greeting | SmtpStage::Hello);
        let says = if is_before_the_letter { later(refused) } else { never(refused) };
        assert!(says.contains("it answered 550"), "{stage:?}: {says}");
        server.set(SmtpMood::default());
        postman.deliver(&numbered(2)).await.unwrap();
    }
    assert_eq!(server.letters().len(), STAGES.len());
}

#[tokio::test]
async fn a_refused_letter_leaves_the_connection_to_the_next_one() {
    let server = SmtpServer::start();
    let postman = by_smtp(&server.url());
    postman.deliver(&numbered(1)).await.unwrap();
    for stage in [SmtpStage::Sender, SmtpStage::Recipient, SmtpStage::Data, SmtpStage::Letter] {
        server.set(SmtpMood::says(stage, "550 5.7.1 no"));
        never(postman.deliver(&numbered(2)).await);
        server.set(SmtpMood::default());
        postman.deliver(&numbered(3)).await.unwrap();
    }
    assert_eq!((server.conversations().len(), server.letters().len()), (1, 5));
}

#[tokio::test]
async fn a_server_that_dies_at_any_stage_costs_one_try() {
    for stage in STAGES {
        let server = SmtpServer::start();
        server.set(SmtpMood::but(stage, SmtpDoes::Dies));
        let postman = by_smtp(&server.url());
        let says = later(postman.deliver(&numbered(1)).await);
        assert!(says.contains("the connection failed"), "{stage:?}: {says}");
        assert_eq!(says.contains("nobody knows whether the letter was taken"), stage == SmtpStage::Letter, "{says}");
        server.set(SmtpMood::default());
        postman.deliver(&numbered(1)).await.unwrap();
    }
}

#[tokio::test]
async fn a_letter_whose_fate_is_unknown_comes_again_with_the_same_message_id() {
    let server = SmtpServer::start();
    server.set(SmtpMood::but(SmtpStage::Letter, SmtpDoes::Dies));
    let postman = by_smtp(&server.url());
    later(postman.deliver(&numbered(1)).await);
    server.set(SmtpMood::default());
    postman.deliver(&numbered(1)).await.unwrap();
    let letters = server.wait_for(2);
    let message_id = |letter: &[u8]| {
        let text = String::from_utf8_lossy(letter).into_owned();
        text.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned()
    };
    assert_eq!(message_id(&letters[0].data), message_id(&letters[1].data));
    assert_eq!(letters[0].data, letters[1].data);
}

/// Half a second for each step.
fn impatient(url: &str) -> gatewright_mail::Postman {
    let half = Duration::from_millis(500);
    let patience = SmtpPatience { connect: Duration::from_secs(10), command: half, letter: half };
    postman(WayOut::Smtp(Box::new(Smtp::open(SmtpAddress::parse(url).unwrap(), &origin(), patience).unwrap())))
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "it measures how long a real conversation takes")]
async fn a_slow_server_takes_no_more_than_its_time() {
    let server = SmtpServer::start();
    for stage in STAGES {
        server.set(SmtpMood::slow(stage, Duration::from_secs(60)));
        let begin = Instant::now();
        let says = later(impatient(&server.url()).deliver(&numbered(1)).await);
        assert!(begin.elapsed() < Duration::from_secs(8), "{stage:?}: {:?}", begin.elapsed());
        assert!(says.contains("did not answer in time"), "{stage:?}: {says}");
        assert_eq!(says.contains("nobody knows"), stage == SmtpStage::Letter, "{says}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_never_taken_for_that_to_another_letter() {
    let server = SmtpServer::start();
    let postman = impatient(&server.url());
    // The answer to the first letter comes while the second is on its way.
    server.set(SmtpMood::slow(SmtpStage::Letter, Duration::from_millis(800)));
    later(postman.deliver(&numbered(1)).await);
    server.set(SmtpMood::says(SmtpStage::Letter, "550 5.7.1 no"));
    never(postman.deliver(&numbered(2)).await);
    assert_eq!(server.conversations().len(), 2, "the first connection was given up");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again() {
    let server = SmtpServer::start();
    let postman = by_smtp(&server.url());
    server.stop_listening();
    let says = later(postman.deliver(&numbered(1)).await);
    assert!(says.contains("at connecting"), "{says}");
    server.listen();
    postman.deliver(&numbered(1)).await.unwrap();
}

#[tokio::test]
async fn em6_a_refusal_that_repeats_the_letter_does_not_bring_its_secrets_into_the_error() {
    let server = SmtpServer::start();
    let text = "554 5.7.1 <ada@example.test> https://auth.example.test/magic-link?token=gwm_aaaa 01234567";
    server.set(SmtpMood::says(SmtpStage::Letter, text));
    let says = never(by_smtp(&server.url()).deliver(&numbered(1)).await);
    for secret in ["ada", "gwm_", "magic-link", "01234567"] {
        assert!(!says.contains(secret), "{says}");
    }
}

#[tokio::test]
async fn a_server_that_never_ends_its_line_is_left() {
    let server = SmtpServer::start();
    for stage in [SmtpStage::Greeting, SmtpStage::Sender, SmtpStage::Letter] {
        server.set(SmtpMood::says(stage, &"250 yes ".repeat(100_000)));
        let says = later(by_smtp(&server.url()).deliver(&numbered(1)).await);
        assert!(says.contains("the server said too much"), "{stage:?}: {says}");
    }
}

#[tokio::test]
async fn an_answer_that_means_something_else_is_no_yes() {
    let server = SmtpServer::start();
    server.set(SmtpMood::says(SmtpStage::Letter, "354 go on"));
    assert!(later(by_smtp(&server.url()).deliver(&numbered(1)).await).contains("354"));
    server.set(SmtpMood::says(SmtpStage::Data, "250 fine"));
    assert!(later(by_smtp(&server.url()).deliver(&numbered(1)).await).contains("250"));
    server.set(SmtpMood::says(SmtpStage::Greeting, "HTTP/1.1 400 Bad Request"));
    assert!(later(by_smtp(&server.url()).deliver(&numbered(1)).await).contains("at the greeting"));
}
