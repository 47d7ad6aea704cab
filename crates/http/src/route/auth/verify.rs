//! `GET /auth/verify`: whether a proxy may let a request through (forward-auth). `docs/forward-auth.md` tells how to set one up.
//!
//! What must stay true: the answer lets through (200) only what was judged and found good; a renewed session's cookies leave with it
//! whatever it is; and what a script must never read is in no header that a browser shows to scripts.

mod answer;

use axum::{
    extract::{FromRef, FromRequestParts, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
    routing::any,
};
use gatewright_core::{ForwardAuthQuestion, Renewal, RouteVerdict};
use utoipa_axum::router::OpenApiRouter;

use self::answer::{denied, passed, sent_again, sign_in_first};
use crate::{
    Edge, Problem,
    extract::{Asked, Client, Forwarded, Shown, Unsaid, VERIFY},
    route::doc::{Always, Authenticated},
};

/// Asks on behalf of a request that a proxy has before it. With 200 it may pass: the headers `Gatewright-User-Id`,
/// `Gatewright-Account-Id`, `Gatewright-Session-Id`, `Gatewright-Username` (UTF-8, percent-encoded where it is not visible ASCII),
/// `Gatewright-Roles` (separated by commas) and `Gatewright-Jwt` (an access token, for whoever trusts no headers) say whose it is;
/// without them it is nobody's. Sessions in cookies are renewed on the way, and `Set-Cookie` has to reach the browser, whatever the
/// status is. With `renewal=redirect` a renewal is answered with 307 to the address that was asked for, for proxies that pass on no
/// cookies of an answer that lets pass.
#[utoipa::path(
    get, path = "/auth/verify", tag = "service", operation_id = "verify",
    params(
        ("renewal" = Option<String>, Query, description = "`redirect`, or nothing"),
        ("X-Forwarded-Method" = Option<String>, Header, description = "The request's method; or `X-Original-Method`"),
        ("X-Forwarded-Uri" = Option<String>, Header, description = "Its path and query; or `X-Original-URI`"),
        ("X-Forwarded-Host" = Option<String>, Header, description = "Its host"),
        ("X-Forwarded-Proto" = Option<String>, Header, description = "`https` or `http`"),
    ),
    security(("access_cookie" = []), ("refresh_cookie" = []), ("access_token" = [])),
    responses(
        (status = 200, description = "It may pass; the headers say whose it is",
            headers(("Gatewright-User-Id" = String), ("Gatewright-Account-Id" = String), ("Gatewright-Session-Id" = String),
                ("Gatewright-Username" = String), ("Gatewright-Roles" = String), ("Gatewright-Jwt" = String))),
        (status = 307, description = "It was renewed and is to be sent again; `Set-Cookie` renews the browser's cookies"),
        (status = 403, description = "`permission_denied`: a rule keeps it from passing, or the rules cannot be asked because \
            the proxy did not say, so that it can be believed, what is asked for", body = crate::view::Problem<'static>,
            content_type = "application/problem+json"),
        Always, Authenticated
    )
)]
pub(crate) async fn verify(
    State(edge): State<Edge>,
    Client(client): Client,
    Asked(asked): Asked,
    Shown(credentials): Shown,
    way: Way,
) -> Result<Response, Problem> {
    if let (Err(unsaid), false) = (&asked, edge.gate().policy().routes.is_empty()) {
        warn(*unsaid);
    }
    let address = way.leads_back_to(asked.as_ref().ok());
    let route = asked.as_ref().ok().map(|forwarded| &forwarded.route);
    let question = ForwardAuthQuestion { credentials, route, renewal: way.renewal(address.as_deref()) };
    Ok(match edge.gate().forward_auth(question, &client).await? {
        RouteVerdict::Pass(None) => passed(&edge, None, way.reader),
        RouteVerdict::Pass(Some(visitor)) => match (address, visitor.renewed()) {
            (Some(address), Some(renewed)) => sent_again(&edge, renewed, &address),
            (_, _) => passed(&edge, Some(&visitor), way.reader),
        },
        RouteVerdict::Deny(visitor) => denied(&edge, visitor.as_ref()),
        RouteVerdict::SignInFirst(refusal) => sign_in_first(&edge, refusal, asked.as_ref().ok(), &way),
    })
}

