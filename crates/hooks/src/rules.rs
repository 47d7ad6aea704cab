//! What may be called: public addresses, and the networks that the operator has named.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::address;

/// What may be called.
#[derive(Clone, Debug, Default)]
pub struct HookRules {
    /// Networks that may be called although they are not public. An IPv4 network does not stand for the IPv6 forms of its
    /// addresses.
    pub allow: Vec<IpNet>,
    /// Whether `http://` is taken.
    pub clear: ClearText,
}

/// Whether `http://` is taken. The body of a call holds personal data, so in clear it never goes through the Internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClearText {
    /// It is not.
    #[default]
    Never,
    /// To the networks of [`HookRules::allow`], such as the loopback on a developer's machine.
    ToAllowed,
}

/// How a target is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl HookRules {
    /// Why this address may not be called, if it may not.
    pub(crate) fn judge(&self, scheme: Scheme, address: IpAddr) -> Result<(), &'static str> {
        if self.allow.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        if let Some(says) = address::forbidden(address) {
            return Err(says);
        }
        match scheme {
            Scheme::Https => Ok(()),
            Scheme::Http => Err("http:// goes to the networks only that the settings name; use https://"),
        }
    }
}
