//! One request for a key set: no redirects, five seconds, 64 KiB, `If-None-Match`. The answer is read as strictly as a
//! key set from a file; anything else is a failure, which the caller answers by changing nothing.

use super::address::{Address, AddressError};
use crate::{KeyRefusal, VerifyingKeys};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::time::Duration;

/// How long one request may take, answer included.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The longest document that is read, in bytes: 64 RSA keys of 4096 bits fit.
const MAX_BODY_LEN: usize = 64 * 1024;

#[cfg(feature = "remote-tls")]
type Connector = hyper_rustls::HttpsConnector<HttpConnector>;
#[cfg(not(feature = "remote-tls"))]
type Connector = HttpConnector;

pub(super) struct Fetcher {
    client: Client<Connector, Empty<Bytes>>,
    address: http::Uri,
}

/// What the issuer answered.
pub(super) enum Answer {
    /// 304: what we have is still right.
    Unchanged { max_age_secs: Option<i64> },
    /// 200 with a key set that can be used.
    Keys { keys: VerifyingKeys, etag: Option<HeaderValue>, max_age_secs: Option<i64> },
}

/// Why the last fetch brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFailure {
    /// No connection, or it broke.
    #[error("the issuer could not be reached")]
    Connection,
    /// No answer in time.
    #[error("the issuer did not answer in time")]
    Timeout,
    /// An answer that is neither 200 nor an expected 304.
    #[error("the issuer answered with status {0}")]
    Status(u16),
    /// The document was cut off or is longer than 64 KiB.
    #[error("the key set could not be read")]
    Body,
    /// The document is not a usable key set.
    #[error("the key set was refused: {0}")]
    Keys(#[from] KeyRefusal),
}

impl Fetcher {
    pub(super) fn new(address: Address) -> Result<Self, AddressError> {
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector()?), address: address.0 })
    }

    pub(super) async fn fetch(&self, etag: Option<&HeaderValue>) -> Result<Answer, FetchFailure> {
        tokio::time::timeout(TIMEOUT, self.exchange(etag)).await.map_err(|_| FetchFailure::Timeout)?
    }

    async fn exchange(&self, etag: Option<&HeaderValue>) -> Result<Answer, FetchFailure> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = self.address.clone();
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(etag) = etag {
            request.headers_mut().insert(header::IF_NONE_MATCH, etag.clone());
        }
        let (head, body) = self.client.request(request).await.map_err(|_| FetchFailure::Connection)?.into_parts();
        let max_age_secs = max_age_secs(&head.headers);
        match head.status {
            // Without a tag of ours, "unchanged" would vouch for keys that we never saw.
            StatusCode::NOT_MODIFIED if etag.is_some() => Ok(Answer::Unchanged { max_age_secs }),
            StatusCode::OK => {
                let document =
                    Limited::new(body, MAX_BODY_LEN).collect().await.map_err(|_| FetchFailure::Body)?.to_bytes();
                let keys = VerifyingKeys::from_jwks(&document)?;
                Ok(Answer::Keys { keys, etag: head.headers.get(header::ETAG).cloned(), max_age_secs })
            }
            other => Err(FetchFailure::Status(other.as_u16())),
        }
    }
}

#[cfg(not(feature = "remote-tls"))]
#[expect(clippy::unnecessary_wraps, reason = "its twin with TLS can fail")]
fn connector() -> Result<Connector, AddressError> {
    Ok(HttpConnector::new())
}

#[cfg(feature = "remote-tls")]
fn connector() -> Result<Connector, AddressError> {
    // `Address` lets plain HTTP through for loopback only, so allowing both schemes here is safe.
    let builder = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
        .map_err(|_| AddressError::NoRoots)?;
    Ok(builder.https_or_http().enable_http1().build())
}

/// `max-age` of `Cache-Control` (RFC 9111 section 5.2.2.1), if it is there and a number.
fn max_age_secs(headers: &HeaderMap) -> Option<i64> {
    let directives = headers.get(header::CACHE_CONTROL)?.to_str().ok()?;
    directives.split(',').find_map(|directive| directive.trim().strip_prefix("max-age=")?.parse().ok())
}
