//! What somebody sees whom forward-auth has turned away, where the proxy passes our answer on: a page that leads on by itself,
//! without a script.
//!
//! A link of another site carries no `SameSite=Strict` cookie (SECURITY WB2), so who followed one may be signed in all the same. The
//! page then asks for the same address again, and that is a request of its own site. It does so once: the second request does not
//! come from another site.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    language::Language,
    sheet::{Block, Href, Sheet},
    text::Text,
    visit,
};
use crate::{Edge, Problem};

/// Where a page leads whose visitor is not signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Onward {
    /// To the login page.
    SignIn(String),
    /// To the very address that was asked for.
    Again(String),
}

/// Makes the answer of a problem a page that leads on. Its headers stay.
pub(crate) fn instead(mut response: Response, edge: &Edge, asked: &HeaderMap, onward: Onward) -> Response {
    let (title, lead, link, to) = match onward {
        Onward::SignIn(to) => (Text::SIGN_IN_TITLE, Text::SIGN_IN_LEAD, Text::SIGN_IN_LINK, to),
        Onward::Again(to) => (Text::MOMENT_TITLE, Text::MOMENT_LEAD, Text::MOMENT_LINK, to),
    };
    let sheet = Sheet::new(title)
        .paragraph(lead)
        .block(Block::Link { says: link.into(), href: Href::Out(to.clone()) })
        .leading(to);
    let language = Language::of(asked);
    let page = visit::page_elsewhere(edge, language, StatusCode::UNAUTHORIZED, &sheet);
    // Who answers last would write it anew as the document that it was.
    response.extensions_mut().remove::<Problem>();
    visit::turn_into(&mut response, page);
    response
}
