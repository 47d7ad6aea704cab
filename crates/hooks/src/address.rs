//! Which addresses are public. The others are refused: what is there trusts whoever is near.
//!
//! What must stay true: an address that is no public unicast address by the registries of IANA (Special-Purpose Address
//! Registries for IPv4 and IPv6, RFC 6890) is refused, in each form in which IPv6 can hold an IPv4 address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const LOOPBACK: &str = "it leads to this machine";
const PRIVATE: &str = "it leads into a private network";
const LINK_LOCAL: &str = "it leads to a link-local address, where clouds keep credentials";
const CARRIER: &str = "it leads into a provider's own network (100.64.0.0/10)";
const UNSPECIFIED: &str = "it leads to an unspecified address";
const MANY: &str = "it leads to a multicast or broadcast address";
const RESERVED: &str = "it leads to an address that is reserved";
const DISGUISED: &str = "it leads to an IPv4 address in the form of an IPv6 address";
const PLATFORM: &str = "it leads to the platform of a cloud";

const fn v4(octets: [u8; 4], length: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

/// The IPv4 registry, without what is reachable from everywhere.
const NOT_PUBLIC_V4: &[(Ipv4Net, &str)] = &[
    (v4([0, 0, 0, 0], 8), UNSPECIFIED),
    (v4([10, 0, 0, 0], 8), PRIVATE),
    (v4([100, 64, 0, 0], 10), CARRIER),
    (v4([127, 0, 0, 0], 8), LOOPBACK),
    // A public address by the registry, which inside of Azure is the platform itself.
    (v4([168, 63, 129, 16], 32), PLATFORM),
    (v4([169, 254, 0, 0], 16), LINK_LOCAL),
    (v4([172, 16, 0, 0], 12), PRIVATE),
    // IETF protocol assignments, documentation (RFC 5737), the relays of 6to4 (RFC 7526), benchmarks (RFC 2544).
    (v4([192, 0, 0, 0], 24), RESERVED),
    (v4([192, 0, 2, 0], 24), RESERVED),
    (v4([192, 88, 99, 0], 24), RESERVED),
    (v4([192, 168, 0, 0], 16), PRIVATE),
    (v4([198, 18, 0, 0], 15), RESERVED),
    (v4([198, 51, 100, 0], 24), RESERVED),
    (v4([203, 0, 113, 0], 24), RESERVED),
    (v4([224, 0, 0, 0], 4), MANY),
    (v4([255, 255, 255, 255], 32), MANY),
    (v4([240, 0, 0, 0], 4), RESERVED),
];

const fn v6(segments: [u16; 4], length: u8) -> Ipv6Net {
    let [a, b, c, d] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), length)
}

/// All of IPv6 that was given out for unicast (RFC 4291 section 2.4, RFC 3587).
const GLOBAL: Ipv6Net = v6([0x2000, 0, 0, 0], 3);

/// Within [`GLOBAL`], what is not public.
const NOT_PUBLIC_V6: &[(Ipv6Net, &str)] = &[
    (v6([0x2001, 0, 0, 0], 32), DISGUISED),    // Teredo
    (v6([0x2001, 0, 0, 0], 23), RESERVED),     // IETF protocol assignments: benchmarks, ORCHID
    (v6([0x2001, 0xdb8, 0, 0], 32), RESERVED), // documentation (RFC 3849)
    (v6([0x2002, 0, 0, 0], 16), DISGUISED),    // 6to4
    (v6([0x3fff, 0, 0, 0], 20), RESERVED),     // documentation (RFC 9637)
];

/// Outside of [`GLOBAL`], what has a name that helps whoever reads it.
const NAMED_V6: &[(Ipv6Net, &str)] = &[
    (v6([0, 0, 0, 0], 96), DISGUISED),         // v4-compatible (RFC 4291 section 2.5.5.1)
    (v6([0x64, 0xff9b, 1, 0], 48), DISGUISED), // NAT64 of one network (RFC 8215)
    (v6([0xfc00, 0, 0, 0], 7), PRIVATE),       // ULA, with the metadata of clouds (fd00:ec2::254)
    (v6([0xfe80, 0, 0, 0], 10), LINK_LOCAL),
    (v6([0xfec0, 0, 0, 0], 10), PRIVATE), // site-local (RFC 3879)
    (v6([0xff00, 0, 0, 0], 8), MANY),
];

/// The prefix under which a network without IPv4 reaches it (RFC 6052 section 2.1).
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0], 96);
/// `::ffff:0:0/96`.
const MAPPED: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96);

