//! Where somebody goes on who is done here, as the address of a page says (`?next=`). What must stay true: it leads to a path of
//! this very origin, or to an origin that the operator has named, and nobody else chooses where people end up (an open redirector
//! makes a phishing page look like ours).

use super::sheet::Href;
use crate::{Edge, Origin, Pages};

/// Longer ones are not followed.
const LONGEST: usize = 2048;

/// Where to go on. It is a path of our origin, or a URL of an origin that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next(String);

impl Next {
    /// What the text says, if it may be followed.
    pub(super) fn parse(text: &str, edge: &Edge) -> Option<Self> {
        // What a browser drops, or takes for a slash, would make another address of it; so would what is not ASCII.
        let is_plain = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let is_path = text.starts_with('/') && !text.starts_with("//");
        (is_plain && (is_path || is_allowed_url(text, edge))).then(|| Self(text.to_owned()))
    }

    /// As text, for a form that carries it on.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn href(&self) -> Href {
        Href::Out(self.0.clone())
    }

    /// The page with this to go on to.
    pub(super) fn after(next: Option<&Self>, page: &str) -> String {
        next.map_or_else(|| page.to_owned(), |next| format!("{page}?next={}", encoded(&next.0)))
    }
}

fn is_allowed_url(text: &str, edge: &Edge) -> bool {
    let is_web = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
    let Some(origin) = Origin::of_url(text).filter(|_| is_web) else { return false };
    let allowed = match &edge.options().pages {
        Pages::On(settings) => settings.next_origins.as_slice(),
        Pages::Off => &[],
    };
    edge.own_origin() == Some(&origin) || allowed.contains(&origin)
}

/// As a value in a query.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().map(encoded_byte).collect()
}

fn encoded_byte(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
