//! Where somebody signs in whom forward-auth has turned away.
//!
//! What must stay true: what a proxy said of the request ends up in one parameter, encoded, and nowhere else in the address.

use std::{fmt, str::FromStr};

use crate::Origin;

/// The address of a login page: a URL (https, or http), or a path of the issuer's origin. It may have a query, and has no fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginUrl(String);

/// This is no address of a login page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotALoginUrl;

/// Where the login page leads back to is not told if it is longer: proxies refuse long addresses.
const LONGEST_NEXT: usize = 2048;

impl LoginUrl {
    /// The page of ours.
    pub(crate) fn hosted() -> Self {
        Self("/login".to_owned())
    }

    /// The whole address at this origin, with the place to come back to. Always a URL with a host: a proxy that passes the header on
    /// may resolve a path against the address that it asked.
    pub(crate) fn with_next(&self, own: &str, next: Option<&str>) -> String {
        let at = if self.0.starts_with('/') { own } else { "" };
        let mut url = format!("{at}{}", self.0);
        if let Some(next) = next.filter(|next| next.len() <= LONGEST_NEXT) {
            url.push_str(if self.0.contains('?') { "&next=" } else { "?next=" });
            url.extend(next.bytes().map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    char::from(byte).to_string()
                }
                byte => format!("%{byte:02X}"),
            }));
        }
        url
    }
}

impl FromStr for LoginUrl {
    type Err = NotALoginUrl;

    fn from_str(text: &str) -> Result<Self, NotALoginUrl> {
        let legal =
            text.len() <= 1024 && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"#<>\\^`{|}'".contains(&byte));
        let is_path = text.starts_with('/') && !text.starts_with("//");
        let is_web = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
        let is_url = is_web && Origin::of_url(text).is_some();
        if legal && (is_path || is_url) { Ok(Self(text.to_owned())) } else { Err(NotALoginUrl) }
    }
}

impl fmt::Display for LoginUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NotALoginUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a login page is a URL such as `https://app.example.com/login`, or a path such as `/login`, without `#`",
        )
    }
}

impl std::error::Error for NotALoginUrl {}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://auth.example.test";

    #[test]
    fn the_way_back_is_one_parameter_whatever_it_is() {
        let url = |login: &str, next: Option<&str>| login.parse::<LoginUrl>().unwrap().with_next(OWN, next);
        assert_eq!(url("/login", None), "https://auth.example.test/login");
        assert_eq!(url("/login", Some("/a/b")), "https://auth.example.test/login?next=/a/b");
        assert_eq!(url("https://app.test/in?x=1", Some("/a")), "https://app.test/in?x=1&next=/a");
        assert_eq!(
            url("/login", Some("/a?b=c&next=//evil.test#%0d\"<é")),
            "https://auth.example.test/login?next=/a%3Fb%3Dc%26next%3D//evil.test%23%250d%22%3C%C3%A9"
        );
        assert_eq!(url("/login", Some(&"/".repeat(2049))), "https://auth.example.test/login");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "login",
            "//evil.test/login",
            "/\\evil.test",
            "javascript:alert(1)",
            "ftp://x/login",
            "https://",
            "https://u@x/login",
            "/login#x",
            "/log in",
            "/login\n",
            "/l\u{f6}gin",
            "/\"><script>",
        ] {
            assert_eq!(bad.parse::<LoginUrl>(), Err(NotALoginUrl), "{bad:?}");
        }
    }
}
