//! Who is calling, as proxies tell it: only those of ours are believed, and only what they wrote themselves.

use std::net::IpAddr;

use axum::http::Method;
use gatewright::core::model::ClientSource;

use super::{
    house::{House, within},
    legal,
};

/// From where inputs come: two proxies of ours, somebody else in two spellings.
const PEERS: [&str; 5] = ["10.0.0.1", "fd00::1", "203.0.113.9", "::ffff:10.0.0.1", "2001:db8::9"];

/// The first byte says from where; each line of the rest is an `X-Forwarded-For`, or, after a `!`, one of the headers that
/// nobody here believes.
pub fn forwarded_headers(data: &[u8]) {
    let Some((&peer, rest)) = data.split_first() else { return };
    let peer = PEERS[usize::from(peer) % PEERS.len()];
    let lines: Vec<Vec<u8>> = rest.split(|byte| *byte == b'\n').take(8).map(legal).collect();
    let source = |more: &[&str]| {
        let more = more.iter().map(|line| ("x-forwarded-for", line.as_bytes().to_vec()));
        let told: Vec<(&str, Vec<u8>)> = more.chain(lines.iter().map(|line| named(line))).collect();
        let headers: Vec<(&str, &[u8])> = told.iter().map(|(name, value)| (*name, value.as_slice())).collect();
        within(|house| {
            let request = House::request(Method::GET, "/none", &headers, Vec::new())?;
            house.send_from(peer, request).source
        })
    };
    let Some(found) = source(&[]) else { return };
    let address: IpAddr = peer.parse().unwrap();
    if !is_proxy(address) {
        assert_eq!(found, ClientSource::of(Some(address)), "somebody else is believed");
    }
    let told: Vec<ClientSource> = lines.iter().flat_map(|line| addresses(line)).collect();
    assert!(found == ClientSource::of(Some(address)) || told.contains(&found), "{found} was not told");
    // What stands left of the nearest stranger was written by that stranger, so it changes nothing.
    let is_stranger = !told.is_empty() && found != ClientSource::of(Some(address)) && !is_proxy_source(found);
    if is_stranger {
        assert_eq!(source(&["198.51.100.77", "10.1.1.1, 192.0.2.1"]), Some(found), "a stranger is believed");
    }
}

fn named(line: &[u8]) -> (&'static str, Vec<u8>) {
    match line {
        [b'!', b'r', rest @ ..] => ("x-real-ip", rest.to_vec()),
        [b'!', b'c', rest @ ..] => ("cf-connecting-ip", rest.to_vec()),
        [b'!', b't', rest @ ..] => ("true-client-ip", rest.to_vec()),
        [b'!', rest @ ..] => ("forwarded", rest.to_vec()),
        all => ("x-forwarded-for", all.to_vec()),
    }
}

/// Every address that a reader could find in a line of `X-Forwarded-For`.
fn addresses(line: &[u8]) -> Vec<ClientSource> {
    let (name, value) = named(line);
    if name != "x-forwarded-for" {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&value).into_owned();
    let parts = text.split(',').map(str::trim).filter_map(|part| {
        let with_port = part.rsplit_once(':').map_or(part, |(host, _)| host);
        [part, with_port].into_iter().find_map(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok())
    });
    parts.map(|ip| ClientSource::of(Some(ip))).collect()
}

fn is_proxy(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.octets()[0] == 10,
        IpAddr::V6(v6) => v6.octets()[0] == 0xfd,
    }
}

fn is_proxy_source(source: ClientSource) -> bool {
    let text = source.to_string();
    text.trim_end_matches("/64").parse().is_ok_and(is_proxy)
}
