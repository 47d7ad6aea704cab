//! The URL of a webhook, read more strictly than a browser reads it: two readers that disagree about the host are how a check
//! is got around.
//!
//! What must stay true: what is accepted means the same to every reader (WHATWG, RFC 3986); an address has one spelling per family,
//! so that `2130706433`, `0x7f.1` and `127.1` are names of nothing.

use std::{fmt::Write, net::IpAddr};

use http::uri::PathAndQuery;

use crate::rules::{ClearText, HookRules, Scheme};

/// The longest URL that is taken, in bytes. Longer ones do not pass every server.
pub const MAX_URL_LEN: usize = 2048;

/// RFC 1035 section 2.3.4: a name has 255 bytes on the wire, which are 253 characters.
const MAX_NAME_LEN: usize = 253;
const MAX_LABEL_LEN: usize = 63;

/// Whether this may stand as the URL of a webhook; nothing is asked of the network, so a name may still turn out to lead where it
/// must not. The text says what is wrong with it and does not repeat it.
///
/// # Errors
/// What is wrong, as the end of a sentence that begins with the URL.
pub fn check_url(url: &str, rules: &HookRules) -> Result<(), &'static str> {
    Target::parse(url, rules).map(drop)
}

/// A URL that was read.
pub(crate) struct Target {
    pub(crate) scheme: Scheme,
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) path: PathAndQuery,
}

/// Whom a URL names.
pub(crate) enum Host {
    /// In small letters.
    Name(String),
    Address(IpAddr),
}

impl Target {
    /// Reads it, and judges the address if it is one.
    pub(crate) fn parse(url: &str, rules: &HookRules) -> Result<Self, &'static str> {
        if url.len() > MAX_URL_LEN {
            return Err("it is longer than 2048 bytes");
        }
        let (scheme, rest) = scheme(url, rules)?;
        if let Some(byte) = rest.bytes().find(|byte| !is_of_a_url(*byte)) {
            return Err(match byte {
                b'#' => "it has a fragment, which is for browsers",
                _ => {
                    "it has a character that has to be percent-encoded, or a name that has to be written in ASCII (xn--…)"
                }
            });
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = authority_of(authority)?;
        let port = match port {
            Some(port) => port_of(port)?,
            None => scheme.usual_port(),
        };
        if let Host::Address(address) = host {
            rules.judge(scheme, address)?;
        }
        Ok(Self { scheme, host, port, path: path_of(path)? })
    }

    /// What stands in the header `Host`: without the port where it is the usual one (RFC 9110 section 7.2).
    pub(crate) fn authority(&self) -> String {
        let mut text = match &self.host {
            Host::Name(name) => name.clone(),
            Host::Address(IpAddr::V4(address)) => address.to_string(),
            Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
        };
        if self.port != self.scheme.usual_port() {
            let _infallible = write!(text, ":{}", self.port);
        }
        text
    }
}

impl Scheme {
    const fn usual_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

fn scheme<'u>(url: &'u str, rules: &HookRules) -> Result<(Scheme, &'u str), &'static str> {
    if let Some(rest) = url.strip_prefix("https://") {
        return Ok((Scheme::Https, rest));
    }
    match (url.strip_prefix("http://"), rules.clear) {
        (Some(_), ClearText::Never) => Err("it begins with http://, and calls in clear are turned off; use https://"),
        (Some(_), ClearText::ToAllowed) if rules.allow.is_empty() => {
            Err("it begins with http://, and no network is named that may be called so; use https://")
        }
        (Some(rest), ClearText::ToAllowed) => Ok((Scheme::Http, rest)),
        (None, _) => Err("it does not begin with https://"),
    }
}

/// RFC 3986 appendix A, without `#`. What else a browser takes (`\` for `/`, tabs that it removes) is what readers differ in.
fn is_of_a_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte)
}

fn authority_of(authority: &str) -> Result<(Host, Option<&str>), &'static str> {
    if authority.contains('@') {
        return Err("it has a user or a password; a call is known by its signature");
    }
    if let Some(rest) = authority.strip_prefix('[') {
        let (literal, rest) = rest.split_once(']').ok_or("it has no usable host")?;
        let address = literal.parse().map_err(|_| "it has no usable host: inside of [ ] stands an IPv6 address")?;
        let port = match rest.strip_prefix(':') {
            Some(port) => Some(port),
            None if rest.is_empty() => None,
            None => return Err("it has no usable host"),
        };
        return Ok((Host::Address(IpAddr::V6(address)), port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if host.is_empty() {
        return Err("it names no host");
    }
    Ok((name_or_address(host)?, port))
}

fn name_or_address(host: &str) -> Result<Host, &'static str> {
    let last = host.rsplit('.').next().unwrap_or_default();
    // WHATWG URL, "ends in a number": to browsers and to the resolver of the operating system all of these are addresses.
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
        || last.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    if is_number {
        let address = host.parse().map_err(|_| "it has no usable host: an IPv4 address is four decimal numbers")?;
        return Ok(Host::Address(IpAddr::V4(address)));
    }
    let is_name = host.len() <= MAX_NAME_LEN && host.split('.').all(is_label);
    is_name.then(|| Host::Name(host.to_ascii_lowercase())).ok_or("it has no usable host")
}

/// Letters, digits and hyphens (RFC 1123 section 2.1), and the underscore, which names of containers have.
fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL_LEN).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn port_of(text: &str) -> Result<u16, &'static str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain).ok_or("its port is no number from 1 to 65535")
}

