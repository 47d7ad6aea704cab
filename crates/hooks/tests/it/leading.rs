//! Where a call can be led by whoever sets the URL, or owns the name in it.

use gatewright_core::port::{HookCaller, HookError};
use gatewright_hooks::{ClearText, HookClient, HookRules};

use crate::{
    Names,
    authority::{self, Certificate},
    call, client, client_that_may_call,
    receiver::{Does, Receiver},
    refused, unreachable,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A client as it is without any setting, but for the tests' authority.
fn strict() -> HookClient {
    HookClient::new(HookRules::default(), Some(authority::pem().as_bytes())).unwrap()
}

/// docs/attacks.md#webhook-into-our-own-network
#[tokio::test]
async fn a_name_that_leads_to_what_is_not_public_is_not_called() {
    let trap = Receiver::with(Certificate::OfTheName, Does::answers(OK)).await;
    for address in [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.1.2.3",
        "100.100.100.200",
        "168.63.129.16",
        "169.254.169.254",
        "172.31.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "4000::1",
    ] {
        let names = Names::leading_to(&[&[address]]);
        let client = strict().with_resolver(names.clone());
        let error = refused(&client, call(trap.https("hooks.example.test", "/"))).await;
        let HookError::Refused(says) = error else { panic!("{address}: {error:?}") };
        assert!(says.starts_with("it leads "), "{address}: {says}");
        assert_eq!(names.asked(), ["hooks.example.test"]);
    }
    assert_eq!(trap.connections(), 0);
}

/// docs/attacks.md#webhook-into-our-own-network
#[tokio::test]
async fn a_name_that_leads_to_one_address_too_many_is_not_called_at_all() {
    let receiver = Receiver::with(Certificate::OfTheName, Does::answers(OK)).await;
    let client = client_that_may_call(&["127.0.0.1/32"]);
    for addresses in [
        &["127.0.0.1", "127.0.0.2"][..],
        &["127.0.0.2", "127.0.0.1"],
        &["127.0.0.1", "::1"],
        &["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "10.0.0.1"],
    ] {
        let client = client_that_may_call(&["127.0.0.1/32"]).with_resolver(Names::leading_to(&[addresses]));
        let error = refused(&client, call(receiver.https("hooks.example.test", "/"))).await;
        assert!(matches!(error, HookError::Refused(_)), "{addresses:?}: {error:?}");
    }
    assert_eq!(receiver.connections(), 0);
    let client = client.with_resolver(Names::leading_to(&[&["127.0.0.1"]]));
    client.call(call(receiver.https("hooks.example.test", "/"))).await.unwrap();
    assert_eq!(receiver.connections(), 1);
}

/// docs/attacks.md#dns-rebinding-of-a-webhook
#[tokio::test]
async fn a_name_is_asked_for_once_and_the_connection_goes_where_that_answer_led() {
    let receiver = Receiver::with(Certificate::OfTheName, Does::answers(OK)).await;
    // The same port at an address that may not be called: whoever asks twice lands here.
    let inside = format!("127.0.0.2:{}", receiver.address.port());
    let inside = Receiver::at(&inside, Some(Certificate::OfTheName), Does::answers(OK)).await;
    let names = Names::leading_to(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let client = client_that_may_call(&["127.0.0.1/32"]).with_resolver(names.clone());
    let url = receiver.https("hooks.example.test", "/");
    client.call(call(&url)).await.unwrap();
    assert_eq!((names.asked().len(), receiver.connections(), inside.connections()), (1, 1, 0));
    // The next call asks anew, and judges anew.
    assert_eq!(refused(&client, call(&url)).await, HookError::Refused("it leads to this machine"));
    assert_eq!((names.asked().len(), receiver.connections(), inside.connections()), (2, 1, 0));
}

/// docs/attacks.md#webhook-into-our-own-network
#[tokio::test]
async fn an_address_in_a_url_is_judged_like_one_that_was_looked_up() {
    let trap = Receiver::with(Certificate::OfTheAddress, Does::answers(OK)).await;
    let names = Names::leading_to(&[&["8.8.8.8"]]);
    let client = strict().with_resolver(names.clone());
    for host in [
        "127.0.0.1",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
    ] {
        let error = refused(&client, call(trap.https(host, "/"))).await;
        assert!(matches!(error, HookError::Refused(_)), "{host}: {error:?}");
    }
    assert_eq!(trap.connections(), 0);
    assert!(names.asked().is_empty(), "what looks like an address is nobody's name: {:?}", names.asked());
}

#[tokio::test]
async fn the_name_of_this_machine_leads_here_only_if_the_operator_says_so() {
    let receiver = Receiver::with(Certificate::OfTheName, Does::answers(OK)).await;
    let url = receiver.https("localhost", "/");
    assert_eq!(refused(&strict(), call(&url)).await, HookError::Refused("it leads to this machine"));
    assert_eq!(receiver.connections(), 0);
    // By the operating system's own resolver; where it also knows ::1, nobody listens there.
    let answer = client_that_may_call(&["127.0.0.0/8", "::1/128"]).call(call(&url)).await;
    assert_eq!(answer.map(|answer| answer.status), Ok(200));
}

/// docs/attacks.md#webhook-read-on-the-way
#[tokio::test]
async fn in_clear_nobody_is_called_unless_the_operator_says_so() {
    let receiver = Receiver::start(Does::answers(OK)).await;
    let allow = vec!["127.0.0.0/8".parse().unwrap()];
    let rules = HookRules { allow: allow.clone(), clear: ClearText::Never };
    let client = HookClient::new(rules, None).unwrap();
    assert!(
        matches!(refused(&client, call(receiver.url("/"))).await, HookError::Refused(says) if says.contains("https://"))
    );
    // Not to the Internet even then.
    let rules = HookRules { allow, clear: ClearText::ToAllowed };
    let client = HookClient::new(rules, None).unwrap().with_resolver(Names::leading_to(&[&["8.8.8.8"]]));
    let error = refused(&client, call("http://hooks.example.test/")).await;
    assert!(matches!(error, HookError::Refused(says) if says.contains("use https://")), "{error:?}");
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn the_next_address_is_tried_where_nobody_listens() {
    let receiver = Receiver::with(Certificate::OfTheName, Does::answers(OK)).await;
    let client = client().with_resolver(Names::leading_to(&[&["127.0.0.9", "127.0.0.8", "127.0.0.1"]]));
    let answer = client.call(call(receiver.https("hooks.example.test", "/"))).await;
    assert_eq!(answer.map(|answer| answer.status), Ok(200));
}

#[tokio::test]
async fn a_name_without_an_address_is_said_to_have_none() {
    let client = client().with_resolver(Names::leading_to(&[&[]]));
    let error = refused(&client, call("https://hooks.example.test/canary")).await;
    assert_eq!(error, unreachable("its name has no address"));
}
