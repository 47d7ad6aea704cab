//! Where webhooks may lead. The second opinions are the WHATWG's reader of URLs, and the ranges of addresses written down again in
//! another way. Names are asked of a resolver in here, so nothing leaves the process.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use gatewright_core::{
    model::{Secret, Timestamp},
    port::{HookCall, HookCaller, HookError},
};
use gatewright_hooks::{HookClient, HookRules, Resolve, check_url};
use tokio::runtime::{Builder, Runtime};
use url::{Host, Url};

use crate::spelling::{forges, keeps_secret, text};

/// A URL as an administrator sets it. What is taken is understood by a browser as the same, and asks for that name alone, once.
pub fn webhook_url(data: &[u8]) {
    let Some(url) = text(data) else { return };
    let called = |answers: &[IpAddr]| call(url, answers);
    if let Err(says) = check_url(url, &HookRules::default()) {
        keeps_secret(says);
        assert_eq!(called(&[PUBLIC]), (Err(HookError::Refused(says)), Vec::new()));
        return;
    }
    assert!(url.starts_with("https://") && url.is_ascii() && !forges(url) && url.len() <= 2048, "{url}");
    let Ok(browser) = Url::parse(url) else {
        // Punycode that is none is a name like others to us, and to nobody else.
        assert!(url.to_ascii_lowercase().contains("xn--"), "{url}");
        return;
    };
    assert!(browser.scheme() == "https" && browser.username().is_empty() && browser.password().is_none(), "{url}");
    assert!(browser.fragment().is_none() && browser.port() != Some(0), "{url}");
    match browser.host().expect("a URL of this scheme has a host") {
        Host::Domain(name) => {
            // The answers lead nowhere, so that nobody is connected to.
            assert_eq!(called(&[]).1, [name], "{url}");
            let (answer, asked) = called(&[PUBLIC, IpAddr::V4(Ipv4Addr::LOCALHOST)]);
            assert_eq!((answer, asked.len()), (Err(HookError::Refused("it leads to this machine")), 1), "{url}");
        }
        Host::Ipv4(address) => assert!(is_public_v4(address) && url.contains(&address.to_string()), "{url}"),
        Host::Ipv6(address) => assert!(is_public_v6(address), "{url}"),
    }
}

/// Four or sixteen bytes as an address: in a URL, and as what a name leads to.
pub fn webhook_address(data: &[u8]) {
    let (address, is_public) = if let Ok(octets) = <[u8; 4]>::try_from(data) {
        let address = Ipv4Addr::from(octets);
        (IpAddr::V4(address), is_public_v4(address))
    } else if let Ok(octets) = <[u8; 16]>::try_from(data) {
        let address = Ipv6Addr::from(octets);
        (IpAddr::V6(address), is_public_v6(address))
    } else {
        return;
    };
    let host = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    assert_eq!(check_url(&format!("https://{host}/"), &HookRules::default()).is_ok(), is_public, "{address}");
    let allowed = HookRules { allow: vec![address.into()], ..HookRules::default() };
    assert_eq!(check_url(&format!("https://{host}/"), &allowed), Ok(()));
    if !is_public {
        for answers in [&[address][..], &[PUBLIC, address], &[address, PUBLIC]] {
            let (answer, asked) = call("https://hooks.example.test/", answers);
            assert!(matches!(answer, Err(HookError::Refused(_))), "{address}: {answer:?}");
            assert_eq!(asked, ["hooks.example.test"]);
        }
    }
}

const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a, b & 0xc0) == (100, 64)
        || (a, b & 0xfe) == (198, 18)
        || [(192, 0, 0), (192, 88, 99)].contains(&(a, b, c))
        || (a, b, c, d) == (168, 63, 129, 16);
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x2002, ..] => false,
        [0x3fff, second, ..] => second >= 0x1000,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

/// Leads every name to these addresses, and keeps what it was asked.
struct Names {
    answers: Vec<IpAddr>,
    asked: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Resolve for Names {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        Ok(self.answers.clone())
    }
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_time().build().unwrap());

/// Calls, and says what was asked of the resolver. The runtime can only tell the time: it could not connect.
fn call(url: &str, answers: &[IpAddr]) -> (Result<u16, HookError>, Vec<String>) {
    let names = Arc::new(Names { answers: answers.to_vec(), asked: Mutex::default() });
    let client = HookClient::new(HookRules::default(), None).unwrap().with_resolver(names.clone());
    let call = HookCall {
        url: url.to_owned(),
        id: "msg_1".to_owned(),
        at: Timestamp::from_secs(1_795_292_400),
        body: b"{}".to_vec(),
        secrets: vec![Secret::new([7; 32])],
        timeout: Duration::from_secs(5),
    };
    let answer = RUNTIME.block_on(client.call(call)).map(|answer| answer.status);
    let asked = names.asked.lock().unwrap().clone();
    (answer, asked)
}