fn path_of(text: &str) -> Result<PathAndQuery, &'static str> {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('%') {
        if !behind.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            return Err("a % in it is not followed by two hexadecimal digits");
        }
        rest = behind;
    }
    let text = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
    PathAndQuery::try_from(text).map_err(|_| "its path cannot be used")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> HookRules {
        HookRules { allow: vec!["127.0.0.0/8".parse().unwrap()], clear: ClearText::ToAllowed }
    }

    fn read(url: &str, rules: &HookRules) -> Result<(String, u16, String), &'static str> {
        Target::parse(url, rules).map(|target| (target.authority(), target.port, target.path.to_string()))
    }

    #[test]
    fn a_url_is_read_with_its_parts() {
        for (url, authority, port, path) in [
            ("https://hooks.example.test", "hooks.example.test", 443, "/"),
            ("https://hooks.example.test:443/", "hooks.example.test", 443, "/"),
            ("https://Hooks.Example.Test:8443/a/b?c=d%20e&f", "hooks.example.test:8443", 8443, "/a/b?c=d%20e&f"),
            ("https://hooks.example.test?x=1", "hooks.example.test", 443, "/?x=1"),
            ("https://xn--bcher-kva.example/x", "xn--bcher-kva.example", 443, "/x"),
            ("https://my_service/x", "my_service", 443, "/x"),
            ("https://1.2.3.example.test/", "1.2.3.example.test", 443, "/"),
            ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
            ("https://[2606:4700::1111]:444/", "[2606:4700::1111]:444", 444, "/"),
            ("https://[2606:4700:0:0:0:0:0:1111]", "[2606:4700::1111]", 443, "/"),
            ("http://127.0.0.1:80/x", "127.0.0.1", 80, "/x"),
            ("http://localhost:3000/x", "localhost:3000", 3000, "/x"),
            ("https://e.test/a/../b//c/@:[]", "e.test", 443, "/a/../b//c/@:[]"),
        ] {
            assert_eq!(read(url, &open()), Ok((authority.to_owned(), port, path.to_owned())), "{url}");
        }
    }

    /// docs/attacks.md#webhook-into-our-own-network
    #[test]
    fn an_address_is_read_in_its_one_spelling_only() {
        for host in [
            "2130706433",
            "0x7f000001",
            "0X7F000001",
            "017700000001",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "127.0.1",
            "127.0.0.01",
            "127.0.0.1.",
            "127.0.0.1.0",
            "127.0.0.0x1",
            "127.0.0.256",
            "0",
            "1.1.1.1e",
            "%31.1.1.1",
            "[127.0.0.1]",
            "[::1%25lo]",
            "[::1%lo]",
            "[::1",
            "::1",
            "[::1]x",
            "[v1.x]",
            "[[::1]]",
            "1.1.1.1.0x",
            "a.0x1f",
        ] {
            // A name that merely looks like an address is a name.
            let read = read(&format!("https://{host}/"), &open());
            assert_eq!(read.is_ok(), host == "1.1.1.1e", "{host}: {read:?}");
        }
    }

    /// docs/attacks.md#webhook-into-our-own-network
    #[test]
    fn an_address_that_may_not_be_called_cannot_even_be_set() {
        let rules = HookRules::default();
        for host in
            ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[fd00:ec2::254]", "[::ffff:10.0.0.1]", "0.0.0.0"]
        {
            let says = check_url(&format!("https://{host}/latest/meta-data"), &rules).unwrap_err();
            assert!(says.starts_with("it leads "), "{host}: {says}");
        }
        assert_eq!(check_url("https://127.0.0.1/", &open()), Ok(()));
        assert!(check_url("https://[::ffff:127.0.0.1]/", &open()).is_err(), "the setting names the other form");
    }

    #[test]
    fn in_clear_only_what_the_operator_has_named_is_called() {
        let refused = |url: &str, rules: &HookRules| check_url(url, rules).unwrap_err();
        assert!(refused("http://hooks.example.test/", &HookRules::default()).contains("turned off"));
        let nameless = HookRules { allow: Vec::new(), clear: ClearText::ToAllowed };
        assert!(refused("http://hooks.example.test/", &nameless).contains("no network is named"));
        assert!(refused("http://8.8.8.8/", &open()).contains("use https://"));
        assert_eq!(check_url("http://127.0.0.1:9/", &open()), Ok(()));
    }

    #[test]
    fn what_readers_of_urls_differ_in_is_refused() {
        let long = format!("https://hooks.example.test/{}", "a".repeat(MAX_URL_LEN));
        let label = format!("https://{}.test/", "a".repeat(64));
        let name = format!("https://{}test/", "abcd.".repeat(50));
        for url in [
            "",
            "/",
            "//hooks.example.test/",
            "hooks.example.test",
            "https:",
            "https:/hooks.example.test",
            "https://",
            "https:///",
            "https://?x",
            "https://:443/",
            "HTTPS://hooks.example.test/",
            "ftp://hooks.example.test/",
            "file:///etc/passwd",
            "gopher://hooks.example.test/",
            " https://hooks.example.test/",
            "https://hooks.example.test/ ",
            "https://user@hooks.example.test/",
            "https://user:password@hooks.example.test/",
            "https://@hooks.example.test/",
            "https://8.8.8.8:443@127.0.0.1/",
            "https://127.0.0.1\\@hooks.example.test/",
            "https://hooks.example.test\\/",
            "https://hooks.example.test/#x",
            "https://hooks.example.test#@127.0.0.1/",
            "https://hooks.exam\tple.test/",
            "https://hooks.example.test/\r\nX: y",
            "https://hooks.example.test/\u{e4}",
            "https://h\u{f6}st.test/",
            "https://\u{ff11}27.0.0.1/",
            "https://127\u{3002}0.0.1/",
            "https://%6c%6f/",
            "https://a..b/",
            "https://.a/",
            "https://a./",
            "https://-a.test/",
            "https://a-.test/",
            "https://a.test:0/",
            "https://a.test:/",
            "https://a.test:65536/",
            "https://a.test:+443/",
            "https://a.test:0443/",
            "https://a.test:44 3/",
            "https://a.test:443:443/",
            "https://a.test:https/",
            "https://a.test/%",
            "https://a.test/%zz",
            "https://a.test/%4",
            "https://a.test/<x>",
            "https://a.test/{x}",
            "https://a$b.test/",
            "https://a.test/|",
            "https://a.test/^",
            "https://a.test/`",
            "https://a.test/\"",
            "https://a.test/\u{0}",
            "https://a,b/",
            "https://[]/",
            "https://a]b/",
            &long,
            &label,
            &name,
        ] {
            assert!(check_url(url, &open()).is_err(), "{url:?}");
        }
    }

    /// Parts of URLs, and of what is taken for one.
    const PARTS: [&str; 40] = [
        "https://",
        "http://",
        "//",
        "/",
        "\\",
        "@",
        ":",
        "443",
        ":80",
        "?",
        "#",
        "%",
        "%2e",
        "%40",
        ".",
        "..",
        "-",
        "_",
        "a",
        "a.test",
        "xn--",
        "xn--bcher-kva",
        "127.0.0.1",
        "127.1",
        "8.8.8.8",
        "0x7f",
        "0X08",
        "010",
        "2130706433",
        "1",
        "[::1]",
        "[2606:4700::1111]",
        "[::ffff:8.8.8.8]",
        "[",
        "]",
        "\t",
        " ",
        "\u{3002}",
        "\u{ff11}",
        "B",
    ];

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { cases: 20_000, failure_persistence: None, ..Default::default() })]

        /// docs/attacks.md#webhook-into-our-own-network
        #[test]
        fn what_is_accepted_means_the_same_to_a_browser(
            parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..6),
        ) {
            let rules = HookRules { allow: vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()], ..HookRules::default() };
            let text = format!("https://{}", parts.concat());
            if let Ok(target) = Target::parse(&text, &rules) {
                let Ok(browser) = url::Url::parse(&text) else {
                    // A label that says it is Punycode and is none: to us it is a name like others, and nobody else takes it.
                    proptest::prop_assert!(text.contains("xn--"), "{}", text);
                    return Ok(());
                };
                let host = match browser.host().unwrap() {
                    url::Host::Domain(name) => name.to_owned(),
                    url::Host::Ipv4(address) => address.to_string(),
                    url::Host::Ipv6(address) => format!("[{address}]"),
                };
                let port = target.port;
                let expected = if port == 443 { host } else { format!("{host}:{port}") };
                proptest::prop_assert_eq!(target.authority(), expected);
                proptest::prop_assert_eq!(browser.port_or_known_default(), Some(port));
                proptest::prop_assert_eq!(browser.query(), target.path.query());
                proptest::prop_assert!(browser.username().is_empty() && browser.password().is_none());
                proptest::prop_assert!(browser.fragment().is_none());
                let is_address = matches!(target.host, Host::Address(_));
                proptest::prop_assert_eq!(is_address, !matches!(browser.host(), Some(url::Host::Domain(_))));
            }
        }
    }
}
