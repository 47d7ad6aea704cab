//! The mark that tells the browser which asked for a mail from all others (SECURITY EM4).

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use gatewright_core::model::BrowserMark;

use crate::{Edge, Problem, cookie};

/// The browser's mark, if it has one.
///
/// It authenticates nothing by itself: what heeds it wants the mail's secret as well, which no foreign page can know
/// together with a mark that fits. So a page's origin is checked as for any other call, and not once more.
#[derive(Clone, Debug)]
pub(crate) struct BrowserCookie(pub(crate) Option<BrowserMark>);

impl<S: Send + Sync> FromRequestParts<S> for BrowserCookie
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        Ok(Self(cookie::read_browser(&parts.headers, edge.cookie_names())?))
    }
}
