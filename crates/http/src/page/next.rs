//! Where somebody goes on who is done here, as the address of a page says (`?next=`). What must stay true: it leads to a path of
//! this very origin, or to an origin that the operator has named, and nobody else chooses where people end up (an open redirector
//! makes a phishing page look like ours). It is judged again on every step that carries it: what came back in a form is as foreign
//! as what came in an address.

use super::{
    filled::Filled,
    sheet::{Field, Href},
    visit::Visit,
};
use crate::{Edge, Origin, Pages};

/// Longer ones are not followed.
const LONGEST: usize = 2048;
/// In addresses and forms.
const NAME: &str = "next";

/// Where to go on. It is a path of our origin, or a URL of an origin that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next(String);

impl Next {
    /// What the text says, if it may be followed.
    pub(super) fn parse(text: &str, edge: &Edge) -> Option<Self> {
        // What a browser drops, or takes for a slash, would make another address of it; so would what is not ASCII.
        let is_plain = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let is_path = text.starts_with('/') && !text.starts_with("//");
        (is_plain && !has_dots(text) && (is_path || is_allowed_url(text, edge))).then(|| Self(text.to_owned()))
    }

    /// What the address of a page says.
    pub(super) fn asked(visit: &Visit) -> Option<Self> {
        Self::parse(&visit.parameter(NAME)?, &visit.edge)
    }

    /// What a form carried on.
    pub(super) fn carried(visit: &Visit, filled: &Filled) -> Option<Self> {
        Self::parse(filled.text(NAME), &visit.edge)
    }

    /// The field that carries it on, if there is anything to carry.
    pub(super) fn field(next: Option<&Self>) -> Option<Field> {
        next.map(|next| Field::hidden(NAME, next.as_str()))
    }

    /// As text, for a form that carries it on.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn href(&self) -> Href {
        Href::Out(self.0.clone())
    }

    /// There; without it to the operator's app, and where none is named to the account.
    pub(super) fn or_home(next: Option<&Self>, edge: &Edge) -> Href {
        let home = || match &edge.options().pages {
            Pages::On(settings) => settings.home.clone().map(Href::Out),
            Pages::Off => None,
        };
        next.map(Self::href).or_else(home).unwrap_or_else(|| Href::page("account"))
    }

    /// The page with this to go on to. The page may have a query.
    pub(super) fn after(next: Option<&Self>, page: &str) -> String {
        let joint = if page.contains('?') { '&' } else { '?' };
        next.map_or_else(|| page.to_owned(), |next| format!("{page}{joint}{NAME}={}", encoded(&next.0)))
    }
}

/// Whether the path has segments that are no names but ways (`.`, `..`, however they are spelled). Browsers resolve them, so what is
/// asked for would be another path than the one that was judged: `/.//evil.test` becomes one with two slashes in front.
fn has_dots(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    path.split('/').any(|segment| segment == "." || segment == "..")
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
