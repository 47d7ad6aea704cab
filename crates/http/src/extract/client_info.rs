//! Who is calling: address, user agent, when, and the request's id. The outermost layer takes it before a body is read.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts},
    http::{Extensions, HeaderMap, header, request::Parts},
};
use gatewright_core::model::{ClientInfo, UserAgent};
use ipnet::IpNet;
use uuid::Builder;

use crate::Edge;

/// What was known when the request arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// Names the request in answers and logs.
    pub(crate) request_id: String,
    /// Its sender.
    pub(crate) client: ClientInfo,
}

impl Arrival {
    pub(crate) fn of(extensions: &Extensions, headers: &HeaderMap, edge: &Edge) -> Self {
        let received_at = edge.gate().now();
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let agent = headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let client = ClientInfo {
            ip: peer.map(|peer| sender(peer, headers, &edge.options().trusted_proxies)),
            user_agent: agent.and_then(|agent| user_agent(&agent)),
            received_at,
        };
        let millis = u64::try_from(received_at.micros().div_euclid(1000)).unwrap_or(0);
        let request_id = Builder::from_unix_timestamp_millis(millis, &edge.gate().random()).into_uuid().to_string();
        Self { request_id, client }
    }
}

/// The sender of a request.
#[derive(Clone, Debug)]
pub(crate) struct Client(pub(crate) ClientInfo);

impl<S: Send + Sync> FromRequestParts<S> for Client
where
    Edge: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(match parts.extensions.get::<Arrival>() {
            Some(arrival) => arrival.client.clone(),
            None => Arrival::of(&parts.extensions, &parts.headers, &Edge::from_ref(state)).client,
        }))
    }
}

/// How refresh tokens begin, what mails carry, service keys, the secret for the first admin, the secrets of webhooks, and every
/// JWT (`{"` in base64).
const BEGINNINGS_OF_TOKENS: [&str; 6] = ["gwr_", "gwm_", "gwk_", "gwb_", "whsec_", "eyJ"];

/// What the client calls itself, unless a token could be in it: it is kept with the session, and shown to the owner of the
/// account and in its log (SECURITY LG2).
fn user_agent(text: &str) -> Option<UserAgent> {
    let may_hold_token = |agent: &UserAgent| BEGINNINGS_OF_TOKENS.iter().any(|one| agent.as_str().contains(one));
    UserAgent::from_header(text).filter(|agent| !may_hold_token(agent))
}

/// The peer itself, or, behind proxies that are configured, the nearest address in `X-Forwarded-For` that is none of them.
/// What stands left of it was written by the client and proves nothing (SECURITY OA10).
fn sender(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_proxy = |ip: &IpAddr| proxies.iter().any(|net| net.contains(ip));
    let mut nearest = peer.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for entry in entries {
        if !is_proxy(&nearest) {
            break;
        }
        let Some(ip) = std::str::from_utf8(entry).ok().and_then(|text| address(text.trim())) else { break };
        nearest = ip;
    }
    nearest
}

/// An address, perhaps with a port as some proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let ip = text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    let ip = ip.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    ip.map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn sender_of(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
        }
        let proxies = ["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        sender(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn oa10_only_configured_proxies_are_believed() {
        assert_eq!(sender_of("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(sender_of("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(sender_of("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(sender_of("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn lg2_a_user_agent_with_a_token_in_it_is_not_kept() {
        assert_eq!(user_agent("app/1 (x)").unwrap().as_str(), "app/1 (x)");
        assert_eq!(user_agent("app/1 gwr_0ABCdef"), None);
        for secret in ["gwm_0abcdef", "gwk_0abcdef", "gwb_0abcdef", "whsec_MfKQ9r8G"] {
            assert_eq!(user_agent(&format!("app/1 {secret}")), None);
        }
        assert_eq!(user_agent("app/1 (eyJ0eXAiOiJhdCtqd3QifQ.e30.AA)"), None);
        assert_eq!(user_agent("gw\u{7f}r_0ABCdef"), None, "judged as it would be kept");
    }

    #[test]
    fn oa10_what_the_client_wrote_itself_is_not_believed() {
        assert_eq!(sender_of("10.0.0.1", &["1.2.3.4, 198.51.100.1, 10.9.9.9"]), "198.51.100.1");
        assert_eq!(sender_of("10.0.0.1", &["1.2.3.4", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(sender_of("10.0.0.1", &["1.2.3.4, nonsense"]), "10.0.0.1");
        assert_eq!(sender_of("10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(sender_of("10.0.0.1", &["[2001:db9::1]:80"]), "2001:db9::1");
    }
}
