//! From addresses that were judged to a stream: TCP, and TLS for the host of the URL.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use gatewright_core::port::HookError;
use rustls::{CertificateError, ClientConfig, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::target::Host;

/// How many addresses of one name are tried.
const MOST_ADDRESSES: usize = 4;

/// Connects to the first of these that answers. Another one is tried only as long as nothing was said, and each gets its share of
/// the time, so that one that answers nothing does not use up all of it.
pub(crate) async fn tcp(places: &[SocketAddr], patience: Duration) -> Result<TcpStream, HookError> {
    let tried = &places[..places.len().min(MOST_ADDRESSES)];
    let share = patience / u32::try_from(tried.len().max(1)).unwrap_or(u32::MAX);
    let mut last = HookError::TimedOut;
    for place in tried {
        match tokio::time::timeout(share, TcpStream::connect(place)).await {
            Ok(Ok(stream)) => {
                // Head and body are written at once; there is nothing to gather.
                stream.set_nodelay(true).map_err(|error| broken("connecting", &error))?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = broken("connecting", &error),
            Err(_) => last = HookError::TimedOut,
        }
    }
    Err(last)
}

/// Speaks TLS with the host that the URL names, whatever its address.
pub(crate) async fn tls(
    config: Option<Arc<ClientConfig>>,
    host: &Host,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, HookError> {
    let Some(config) = config else {
        let says = "TLS: this system has no certificates to believe; install them (ca-certificates)";
        return Err(HookError::Unreachable(says.to_owned()));
    };
    let name = match host {
        Host::Name(name) => ServerName::try_from(name.clone())
            .map_err(|_| HookError::Refused("it has no usable host: no certificate can be for it"))?,
        Host::Address(address) => ServerName::from(*address),
    };
    TlsConnector::from(config).connect(name, stream).await.map_err(|error| {
        let of_tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        of_tls.map_or_else(|| broken("TLS", &error), |error| HookError::Unreachable(format!("TLS: {}", said(error))))
    })
}

/// What broke, in our words: the text of an error can hold what the other side has sent.
pub(crate) fn broken(step: &str, error: &io::Error) -> HookError {
    HookError::Unreachable(format!("{step}: {}", error.kind()))
}

fn said(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(error) = error else {
        return if matches!(error, rustls::Error::AlertReceived(_)) {
            "it refused the handshake"
        } else {
            "the handshake failed"
        };
    };
    use CertificateError as Fault;
    if matches!(error, Fault::Expired | Fault::ExpiredContext { .. }) {
        "its certificate has expired"
    } else if matches!(error, Fault::NotValidYet | Fault::NotValidYetContext { .. }) {
        "its certificate is not valid yet"
    } else if matches!(error, Fault::NotValidForName | Fault::NotValidForNameContext { .. }) {
        "its certificate is for another name"
    } else if matches!(error, Fault::UnknownIssuer) {
        "its certificate is signed by nobody who is believed"
    } else {
        "its certificate cannot be verified"
    }
}
