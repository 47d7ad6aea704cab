//! TLS: the certificate is for the host of the URL, wherever the connection goes.

use gatewright_core::port::{HookAnswer, HookCaller};
use gatewright_hooks::{ClearText, HookClient, HookRules};

use crate::{
    Names,
    authority::Certificate,
    call, client,
    receiver::{Does, Receiver},
    refused, unreachable,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn here() -> HookClient {
    client().with_resolver(Names::leading_to(&[&["127.0.0.1"]]))
}

/// docs/attacks.md#webhook-read-on-the-way
#[tokio::test]
async fn the_certificate_is_for_the_name_of_the_url() {
    let receiver = Receiver::with(Certificate::OfTheName, Does::answers(OK)).await;
    let answer = here().call(call(receiver.https("HOOKS.example.test", "/"))).await;
    assert_eq!(answer, Ok(HookAnswer { status: 200, body: b"ok".to_vec() }));
    let heard = receiver.heard().remove(0);
    assert_eq!(heard.server_name.as_deref(), Some("hooks.example.test"));
    assert!(heard.head.contains(&format!("\r\nhost: hooks.example.test:{}\r\n", receiver.address.port())));

    let other = here().call(call(receiver.https("others.example.test", "/"))).await;
    assert_eq!(other, Err(unreachable("TLS: its certificate is for another name")));
}

/// docs/attacks.md#webhook-read-on-the-way
#[tokio::test]
async fn a_certificate_that_cannot_be_believed_is_not_spoken_to() {
    for (certificate, host, says) in [
        (Certificate::OfAnotherName, "hooks.example.test", "TLS: its certificate is for another name"),
        (Certificate::OfTheAddress, "hooks.example.test", "TLS: its certificate is for another name"),
        (Certificate::OfTheName, "127.0.0.1", "TLS: its certificate is for another name"),
        (Certificate::Expired, "hooks.example.test", "TLS: its certificate has expired"),
        (Certificate::OfAStranger, "hooks.example.test", "TLS: its certificate is signed by nobody who is believed"),
    ] {
        let receiver = Receiver::with(certificate, Does::answers(OK)).await;
        let error = refused(&here(), call(receiver.https(host, "/canary"))).await;
        assert_eq!(error, unreachable(says), "{certificate:?}");
        assert!(receiver.heard().is_empty(), "nothing was said: {certificate:?}");
    }
}

#[tokio::test]
async fn a_url_with_an_address_takes_a_certificate_for_that_address() {
    let receiver = Receiver::with(Certificate::OfTheAddress, Does::answers(OK)).await;
    let answer = client().call(call(receiver.https("127.0.0.1", "/"))).await;
    assert_eq!(answer, Ok(HookAnswer { status: 200, body: b"ok".to_vec() }));
    assert_eq!(receiver.heard().remove(0).server_name, None, "an address is no server name");
}

#[tokio::test]
async fn the_authority_of_the_tests_is_believed_only_where_it_was_given() {
    let receiver = Receiver::with(Certificate::OfTheName, Does::answers(OK)).await;
    let rules = HookRules { allow: vec!["127.0.0.0/8".parse().unwrap()], clear: ClearText::Never };
    let client = HookClient::new(rules, None).unwrap().with_resolver(Names::leading_to(&[&["127.0.0.1"]]));
    let says = refused(&client, call(receiver.https("hooks.example.test", "/"))).await.to_string();
    // A machine without any certificates says that instead.
    assert!(says.contains("nobody who is believed") || says.contains("no certificates to believe"), "{says}");
    assert!(receiver.heard().is_empty());
}

#[tokio::test]
async fn who_does_not_speak_tls_is_not_spoken_to_in_clear() {
    for does in [Does::SpeaksFirst(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()), Does::ResetsAtOnce] {
        let receiver = Receiver::start(does).await;
        let says = refused(&here(), call(receiver.https("hooks.example.test", "/"))).await.to_string();
        assert!(says.starts_with("it cannot be reached: TLS: "), "{says}");
        assert!(receiver.heard().is_empty());
    }
}

/// docs/attacks.md#webhook-read-on-the-way
#[tokio::test]
async fn an_answer_that_somebody_has_cut_off_is_none() {
    let cut = Err(unreachable("it closed the connection before its answer was complete"));
    for (answer, read) in [
        ("HTTP/1.1 200 OK\r\n\r\n{\"allow\":true,", cut.clone()),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"allow\"", cut),
        // Its end is known without TLS saying so.
        (OK, Ok(HookAnswer { status: 200, body: b"ok".to_vec() })),
    ] {
        let receiver = Receiver::with(Certificate::OfTheName, Does::Cuts(answer.as_bytes().to_vec())).await;
        let url = receiver.https("hooks.example.test", "/");
        assert_eq!(here().call(call(url)).await, read, "{answer:?}");
    }
}
