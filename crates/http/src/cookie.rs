//! The cookies of sessions, and the mark of a browser that asked for a mail: their names, how they are read and how they are
//! set (DESIGN 4.3, "cookies race too").
//!
//! A session's cookies carry its tag in their name, and an answer touches those of its own session only, so a late answer of
//! one session never overwrites the tokens of another. Names are compared exactly (SECURITY WB3): `__host-x` is not
//! `__Host-x`, and a cookie without a name is none.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use gatewright_core::model::{BrowserMark, MailLifetimes, SessionId};

use crate::{Code, Problem};

/// Browsers cut what lives longer (RFC 6265bis section 5.5).
const MAX_AGE: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// More of a tag than we ever make is none of ours.
const MAX_TAG: usize = 16;

/// Which of a session's cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CookieKind {
    /// The refresh token: `SameSite=Strict`, since no link of another site may spend it.
    Refresh,
    /// The access token: `SameSite=Lax`, so that a link leads to a page that is signed in (SECURITY WB2).
    Access,
}

/// How cookies are named and marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CookieNames {
    /// `__Host-gw_…` with `Secure`.
    Host,
    /// `gw_…` without, for development on loopback.
    Plain,
}

/// A cookie of ours in a request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionCookie {
    pub(crate) kind: CookieKind,
    /// What its name says of its session. Only a label to choose by: the token inside says which session it is.
    pub(crate) tag: String,
    pub(crate) value: String,
}

impl CookieNames {
    fn prefix(self, kind: CookieKind) -> &'static str {
        match (self, kind) {
            (Self::Host, CookieKind::Refresh) => "__Host-gw_rt_",
            (Self::Host, CookieKind::Access) => "__Host-gw_at_",
            (Self::Plain, CookieKind::Refresh) => "gw_rt_",
            (Self::Plain, CookieKind::Access) => "gw_at_",
        }
    }

    /// Of the cookie that tells the browser that asked for a mail from all others.
    fn browser(self) -> &'static str {
        match self {
            Self::Host => "__Host-gw_browser",
            Self::Plain => "gw_browser",
        }
    }

    /// Of the cookie that tells which of several sessions was chosen.
    fn chosen(self) -> &'static str {
        match self {
            Self::Host => "__Host-gw_chosen",
            Self::Plain => "gw_chosen",
        }
    }

    /// What makes a browser bind a cookie to this very host.
    pub(crate) fn host_prefix(self) -> &'static str {
        match self {
            Self::Host => "__Host-",
            Self::Plain => "",
        }
    }

    pub(crate) fn secure(self) -> &'static str {
        match self {
            Self::Host => "; Secure",
            Self::Plain => "",
        }
    }

    /// Kind and tag of a cookie's name, if it is one of ours.
    fn parse(self, name: &str) -> Option<(CookieKind, &str)> {
        [CookieKind::Refresh, CookieKind::Access].into_iter().find_map(|kind| {
            let tag = name.strip_prefix(self.prefix(kind))?;
            is_tag(tag).then_some((kind, tag))
        })
    }

    /// A `Set-Cookie` that keeps `token` for `life`.
    pub(crate) fn set(self, kind: CookieKind, session: SessionId, token: &str, life: Duration) -> Option<HeaderValue> {
        let mut value = self.line(kind, session, token, life.min(MAX_AGE));
        value.as_mut().into_iter().for_each(|value| value.set_sensitive(true));
        value
    }

    /// A `Set-Cookie` that deletes the session's cookie of this kind.
    pub(crate) fn delete(self, kind: CookieKind, session: SessionId) -> Option<HeaderValue> {
        self.line(kind, session, "", Duration::ZERO)
    }

    fn line(self, kind: CookieKind, session: SessionId, token: &str, life: Duration) -> Option<HeaderValue> {
        let (prefix, tag, secs) = (self.prefix(kind), session.tag(), life.as_secs());
        let secure = self.secure();
        let same_site = match kind {
            CookieKind::Refresh => "Strict",
            CookieKind::Access => "Lax",
        };
        let line = format!("{prefix}{tag}={token}; Path=/; Max-Age={secs}; HttpOnly{secure}; SameSite={same_site}");
        HeaderValue::try_from(line).ok()
    }

    /// A `Set-Cookie` that makes the browser known as the one that asked, for as long as any mail is good that it can ask
    /// for. `SameSite=Lax`, because the mail's link is opened from another site: from wherever the mail is read.
    pub(crate) fn set_browser(self, mark: &BrowserMark, lifetimes: &MailLifetimes) -> Option<HeaderValue> {
        let (name, secure, text) = (self.browser(), self.secure(), mark.encode());
        let secs = lifetimes.verify.max(lifetimes.magic).min(MAX_AGE).as_secs();
        let line = format!("{name}={}; Path=/; Max-Age={secs}; HttpOnly{secure}; SameSite=Lax", text.expose());
        let mut value = HeaderValue::try_from(line).ok();
        value.as_mut().into_iter().for_each(|value| value.set_sensitive(true));
        value
    }
}

