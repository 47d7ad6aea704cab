//! Connections that are kept.

use std::sync::Arc;

use gatewright_core::port::Courier;
use gatewright_testkit::servers::{SmtpDoes, SmtpMood, SmtpServer, SmtpStage};

use super::{by_smtp, later, numbered};

#[tokio::test]
async fn one_connection_takes_one_letter_after_another() {
    let server = SmtpServer::start();
    let postman = by_smtp(&server.url());
    postman.check().await.unwrap();
    for number in 0..10 {
        postman.deliver(&numbered(number)).await.unwrap();
    }
    assert_eq!((server.conversations().len(), server.letters().len()), (1, 10));
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_costs_no_try() {
    let server = SmtpServer::start();
    let postman = by_smtp(&server.url());
    for does in [SmtpDoes::Dies, SmtpDoes::Says("421 4.4.2 idle for too long".into())] {
        postman.deliver(&numbered(1)).await.unwrap();
        server.set(SmtpMood::but(SmtpStage::Noop, does));
        postman.deliver(&numbered(2)).await.unwrap();
        server.set(SmtpMood::default());
    }
    assert_eq!(server.letters().len(), 4);
    assert_eq!(server.conversations().len(), 3);
}

#[tokio::test]
async fn a_hundred_letters_at_once_go_through_a_few_connections() {
    let server = SmtpServer::start();
    let postman = Arc::new(by_smtp(&server.url()));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..100 {
        let postman = Arc::clone(&postman);
        tasks.spawn(async move { postman.deliver(&numbered(number)).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    let letters = server.wait_for(100);
    let ids: std::collections::BTreeSet<String> = letters
        .iter()
        .map(|letter| {
            String::from_utf8_lossy(&letter.data)
                .lines()
                .find(|line| line.starts_with("Message-ID"))
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!((letters.len(), ids.len()), (100, 100));
    assert!(server.conversations().len() <= 6, "{}", server.conversations().len());
}

#[tokio::test]
async fn a_connection_is_left_before_a_server_is_tired_of_it() {
    let server = SmtpServer::start();
    let postman = by_smtp(&server.url());
    for number in 0..60 {
        postman.deliver(&numbered(number)).await.unwrap();
    }
    assert_eq!(server.conversations().len(), 2);
    // A server with less patience says so, and the letter goes with the next try.
    server.set(SmtpMood { letters_per_conversation: 1, ..SmtpMood::default() });
    let postman = by_smtp(&server.url());
    postman.deliver(&numbered(1)).await.unwrap();
    later(postman.deliver(&numbered(2)).await);
    postman.deliver(&numbered(2)).await.unwrap();
}
