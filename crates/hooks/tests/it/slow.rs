//! Servers that take their time: one deadline for all of it.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use gatewright_core::port::{HookCall, HookError};
use tokio::net::{TcpSocket, TcpStream};

use crate::{
    Deaf, Names,
    authority::Certificate,
    call, client,
    receiver::{Does, Receiver},
    refused,
};

fn impatient(url: String) -> HookCall {
    HookCall { timeout: Duration::from_millis(300), ..call(url) }
}

/// As long as a test may wait for what should take 300 ms.
const LATE: Duration = Duration::from_secs(5);

/// docs/attacks.md#a-webhook-that-answers-without-end
#[tokio::test]
async fn whoever_is_slow_at_any_stage_has_one_deadline_for_all_of_them() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    let drip = format!("{head}{}", "x".repeat(1000)).into_bytes();
    for (certificate, does) in [
        (None, Does::Nothing),
        (Some(Certificate::OfTheName), Does::Nothing),
        (None, Does::Stays(Vec::new())),
        (Some(Certificate::OfTheName), Does::Stays(Vec::new())),
        (None, Does::Stays(b"HTTP/1.1 200".to_vec())),
        (None, Does::Stays(head.as_bytes().to_vec())),
        (Some(Certificate::OfTheName), Does::Stays(head.as_bytes().to_vec())),
        (None, Does::Stays(format!("{head}half").into_bytes())),
        // Each byte comes in time, all of them do not.
        (None, Does::Drips(drip.clone())),
        (Some(Certificate::OfTheName), Does::Drips(drip)),
    ] {
        let says = format!("{certificate:?} {does:?}");
        let receiver = Receiver::at("127.0.0.1:0", certificate, does).await;
        let url = if certificate.is_some() { receiver.https("localhost", "/") } else { receiver.url("/") };
        let client = client().with_resolver(Names::leading_to(&[&["127.0.0.1"]]));
        let error = tokio::time::timeout(LATE, refused(&client, impatient(url))).await;
        assert_eq!(error, Ok(HookError::TimedOut), "{says}");
        assert_eq!(receiver.connections(), 1, "{says}");
    }
}

#[tokio::test]
async fn a_resolver_that_does_not_answer_is_waited_for_within_the_deadline() {
    let asked = Arc::new(AtomicUsize::new(0));
    let client = client().with_resolver(Arc::new(Deaf(Arc::clone(&asked))));
    let error = tokio::time::timeout(LATE, refused(&client, impatient("https://hooks.example.test/".into()))).await;
    assert_eq!(error, Ok(HookError::TimedOut));
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_request_that_is_not_taken_is_given_up_within_the_deadline() {
    let receiver = Receiver::start(Does::Nothing).await;
    let mut large = impatient(receiver.url("/"));
    // More than all buffers between two sockets hold.
    large.body = vec![b'x'; 64 * 1024 * 1024];
    let error = tokio::time::timeout(LATE, refused(&client(), large)).await;
    assert_eq!(error, Ok(HookError::TimedOut));
}

/// A listener whose queue is full: the system answers nobody any more, as a firewall does that drops what comes.
async fn full(address: &str) -> (tokio::net::TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(address.parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let place = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(place)).await {
        queued.push(stream.unwrap());
        assert!(queued.len() < 100, "its queue has no end");
    }
    (listener, queued)
}

#[tokio::test]
async fn an_address_that_answers_nothing_is_given_up_within_the_deadline() {
    let (listener, _queued) = full("127.0.0.1:0").await;
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let error = tokio::time::timeout(LATE, refused(&client(), impatient(url))).await;
    assert_eq!(error, Ok(HookError::TimedOut));
}

#[tokio::test]
async fn an_address_that_answers_nothing_leaves_time_for_the_next_one() {
    let receiver = Receiver::start(Does::answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).await;
    let (_listener, _queued) = full(&format!("127.0.0.2:{}", receiver.address.port())).await;
    let client = client().with_resolver(Names::leading_to(&[&["127.0.0.2", "127.0.0.1"]]));
    let url = format!("http://hooks.example.test:{}/", receiver.address.port());
    let call = HookCall { timeout: Duration::from_secs(2), ..call(url) };
    let answer = gatewright_core::port::HookCaller::call(&client, call).await;
    assert_eq!(answer.map(|answer| answer.status), Ok(200));
    assert_eq!(receiver.connections(), 1);
}