/// Which of several sessions of a browser was chosen. It holds while the newest of them is the same: who signs in anew is meant by
/// that, whatever was chosen before (DESIGN 4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preference {
    /// The tag of the chosen one.
    pub(crate) tag: String,
    /// The tag of the newest one when it was chosen.
    pub(crate) among: String,
}

impl Preference {
    fn parse(text: &str) -> Option<Self> {
        let (tag, among) = text.split_once('.')?;
        (is_tag(tag) && is_tag(among)).then(|| Self { tag: tag.to_owned(), among: among.to_owned() })
    }

    /// A `Set-Cookie` that keeps it. `SameSite=Lax`, as the access token that it is about.
    pub(crate) fn set(&self, names: CookieNames) -> Option<HeaderValue> {
        let (name, secure, secs) = (names.chosen(), names.secure(), MAX_AGE.as_secs());
        let line =
            format!("{name}={}.{}; Path=/; Max-Age={secs}; HttpOnly{secure}; SameSite=Lax", self.tag, self.among);
        HeaderValue::try_from(line).ok()
    }
}

/// The session that was chosen among several, if one was.
///
/// # Errors
/// The cookie came twice.
pub(crate) fn read_preference(headers: &HeaderMap, names: CookieNames) -> Result<Option<Preference>, Problem> {
    Ok(only(headers, names.chosen())?.and_then(Preference::parse))
}

/// Whether a text may be the tag of a session.
pub(crate) fn is_tag(text: &str) -> bool {
    (1..=MAX_TAG).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// The cookies of ours that came with a request.
///
/// # Errors
/// One name came twice: taking the first or the last would let whoever can add a cookie choose the session (SECURITY WB3).
pub(crate) fn read(headers: &HeaderMap, names: CookieNames) -> Result<Vec<SessionCookie>, Problem> {
    let mut cookies: Vec<SessionCookie> = Vec::new();
    for (name, value) in pairs(headers) {
        let Some((kind, tag)) = names.parse(name) else { continue };
        if cookies.iter().any(|cookie| cookie.kind == kind && cookie.tag == tag) {
            return Err(Problem::new(Code::TokenSourceConflict));
        }
        cookies.push(SessionCookie { kind, tag: tag.to_owned(), value: value.to_owned() });
    }
    Ok(cookies)
}

/// The mark of the browser, if it has one that we can read.
///
/// # Errors
/// It came twice.
pub(crate) fn read_browser(headers: &HeaderMap, names: CookieNames) -> Result<Option<BrowserMark>, Problem> {
    Ok(only(headers, names.browser())?.and_then(BrowserMark::parse))
}

/// The value of the one cookie of this name.
///
/// # Errors
/// It came twice.
pub(crate) fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Problem> {
    let mut values = pairs(headers).filter(|(found, _)| *found == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Problem::new(Code::TokenSourceConflict)),
        (value, None) => Ok(value),
    }
}

/// Names and values, of all headers.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(|pair| std::str::from_utf8(pair).ok()?.trim_matches([' ', '\t']).split_once('='))
}

#[cfg(test)]
mod tests {
    use gatewright_core::model::Secret;

    use super::*;