/// Why this is not a public address, if it is not one.
pub(crate) fn forbidden(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => forbidden_v4(address),
        IpAddr::V6(address) => forbidden_v6(address),
    }
}

fn forbidden_v4(address: Ipv4Addr) -> Option<&'static str> {
    NOT_PUBLIC_V4.iter().find(|(network, _)| network.contains(&address)).map(|(_, says)| *says)
}

fn forbidden_v6(address: Ipv6Addr) -> Option<&'static str> {
    let named = |table: &[(Ipv6Net, &'static str)]| {
        table.iter().find(|(network, _)| network.contains(&address)).map(|(_, says)| *says)
    };
    if GLOBAL.contains(&address) {
        return named(NOT_PUBLIC_V6);
    }
    if NAT64.contains(&address) {
        let [.., a, b, c, d] = address.octets();
        return forbidden_v4(Ipv4Addr::new(a, b, c, d));
    }
    if address.is_unspecified() {
        return Some(UNSPECIFIED);
    }
    if address.is_loopback() {
        return Some(LOOPBACK);
    }
    if MAPPED.contains(&address) {
        return Some(DISGUISED);
    }
    Some(named(NAMED_V6).unwrap_or(RESERVED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> Option<&'static str> {
        forbidden(text.parse().unwrap())
    }

    /// docs/attacks.md#webhook-into-our-own-network
    #[test]
    fn each_range_that_is_not_public_is_refused_from_its_first_address_to_its_last() {
        for (first, last, expected) in [
            ("0.0.0.0", "0.255.255.255", UNSPECIFIED),
            ("10.0.0.0", "10.255.255.255", PRIVATE),
            ("100.64.0.0", "100.127.255.255", CARRIER),
            ("127.0.0.0", "127.255.255.255", LOOPBACK),
            ("168.63.129.16", "168.63.129.16", PLATFORM),
            ("169.254.0.0", "169.254.255.255", LINK_LOCAL),
            ("169.254.169.254", "169.254.170.2", LINK_LOCAL),
            ("172.16.0.0", "172.31.255.255", PRIVATE),
            ("192.0.0.0", "192.0.0.255", RESERVED),
            ("192.0.2.0", "192.0.2.255", RESERVED),
            ("192.88.99.0", "192.88.99.255", RESERVED),
            ("192.168.0.0", "192.168.255.255", PRIVATE),
            ("198.18.0.0", "198.19.255.255", RESERVED),
            ("198.51.100.0", "198.51.100.255", RESERVED),
            ("203.0.113.0", "203.0.113.255", RESERVED),
            ("224.0.0.0", "239.255.255.255", MANY),
            ("240.0.0.0", "255.255.255.254", RESERVED),
            ("255.255.255.255", "255.255.255.255", MANY),
            ("::", "::", UNSPECIFIED),
            ("::1", "::1", LOOPBACK),
            ("::2", "::ffff:ffff", DISGUISED),
            ("::127.0.0.1", "::8.8.8.8", DISGUISED),
            ("::ffff:0.0.0.0", "::ffff:255.255.255.255", DISGUISED),
            ("::ffff:127.0.0.1", "::ffff:8.8.8.8", DISGUISED),
            ("::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", RESERVED),
            ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", DISGUISED),
            ("100::", "100::ffff:ffff:ffff:ffff", RESERVED),
            ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", DISGUISED),
            ("2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", RESERVED),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", RESERVED),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", DISGUISED),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", RESERVED),
            ("4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", RESERVED),
            ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", PRIVATE),
            ("fd00:ec2::254", "fd20:ce::254", PRIVATE),
            ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", LINK_LOCAL),
            ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", PRIVATE),
            ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", MANY),
        ] {
            assert_eq!((says(first), says(last)), (Some(expected), Some(expected)), "{first} to {last}");
        }
    }

    #[test]
    fn what_is_beside_such_a_range_is_public() {
        for public in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "2000::",
            "2001:200::",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::",
            "2606:4700:4700::1111",
            "3ffe:ffff::",
            "3fff:1000::",
        ] {
            assert_eq!(says(public), None, "{public}");
        }
    }

    #[test]
    fn behind_nat64_the_address_that_is_meant_counts() {
        assert_eq!(says("64:ff9b::8.8.8.8"), None);
        assert_eq!(says("64:ff9b::127.0.0.1"), Some(LOOPBACK));
        assert_eq!(says("64:ff9b::10.1.2.3"), Some(PRIVATE));
        assert_eq!(says("64:ff9b::169.254.169.254"), Some(LINK_LOCAL));
        assert_eq!(says("64:ff9b::1:8.8.8.8"), Some(RESERVED), "beyond the /96 it is nothing");
    }
}
