//! Where keys may be fetched from. Keys decide who is believed, so they come over TLS, or from this very machine.

use std::net::IpAddr;

/// Why an address is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an absolute address with a host, or one with user information.
    #[error("the key set address is not of the form https://host/path")]
    Malformed,
    /// Plain HTTP to another machine: whoever stands between could hand us keys.
    #[error("keys are fetched over https; plain http is for loopback addresses only")]
    Insecure,
    /// `https`, but the crate was built without it.
    #[error("https needs the feature `remote-tls`")]
    NeedsTls,
    /// The roots of the operating system could not be read.
    #[error("no certificate roots were found on this system")]
    NoRoots,
}

/// A checked address.
pub(super) struct Address(pub(super) http::Uri);

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, AddressError> {
        let uri: http::Uri = text.parse().map_err(|_| AddressError::Malformed)?;
        let authority = uri.authority().ok_or(AddressError::Malformed)?;
        if authority.as_str().contains('@') || authority.host().is_empty() || text.contains('#') {
            return Err(AddressError::Malformed);
        }
        match uri.scheme_str() {
            Some("https") if cfg!(feature = "remote-tls") => Ok(Self(uri)),
            Some("https") => Err(AddressError::NeedsTls),
            Some("http") if is_loopback(authority.host()) => Ok(Self(uri)),
            Some("http") => Err(AddressError::Insecure),
            Some(_) | None => Err(AddressError::Malformed),
        }
    }
}

/// An address of this machine. A name does not count, not even `localhost`: what it resolves to is somebody else's say.
fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_addresses_only() {
        for good in ["http://127.0.0.1:8080/jwks", "http://[::1]/jwks", "http://127.8.9.1/x"] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["http://auth.example/jwks", "http://localhost/jwks", "http://127.0.0.1.evil.example/", "http://10.0.0.1/"]
        {
            assert_eq!(Address::parse(bad).err(), Some(AddressError::Insecure), "{bad}");
        }
        for bad in ["", "/jwks", "file:///jwks", "ftp://127.0.0.1/", "http://127.0.0.1@evil.example/", "http://a b/"] {
            assert_eq!(Address::parse(bad).err(), Some(AddressError::Malformed), "{bad}");
        }
    }

    #[test]
    fn https_is_a_feature() {
        let answer = Address::parse("https://auth.example/.well-known/jwks.json").err();
        assert_eq!(answer, if cfg!(feature = "remote-tls") { None } else { Some(AddressError::NeedsTls) });
    }
}
