//! Servers that are broken, or that mean harm with what they answer.

use std::time::Duration;

use gatewright_core::port::{HookAnswer, HookCaller, HookError, MAX_HOOK_ANSWER};

use crate::{
    Names,
    authority::Certificate,
    call, client,
    receiver::{Does, Receiver},
    refused, unreachable,
};

/// docs/attacks.md#webhook-into-our-own-network
#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let inside = Receiver::start(Does::answers("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")).await;
    for status in [301, 302, 303, 307, 308] {
        let url = inside.url("/latest/meta-data");
        let answer =
            format!("HTTP/1.1 {status} Go\r\nLocation: {url}\r\nRefresh: 0; url={url}\r\nContent-Length: 0\r\n\r\n");
        let receiver = Receiver::start(Does::answers(&answer)).await;
        let read = client().call(call(receiver.url("/"))).await;
        assert_eq!(read, Ok(HookAnswer { status, body: Vec::new() }));
        assert_eq!(receiver.connections(), 1);
    }
    assert_eq!(inside.connections(), 0);
}

/// docs/attacks.md#a-webhook-that-answers-without-end
#[tokio::test]
async fn a_body_is_read_up_to_the_limit_and_no_further() {
    let chunk = |length: usize| format!("{length:x}\r\n{}\r\n", "x".repeat(length));
    for length in [MAX_HOOK_ANSWER, MAX_HOOK_ANSWER + 1] {
        let text = "x".repeat(length);
        let chunks = format!("{}{}0\r\n\r\n", chunk(MAX_HOOK_ANSWER / 2), chunk(length - MAX_HOOK_ANSWER / 2));
        for answer in [
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{text}"),
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"),
            format!("HTTP/1.1 200 OK\r\n\r\n{text}"),
            format!("HTTP/1.0 200 OK\r\n\r\n{text}"),
        ] {
            let receiver = Receiver::start(Does::answers(&answer)).await;
            let read = client().call(call(receiver.url("/"))).await;
            if length == MAX_HOOK_ANSWER {
                assert_eq!(read.map(|answer| answer.body.len()), Ok(length), "{}", &answer[..60]);
            } else {
                assert_eq!(read, Err(HookError::TooLarge), "{}", &answer[..60]);
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_says_itself_that_it_is_too_long_is_not_waited_for() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", MAX_HOOK_ANSWER + 1);
    let receiver = Receiver::start(Does::Stays(head.into_bytes())).await;
    assert_eq!(refused(&client(), call(receiver.url("/"))).await, HookError::TooLarge);
}

/// docs/attacks.md#a-webhook-that-answers-without-end
#[tokio::test]
async fn a_body_or_a_head_without_end_is_given_up() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let header = format!("X: {}\r\n", "y".repeat(1000)).into_bytes();
    for (first, then) in [
        (chunked.clone(), b"4\r\nabcd\r\n".to_vec()),
        (b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 1000]),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n".to_vec(), vec![b'x'; 1000]),
        (b"HTTP/1.1 200 OK\r\n".to_vec(), header),
        (b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: b\r\n".to_vec()),
        (b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 1000]),
        (b"HTTP/1.1 200 ".to_vec(), vec![b'x'; 1000]),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n".to_vec(), b"x".to_vec()),
    ] {
        let says = String::from_utf8_lossy(&first).into_owned();
        let receiver = Receiver::start(Does::Repeats(first, then)).await;
        assert_eq!(refused(&client(), call(receiver.url("/"))).await, HookError::TooLarge, "{says:?}");
    }
    // What belongs to the length of chunks and not to the body, and what comes behind it.
    for (first, then) in [
        ([chunked.clone(), b"1;".to_vec()].concat(), vec![b'x'; 1000]),
        ([chunked.clone(), b"0\r\n".to_vec()].concat(), b"a: b\r\n".to_vec()),
    ] {
        let says = String::from_utf8_lossy(&first).into_owned();
        let receiver = Receiver::start(Does::Repeats(first, then)).await;
        let error = refused(&client(), call(receiver.url("/"))).await;
        assert!(matches!(error, HookError::Unreachable(_) | HookError::TooLarge), "{says:?}: {error:?}");
    }
    // What is nothing, again and again: noughts before the length of a chunk, answers that say that another one comes. Nothing of it
    // is kept, and the deadline ends it.
    for (first, then) in [(chunked, vec![b'0'; 1000]), (Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())] {
        let receiver = Receiver::start(Does::Repeats(first, then)).await;
        let mut impatient = call(receiver.url("/"));
        impatient.timeout = Duration::from_millis(500);
        assert_eq!(refused(&client(), impatient).await, HookError::TimedOut);
    }
}

#[tokio::test]
async fn a_head_of_ordinary_size_is_read() {
    let headers: String = (0..60).map(|number| format!("X-{number}: {}\r\n", "y".repeat(200))).collect();
    let receiver =
        Receiver::start(Does::answers(&format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 0\r\n\r\n"))).await;
    assert_eq!(client().call(call(receiver.url("/"))).await.map(|answer| answer.status), Ok(200));
}

/// docs/attacks.md#a-webhook-that-answers-without-end
#[tokio::test]
async fn a_head_beyond_its_limits_is_too_large_although_it_ends() {
    let many: String = (0..65).map(|number| format!("X-{number}: y\r\n")).collect();
    let long = format!("X: {}\r\n", "y".repeat(16 * 1024));
    for headers in [many, long] {
        let answer = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 0\r\n\r\n");
        let receiver = Receiver::start(Does::answers(&answer)).await;
        assert_eq!(refused(&client(), call(receiver.url("/"))).await, HookError::TooLarge, "{}", &headers[..20]);
    }
}

#[tokio::test]
async fn what_is_no_answer_is_none() {
    let no_http = "it did not speak HTTP";
    let cut = "it closed the connection before its answer was complete";
    for (answer, says) in [
        ("", cut),
        ("HTTP/1.1 20", cut),
        ("HTTP/1.1 200 OK\r\n", cut),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", cut),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", cut),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", cut),
        ("canary", no_http),
        ("<html>an old server that sends no head</html>\r\n\r\n", no_http),
        ("220 smtp.example.test ESMTP\r\n", no_http),
        ("HTTP/2.0 200 OK\r\n\r\n", no_http),
        ("HTTP/1.1 2000 OK\r\n\r\n", no_http),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", no_http),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", no_http),
        ("HTTP/1.1 200 OK\r\nA B: c\r\n\r\n", no_http),
        ("HTTP/1.1 200 OK\r\nA: b\r\n c: folded\r\n\r\n", no_http),
    ] {
        let receiver = Receiver::start(Does::answers(answer)).await;
        assert_eq!(refused(&client(), call(receiver.url("/"))).await, unreachable(says), "{answer:?}");
    }
}

#[tokio::test]
async fn a_connection_that_is_reset_is_told_as_that_and_nothing_is_said_twice() {
    for does in [Does::Resets, Does::ResetsAtOnce] {
        for certificate in [None, Some(Certificate::OfTheName)] {
            let receiver = Receiver::at("127.0.0.1:0", certificate, does.clone()).await;
            let url = if certificate.is_some() { receiver.https("localhost", "/") } else { receiver.url("/") };
            let client = client().with_resolver(Names::leading_to(&[&["127.0.0.1", "127.0.0.1"]]));
            let error = refused(&client, call(url)).await;
            assert!(matches!(error, HookError::Unreachable(_)), "{error:?}");
            assert_eq!(receiver.connections(), 1, "it is the outbox that tries again, not the client");
        }
    }
}
