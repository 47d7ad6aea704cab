//! Gatewright over HTTP: the crate that an app embeds.
//!
//! [`router`] gives an `axum::Router` with every call of the API; nest it under any path. [`Signed`] is an extractor for the
//! app's own handlers: `Signed<Caller>`, `Signed<Owner>`, `Signed<Fresh<Owner>>`. What must stay true: a handler takes
//! extractors, calls one act of the core and returns one view; the core decides, this crate translates.

mod code;
mod cookie;
mod edge;
mod extract;
mod layer;
mod login_url;
mod look;
mod options;
mod page;
mod problem;
mod route;
mod timer;
mod view;

pub use gatewright_core as core;
pub use gatewright_core::{Caller, Earned, Fresh, Gatewright, Owner, token};

pub use self::{
    code::Code,
    edge::Edge,
    extract::Signed,
    login_url::{LoginUrl, NotALoginUrl},
    look::{Accent, Logo, NotALogo, NotAnAccent, PageFile, PageFileMistake, PageFiles, PageLook},
    options::{ClearSiteData, CookieSecurity, HttpOptions, NotAnOrigin, Origin, PageSettings, Pages},
    problem::{DOCS_URL, Problem},
    route::openapi,
    timer::TokioTimer,
};

/// The routes of `gate`, with all layers, ready to be served or nested.
///
/// It answers what is no route of it with a problem. An app that has it at the root, not nested, makes it its
/// `fallback_service`.
///
/// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so that rate limits know who is calling.
pub fn router(gate: &Gatewright, options: HttpOptions) -> axum::Router {
    Edge::new(gate, options).router()
}
