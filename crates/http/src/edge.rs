//! An instance together with how it is reached: the state of every handler, and what an embedder keeps in its own state so
//! that the extractors of this crate work in its handlers.

use std::sync::{Arc, OnceLock};

use axum::{Router, extract::FromRef};
use bytes::Bytes;
use gatewright_core::Gatewright;

use crate::{
    CookieSecurity, HttpOptions, Origin, PageLook, PageSettings, Pages, cookie::CookieNames, layer, page, route,
};

/// A [`Gatewright`] with its [`HttpOptions`]. Cheap to clone.
///
/// An app that uses [`Signed`](crate::Signed) in its own handlers has one of these in its state and implements
/// `FromRef<AppState> for Edge`.
#[derive(Clone, Debug)]
pub struct Edge(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    gate: Gatewright,
    options: HttpOptions,
    own_origin: Option<Origin>,
    cookie_names: CookieNames,
    openapi: OnceLock<Bytes>,
    printer: OnceLock<Result<page::Printer, page::Misprint>>,
    assets: OnceLock<page::Assets>,
}

impl Edge {
    /// Joins an instance and its options.
    #[must_use]
    pub fn new(gate: &Gatewright, options: HttpOptions) -> Self {
        let own_origin = Origin::of_url(&gate.policy().issuer);
        let on_loopback = own_origin.as_ref().is_some_and(Origin::is_loopback);
        let cookie_names = match options.cookies {
            CookieSecurity::PlainOnLoopback if on_loopback => CookieNames::Plain,
            CookieSecurity::PlainOnLoopback | CookieSecurity::Secure => CookieNames::Host,
        };
        let (openapi, printer, assets) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self(Arc::new(Inner { gate: gate.clone(), options, own_origin, cookie_names, openapi, printer, assets }))
    }

    /// The routes with all layers, for an app of any state. Nest it under any path; tell the path in
    /// [`HttpOptions::base_path`].
    pub fn router<S>(&self) -> Router<S> {
        let api = route::api().split_for_parts().0;
        let routes = match &self.options().pages {
            Pages::On(_) => api.merge(page::routes()),
            Pages::Off => api,
        };
        layer::around(routes, self).with_state(self.clone())
    }

    /// The instance.
    #[must_use]
    pub fn gate(&self) -> &Gatewright {
        &self.0.gate
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &HttpOptions {
        &self.0.options
    }

    pub(crate) fn cookie_names(&self) -> CookieNames {
        self.0.cookie_names
    }

    pub(crate) fn own_origin(&self) -> Option<&Origin> {
        self.0.own_origin.as_ref()
    }

    /// Whether pages of this origin may act with our cookies.
    pub(crate) fn trusts_origin(&self, origin: &str) -> bool {
        let own = self.own_origin().is_some_and(|own| own.as_str() == origin);
        own || self.allows_foreign(origin)
    }

    /// Whether the origin is on the allowlist. Exactly, as browsers send it (SECURITY WB5).
    pub(crate) fn allows_foreign(&self, origin: &str) -> bool {
        self.0.options.cors_origins.iter().any(|allowed| allowed.as_str() == origin)
    }

    /// What gives pages their words and their form, made when the first page is read.
    pub(crate) fn printer(&self) -> Result<&page::Printer, &page::Misprint> {
        let made = self.0.printer.get_or_init(|| {
            let settings = self.page_settings();
            let named = settings.and_then(|settings| settings.product.as_deref());
            let product = named.or(self.own_origin().map(Origin::authority)).unwrap_or_default();
            match settings {
                Some(settings) => page::Printer::with(product, &settings.look.files),
                None => page::Printer::new(product),
            }
        });
        made.as_ref()
    }

    /// The files that pages refer to.
    pub(crate) fn assets(&self) -> &page::Assets {
        self.0.assets.get_or_init(|| match self.page_settings() {
            Some(settings) => page::Assets::new(self.gate(), &settings.look),
            None => page::Assets::new(self.gate(), &PageLook::default()),
        })
    }

    fn page_settings(&self) -> Option<&PageSettings> {
        match &self.options().pages {
            Pages::On(settings) => Some(settings),
            Pages::Off => None,
        }
    }

    pub(crate) fn openapi_json(&self) -> Bytes {
        let made = self.0.openapi.get_or_init(|| {
            let mut document = route::openapi();
            document.servers = Some(vec![utoipa::openapi::Server::new(match self.0.options.base_path.as_str() {
                "" => "/",
                path => path,
            })]);
            Bytes::from(serde_json::to_vec(&document).unwrap_or_default())
        });
        made.clone()
    }
}

/// So that a handler may ask for the instance alone.
impl FromRef<Edge> for Gatewright {
    fn from_ref(edge: &Edge) -> Self {
        edge.gate().clone()
    }
}
