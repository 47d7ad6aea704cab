//! What is said, and which answers are understood.

use gatewright_core::{
    model::{Secret, Timestamp},
    port::{HookAnswer, HookCaller, HookError},
};
use gatewright_hooks::{TOLERANCE, Unverified, secret_text, verify};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    AT, Names,
    authority::Certificate,
    call, client,
    receiver::{Does, Receiver},
    refused, unreachable,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";

fn headers(head: &str) -> HeaderMap {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    lines.map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())).collect()
}

#[tokio::test]
async fn a_call_says_exactly_this() {
    let receiver = Receiver::start(Does::answers(OK)).await;
    let answer = client().call(call(receiver.url("/in?x=%20&y"))).await;
    assert_eq!(answer, Ok(HookAnswer { status: 200, body: br#"{"ok":true}"#.to_vec() }));
    let heard = receiver.heard().remove(0);
    let signature = headers(&heard.head)["webhook-signature"].to_str().unwrap().to_owned();
    let expected = format!(
        "POST /in?x=%20&y HTTP/1.1\r\nhost: {}\r\nuser-agent: gatewright-webhooks\r\ncontent-type: application/json\r\n\
         accept: application/json\r\nconnection: close\r\nwebhook-id: msg_0123\r\nwebhook-timestamp: {AT}\r\n\
         webhook-signature: {signature}\r\ncontent-length: 23\r\n\r\n",
        receiver.address
    );
    assert_eq!(heard.head, expected);
    assert_eq!(heard.body, br#"{"type":"user.created"}"#);
}

#[tokio::test]
async fn whoever_is_called_can_check_the_signature_with_the_new_secret_and_with_the_old_one() {
    let receiver = Receiver::with(Certificate::OfTheName, Does::answers(OK)).await;
    let client = client().with_resolver(Names::leading_to(&[&["127.0.0.1"]]));
    let (new, old) = (Secret::new([1; 32]), Secret::new([2; 32]));
    let mut call = call(receiver.https("hooks.example.test", "/in"));
    call.secrets = vec![new.clone(), old.clone()];
    client.call(call).await.unwrap();
    let heard = receiver.heard().remove(0);
    let now = Timestamp::from_secs(AT + 60);
    let checked =
        |secret: &Secret<32>, body: &[u8]| verify(&secret_text(secret), &headers(&heard.head), body, now, TOLERANCE);
    assert_eq!(checked(&new, &heard.body), Ok(()));
    assert_eq!(checked(&old, &heard.body), Ok(()));
    assert_eq!(checked(&Secret::new([3; 32]), &heard.body), Err(Unverified::Signature));
    assert_eq!(checked(&new, b"{}"), Err(Unverified::Signature));
}

#[tokio::test]
async fn answers_of_all_shapes_are_read() {
    for (answer, status, body) in [
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        ("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", 500, "no"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n",
            200,
            "abcde",
        ),
        ("HTTP/1.1 200 OK\r\n\r\nuntil it closes", 200, "until it closes"),
        ("HTTP/1.0 200 OK\r\n\r\nold", 200, "old"),
        ("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold, and more", 200, "old"),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 1\r\n\r\nx",
            202,
            "x",
        ),
        ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, ""),
        // What is compressed stays so: nothing small becomes large in here.
        (
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x0b\x08\x00",
            200,
            "\x1f\x0b\x08\x00",
        ),
        // The next answer, to a question that nobody asked.
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 200, "ok"),
    ] {
        let receiver = Receiver::start(Does::answers(answer)).await;
        let read = client().call(call(receiver.url("/"))).await;
        assert_eq!(read, Ok(HookAnswer { status, body: body.as_bytes().to_vec() }), "{answer:?}");
    }
}

#[tokio::test]
async fn sixteen_calls_at_once_get_an_answer_each_and_their_own() {
    let receiver = Receiver::with(Certificate::OfTheName, Does::Echoes).await;
    let client = client().with_resolver(Names::leading_to(&[&["127.0.0.1"]]));
    let calls = (0..16_usize).map(|number| {
        let mut call = call(receiver.https("hooks.example.test", "/"));
        call.body = number.to_string().repeat(100 * (16 - number)).into_bytes();
        let (client, body) = (&client, call.body.clone());
        async move { assert_eq!(client.call(call).await, Ok(HookAnswer { status: 200, body })) }
    });
    futures(calls).await;
    assert_eq!((receiver.connections(), receiver.heard().len()), (16, 16), "one connection for each call");
}

/// All of these at once, in this task.
async fn futures(all: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_signed_or_named_is_not_sent() {
    let receiver = Receiver::start(Does::answers(OK)).await;
    let mut unsigned = call(receiver.url("/"));
    unsigned.secrets.clear();
    assert_eq!(refused(&client(), unsigned).await, HookError::Refused("there is no secret to sign with"));
    let long = "x".repeat(257);
    for id in ["", "a.b", "a b", "a\r\nX: y", "\u{e4}", &long] {
        let mut nameless = call(receiver.url("/"));
        nameless.id = id.to_owned();
        assert_eq!(refused(&client(), nameless).await, HookError::Refused("its message has no usable id"), "{id:?}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn nobody_at_the_address_is_said_and_the_url_is_not() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/canary?token=canary", gone.local_addr().unwrap());
    drop(gone);
    assert_eq!(refused(&client(), call(url)).await, unreachable("connecting: connection refused"));
}
