//! Where a name leads. One question per call, whose whole answer is judged: whoever has a name could answer a second question
//! differently (DNS rebinding).

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use async_trait::async_trait;

use crate::{
    rules::HookRules,
    target::{Host, Target},
};

/// Finds the addresses of a name.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// All addresses of `host`, the preferred ones first.
    ///
    /// # Errors
    /// If the name is not known, or nobody can be asked.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the operating system, which asks its hosts file and DNS.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Why there is nowhere to connect to.
pub(crate) enum Nowhere {
    /// One of the addresses may not be called.
    Refused(&'static str),
    Unknown,
}

/// Where to connect to: all of it was judged. One address that may not be called is enough to refuse a name, because a name that
/// leads to both is made to get around this.
pub(crate) async fn judged(
    target: &Target,
    rules: &HookRules,
    resolver: &dyn Resolve,
) -> Result<Vec<SocketAddr>, Nowhere> {
    let addresses = match &target.host {
        Host::Address(address) => vec![*address],
        Host::Name(name) => resolver.addresses(name).await.map_err(|_| Nowhere::Unknown)?,
    };
    let mut places: Vec<SocketAddr> = Vec::with_capacity(addresses.len());
    for address in addresses {
        rules.judge(target.scheme, address).map_err(Nowhere::Refused)?;
        let place = SocketAddr::new(address, target.port);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    if places.is_empty() { Err(Nowhere::Unknown) } else { Ok(places) }
}
