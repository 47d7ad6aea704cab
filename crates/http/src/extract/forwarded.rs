//! What a proxy says of the request that it has before it and asks about (forward-auth).
//!
//! What must stay true: only proxies that are configured are believed, whoever asks through them can add nothing that is (SECURITY
//! OA10), and what is missing, comes twice, contradicts itself or could be read in two ways is not said at all.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts},
    http::{HeaderMap, Method, header, request::Parts},
};
use gatewright_core::model::{AskedRoute, NormalPath, RouteHost, RouteMethod};

use super::source::Sources;
use crate::{Edge, Origin, Problem};

/// The path of the call. Below it stands the path of the request for proxies that can only put something in front of it.
pub(crate) const VERIFY: &str = "/auth/verify";

/// How proxies name the request line (nginx by custom; Traefik and Caddy), and who it is for.
const URIS: [&str; 2] = ["x-original-uri", "x-forwarded-uri"];
const METHODS: [&str; 2] = ["x-original-method", "x-forwarded-method"];
const HOST: &str = "x-forwarded-host";
const SCHEME: &str = "x-forwarded-proto";

/// A request of which a proxy told us.
#[derive(Clone, Debug)]
pub(crate) struct Forwarded {
    pub(crate) route: AskedRoute,
    /// As it stood in the request line.
    uri: String,
    /// With the port, if the proxy said one.
    authority: String,
    scheme: Option<&'static str>,
}

/// Why it is not known what is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsaid {
    /// The peer is none of the proxies that are believed.
    Stranger,
    /// Something is missing.
    Missing(&'static str),
    /// Something came twice, or in two ways that differ.
    Contradiction(&'static str),
    /// Something cannot be read, or not by everybody alike.
    Ambiguous(&'static str),
}

/// What is asked about, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct Asked(pub(crate) Result<Forwarded, Unsaid>);

impl<S: Send + Sync> FromRequestParts<S> for Asked
where
    Edge: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(forwarded(parts, &Edge::from_ref(state))))
    }
}

fn forwarded(parts: &Parts, edge: &Edge) -> Result<Forwarded, Unsaid> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let proxies = &edge.options().trusted_proxies;
    if !peer.is_some_and(|peer| proxies.iter().any(|net| net.contains(&peer))) {
        return Err(Unsaid::Stranger);
    }
    let headers = &parts.headers;
    let below = Below::of(parts);
    let uri = one(headers, &URIS, below.as_ref().map(|below| below.uri.as_str()), "the path")?;
    let method = one(headers, &METHODS, below.as_ref().map(|below| below.method.as_str()), "the method")?;
    let host = one(headers, &[HOST], below.as_ref().and_then(|below| below.host.as_deref()), "the host")?;
    let route = AskedRoute {
        method: method.parse::<RouteMethod>().map_err(|_| Unsaid::Ambiguous("the method"))?,
        host: host.parse::<RouteHost>().map_err(|_| Unsaid::Ambiguous("the host"))?,
        path: NormalPath::of_uri(uri).map_err(|_| Unsaid::Ambiguous("the path"))?,
    };
    let scheme = one(headers, &[SCHEME], None, "the scheme").ok().and_then(scheme);
    Ok(Forwarded { route, uri: uri.to_owned(), authority: host.to_ascii_lowercase(), scheme })
}

/// What stands below the call's own path: the request line itself, behind a prefix, as Envoy sends it.
struct Below {
    uri: String,
    method: Method,
    host: Option<String>,
}

impl Below {
    fn of(parts: &Parts) -> Option<Self> {
        let path = parts.uri.path().strip_prefix(VERIFY).filter(|path| path.starts_with('/'))?;
        let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut hosts = parts.headers.get_all(header::HOST).iter();
        let header = hosts.next().filter(|_| hosts.next().is_none()).and_then(|host| host.to_str().ok());
        let host = header.or(parts.uri.authority().map(|authority| authority.as_str()));
        Some(Self { uri: format!("{path}{query}"), method: parts.method.clone(), host: host.map(str::to_owned) })
    }
}

/// The one value of these headers and of what stands elsewhere.
fn one<'h>(
    headers: &'h HeaderMap,
    names: &[&str],
    elsewhere: Option<&'h str>,
    what: &'static str,
) -> Result<&'h str, Unsaid> {
    let mut said = elsewhere;
    for name in names {
        let mut values = headers.get_all(*name).iter();
        let Some(value) = values.next() else { continue };
        let value = value.to_str().map_err(|_| Unsaid::Ambiguous(what))?;
        if values.next().is_some() || said.is_some_and(|said| said != value) {
            return Err(Unsaid::Contradiction(what));
        }
        said = Some(value);
    }
    said.filter(|said| !said.is_empty()).ok_or(Unsaid::Missing(what))
}

/// A WebSocket begins as a request of HTTP, and some proxies name it so.
fn scheme(text: &str) -> Option<&'static str> {
    match text {
        "https" | "wss" => Some("https"),
        "http" | "ws" => Some("http"),
        _ => None,
    }
}

impl Forwarded {
    /// The address of the request, if it is known on which scheme it came.
    pub(crate) fn url(&self) -> Option<String> {
        Some(format!("{}://{}{}", self.scheme?, self.authority, self.uri))
    }

    /// Where a login page leads back to: the path alone if it is at our own origin, which no other host can stand in, and a URL
    /// elsewhere.
    pub(crate) fn way_back(&self, own: Option<&Origin>) -> Option<String> {
        let own = own?;
        let scheme = self.scheme.or(own.as_str().split_once("://").map(|(scheme, _)| scheme))?;
        let there: Origin = format!("{scheme}://{}", self.authority).parse().ok()?;
        // A proxy that names no port has been asked at whichever it listens on.
        let without_port = |origin: &Origin| origin.authority().parse::<RouteHost>().ok();
        let names_port = self.authority.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
        let is_own = there == *own || (!names_port && without_port(&there) == without_port(own));
        let is_plain_path = !self.uri.starts_with("//");
        if is_own && is_plain_path { Some(self.uri.clone()) } else { Some(format!("{there}{}", self.uri)) }
    }
}

/// What the request shows of who sends it.
pub(crate) struct Shown(pub(crate) gatewright_core::Credentials);

impl<S: Send + Sync> FromRequestParts<S> for Shown
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let edge = Edge::from_ref(state);
        Sources::of(&parts.headers, &edge)?.credentials(&edge).map(Self)
    }
}
