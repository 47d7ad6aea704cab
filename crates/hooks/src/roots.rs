//! Whose certificates are believed. They are always verified; no setting turns that off.

use std::sync::{Arc, OnceLock};

use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Why certificates that were given cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// No PEM.
    #[error("it is no PEM file")]
    NotPem,
    /// A certificate that cannot be one of an authority.
    #[error("it holds a certificate that cannot be used")]
    Unusable,
    /// PEM without a certificate.
    #[error("it holds no certificate")]
    Empty,
}

/// Those that the operating system believes, and those that were given. The system's are read at the first call over TLS: most
/// instances never make one, and reading them takes milliseconds of each start.
pub(crate) struct Roots {
    own: Vec<CertificateDer<'static>>,
    config: OnceLock<Option<Arc<ClientConfig>>>,
}

impl Roots {
    /// Takes certificates in PEM beside the system's.
    pub(crate) fn with(pem: Option<&[u8]>) -> Result<Self, RootsError> {
        let mut own = Vec::new();
        if let Some(pem) = pem {
            let mut trial = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|_| RootsError::NotPem)?;
                trial.add(certificate.clone()).map_err(|_| RootsError::Unusable)?;
                own.push(certificate);
            }
            if own.is_empty() {
                return Err(RootsError::Empty);
            }
        }
        Ok(Self { own, config: OnceLock::new() })
    }

    /// How TLS is spoken; `None` if nobody is believed.
    pub(crate) fn config(&self) -> Option<Arc<ClientConfig>> {
        self.config.get_or_init(|| configure(&self.own)).clone()
    }
}

fn configure(own: &[CertificateDer<'static>]) -> Option<Arc<ClientConfig>> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store.add_parsable_certificates(own.iter().cloned());
    if store.is_empty() {
        return None;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the suites of TLS 1.2 and 1.3")
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Each call sees a certificate, so that one that has run out is noticed.
    config.resumption = Resumption::disabled();
    Some(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let refused = |pem: &str| Roots::with(Some(pem.as_bytes())).err();
        assert_eq!(refused(""), Some(RootsError::Empty));
        assert_eq!(refused("no PEM at all"), Some(RootsError::Empty));
        assert_eq!(refused("-----BEGIN CERTIFICATE-----\n%%\n-----END CERTIFICATE-----\n"), Some(RootsError::NotPem));
        let hollow = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(refused(hollow), Some(RootsError::Unusable));
        assert!(Roots::with(None).is_ok());
    }
}
