//! The cookies of pages: what a link carried, so that it is in no address that a browser shows, keeps or passes on (SECURITY EM6);
//! the key by which this browser's forms are known (SECURITY WB6); the selection token between a login and its choice; the address that
//! a mail was asked for; and the accounts that the browser was told to remember.
//!
//! All are `SameSite=Lax`: a link in a mail is opened from another site, and the page that it leads to has to see them.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};

use crate::{
    Problem,
    cookie::{self, CookieNames},
};

/// How long a page holds what its link carried. Whoever takes longer opens the link again.
const LINK_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long a form that stays open can be sent.
const KEY_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// A cookie of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageCookie {
    /// What the link to this page carried.
    Link(&'static str),
    /// The key to this browser's forms.
    Key,
    /// The selection token.
    Selection,
    /// The address that somebody typed to be sent a mail, so that it need not be typed again beside the mail's code.
    Asked,
    /// The accounts that this browser remembers.
    Known,
}

impl PageCookie {
    fn name(self, names: CookieNames) -> String {
        let prefix = names.host_prefix();
        match self {
            Self::Link(page) => format!("{prefix}gw_mail_{page}"),
            Self::Key => format!("{prefix}gw_form"),
            Self::Selection => format!("{prefix}gw_selection"),
            Self::Asked => format!("{prefix}gw_asked"),
            Self::Known => format!("{prefix}gw_known"),
        }
    }

    /// Its value in a request.
    ///
    /// # Errors
    /// It came twice (SECURITY WB3).
    pub(super) fn read(self, headers: &HeaderMap, names: CookieNames) -> Result<Option<&str>, Problem> {
        cookie::only(headers, &self.name(names))
    }

    /// A `Set-Cookie` that keeps `value`, of which every byte is one that cookies may have; a selection token lives as long as
    /// it says, as do the accounts that are remembered.
    pub(super) fn set(self, names: CookieNames, value: &str, life: Option<Duration>) -> Option<HeaderValue> {
        let own = match self {
            Self::Link(_) | Self::Selection | Self::Asked => LINK_LIFE,
            Self::Key | Self::Known => KEY_LIFE,
        };
        let mut line = self.line(names, value, life.unwrap_or(own));
        line.as_mut().into_iter().for_each(|line| line.set_sensitive(true));
        line
    }

    /// A `Set-Cookie` that deletes it.
    pub(super) fn delete(self, names: CookieNames) -> Option<HeaderValue> {
        self.line(names, "", Duration::ZERO)
    }

    fn line(self, names: CookieNames, value: &str, life: Duration) -> Option<HeaderValue> {
        let (name, secure, secs) = (self.name(names), names.secure(), life.as_secs());
        HeaderValue::try_from(format!("{name}={value}; Path=/; Max-Age={secs}; HttpOnly{secure}; SameSite=Lax")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wb1_the_cookies_of_pages_have_every_mark() {
        let line = PageCookie::Link("magic_link").set(CookieNames::Host, "gwm_x", None).unwrap();
        assert!(line.is_sensitive(), "no log shows it");
        let expected = "__Host-gw_mail_magic_link=gwm_x; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax";
        assert_eq!(line.to_str().unwrap(), expected);
        let deleted = PageCookie::Key.delete(CookieNames::Plain).unwrap();
        assert_eq!(deleted.to_str().unwrap(), "gw_form=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }
}