/// The same call with the path of the request behind its own, and with its method: for proxies that can only put a prefix in front
/// of a path.
pub(crate) fn below() -> OpenApiRouter<Edge> {
    let everything = format!("{VERIFY}/{{*path}}");
    OpenApiRouter::new().route(&format!("{VERIFY}/"), any(verify)).route(&everything, any(verify))
}

/// An operator has to mend it: nobody gets through.
fn warn(unsaid: Unsaid) {
    let says = "forward-auth refuses a request";
    match unsaid {
        Unsaid::Stranger => {
            tracing::warn!("{says}: `trusted_proxies` does not name who asks, so that its word is not taken");
        }
        Unsaid::Missing(what) => tracing::warn!(what, "{says}: the proxy did not say what it is for"),
        Unsaid::Contradiction(what) => tracing::warn!(what, "{says}: what it is for was said twice, or in two ways"),
        Unsaid::Ambiguous(what) => tracing::info!(what, "{says}: what it is for could be read in two ways"),
    };
}

/// How the answer comes to the browser.
pub(crate) struct Way {
    delivery: Delivery,
    reader: Reader,
    headers: HeaderMap,
}

/// What becomes of cookies in an answer that lets pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    /// The proxy passes them on.
    InTheAnswer,
    /// The proxy drops them: the browser is sent to the same address again, which any proxy passes on.
    ByRedirect,
}

/// Who reads the headers of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// A proxy.
    Proxy,
    /// Perhaps a page: a browser has sent the request, and no proxy that is believed said for what it is.
    Page,
}

impl<S: Send + Sync> FromRequestParts<S> for Way
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(Asked(asked)) = Asked::from_request_parts(parts, state).await;
        let is_below = parts.uri.path().starts_with(&format!("{VERIFY}/"));
        // Below our path the query is that of the request, and says nothing to us.
        let mut wishes = parts.uri.query().filter(|_| !is_below).unwrap_or_default().split('&');
        let wish = wishes.find_map(|pair| pair.strip_prefix("renewal="));
        let delivery = match wish {
            None => Delivery::InTheAnswer,
            Some("redirect") => Delivery::ByRedirect,
            Some(_) => return Err(Problem::invalid("renewal", "`renewal` is `redirect`, or not there")),
        };
        let is_browser = ["sec-fetch-mode", "sec-fetch-dest"].iter().any(|name| parts.headers.contains_key(*name));
        let reader = if is_browser && asked.is_err() { Reader::Page } else { Reader::Proxy };
        Ok(Self { delivery, reader, headers: parts.headers.clone() })
    }
}

impl Way {
    /// Where a renewed browser is sent, if it has to be sent anywhere.
    fn leads_back_to(&self, asked: Option<&Forwarded>) -> Option<String> {
        match self.delivery {
            Delivery::InTheAnswer => None,
            Delivery::ByRedirect => asked.and_then(Forwarded::url),
        }
    }

    /// Who cannot be sent back is not renewed: its new cookies would be lost on the way.
    fn renewal(&self, address: Option<&str>) -> Renewal {
        match (self.delivery, address) {
            (Delivery::ByRedirect, None) => Renewal::Impossible,
            (Delivery::ByRedirect, Some(_)) | (Delivery::InTheAnswer, _) => Renewal::Possible,
        }
    }

    /// Whether a person waits for a page: as the browser says (Fetch Metadata), and where it says nothing, by what it takes.
    fn is_navigation(&self) -> bool {
        let text = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok());
        match text("sec-fetch-mode") {
            Some(mode) => mode == "navigate",
            None => text(header::ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html")),
        }
    }

    /// Whether the browser followed a link of another site, so that it kept its strict cookies to itself.
    fn is_from_elsewhere(&self) -> bool {
        self.headers.get("sec-fetch-site") == Some(&HeaderValue::from_static("cross-site"))
    }
}