    fn names_of(lines: &[&str]) -> Result<Vec<(CookieKind, String, String)>, Problem> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_str(line).unwrap());
        }
        let cookies = read(&headers, CookieNames::Host)?;
        Ok(cookies.into_iter().map(|cookie| (cookie.kind, cookie.tag, cookie.value)).collect())
    }

    #[test]
    fn wb3_names_are_read_exactly() {
        let refused = [
            "__host-gw_rt_abcdef01=x",
            "__HOST-gw_rt_abcdef01=x",
            "gw_rt_abcdef01=x",
            "=__Host-gw_rt_abcdef01=x",
            "__Host-gw_rt_abcdef01",
            "__Host-gw_rt_ABCDEF01=x",
            "__Host-gw_rt_=x",
            "__Host-gw_rt_abcdef01 =x",
            "__Host-gw_rt_0123456789abcdef0=x",
        ];
        for line in refused {
            assert_eq!(names_of(&[line]).unwrap(), [], "{line}");
        }
    }

    #[test]
    fn cookies_of_several_headers_are_one_list() {
        let found = names_of(&["a=b; __Host-gw_rt_abcdef01=x=y;theme=dark", " __Host-gw_at_abcdef01=z "]).unwrap();
        let expected = [
            (CookieKind::Refresh, "abcdef01".to_owned(), "x=y".to_owned()),
            (CookieKind::Access, "abcdef01".to_owned(), "z".to_owned()),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn wb3_a_name_that_comes_twice_is_refused() {
        for lines in [&["__Host-gw_rt_aa=x; __Host-gw_rt_aa=x"][..], &["__Host-gw_rt_aa=x", "__Host-gw_rt_aa=y"][..]] {
            assert_eq!(names_of(lines).unwrap_err().code(), Code::TokenSourceConflict);
        }
        assert!(names_of(&["theme=a; theme=b"]).is_ok());
    }

    #[test]
    fn wb2_no_link_of_another_site_carries_a_refresh_token() {
        let line =
            |kind| CookieNames::Host.set(kind, SessionId::from_bytes([1; 16]), "x", Duration::from_secs(9)).unwrap();
        assert!(line(CookieKind::Refresh).to_str().unwrap().ends_with("; SameSite=Strict"));
        assert!(line(CookieKind::Access).to_str().unwrap().ends_with("; SameSite=Lax"));
    }

    #[test]
    fn em4_the_mark_of_a_browser_comes_back_as_it_was_set_and_is_read_exactly() {
        let mark = BrowserMark::new(Secret::new([7; 32]));
        let line = CookieNames::Host.set_browser(&mark, &MailLifetimes::DEFAULT).unwrap();
        assert!(line.is_sensitive(), "no log shows it");
        let (pair, attributes) = line.to_str().unwrap().split_once("; ").unwrap();
        assert_eq!(attributes, "Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax");
        let read = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, HeaderValue::from_str(line).unwrap());
            }
            read_browser(&headers, CookieNames::Host)
        };
        assert_eq!(read(&[&format!("theme=dark; {pair}")]), Ok(Some(mark)));
        for other in ["", "theme=dark", &pair.to_lowercase(), &pair[2..], &format!("{pair}x"), "__Host-gw_browser="] {
            assert_eq!(read(&[other]), Ok(None), "{other}");
        }
        assert_eq!(read(&[pair, pair]).unwrap_err().code(), Code::TokenSourceConflict);
        let plain = CookieNames::Plain.set_browser(&BrowserMark::new(Secret::new([0; 32])), &MailLifetimes::DEFAULT);
        let expected = format!("gw_browser={}; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax", "A".repeat(43));
        assert_eq!(plain.unwrap().to_str().unwrap(), expected);
    }

    #[test]
    fn wb1_a_cookie_is_marked_for_its_host_only() {
        let session = SessionId::from_bytes([0xab; 16]);
        let year = Duration::from_secs(500 * 24 * 60 * 60);
        let refresh = CookieNames::Host.set(CookieKind::Refresh, session, "gwr_x", year).unwrap();
        assert_eq!(
            refresh.to_str().unwrap(),
            "__Host-gw_rt_abababab=gwr_x; Path=/; Max-Age=34560000; HttpOnly; Secure; SameSite=Strict"
        );
        let deleted = CookieNames::Plain.delete(CookieKind::Access, session).unwrap();
        assert_eq!(deleted.to_str().unwrap(), "gw_at_abababab=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }
}
