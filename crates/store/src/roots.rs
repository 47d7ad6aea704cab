//! Whose certificates are believed when a database is spoken to inside TLS. One place for every database: one TLS, with the
//! cryptography that everything else here uses, and certificates that are always verified.

use std::{path::PathBuf, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Whose certificates are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Those that the operating system believes.
    System,
    /// Those in this PEM file only.
    File(PathBuf),
}

/// There are none, or the file cannot be used.
#[derive(Debug)]
pub(crate) struct NoCertificates {
    /// The file that was named.
    pub(crate) file: Option<PathBuf>,
}

impl Roots {
    /// How connections are made that verify the certificate and the host's name.
    pub(crate) fn client(&self) -> Result<Arc<ClientConfig>, NoCertificates> {
        let mut store = RootCertStore::empty();
        match self {
            Self::System => {
                let (added, _) = store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if added == 0 {
                    return Err(NoCertificates { file: None });
                }
            }
            Self::File(path) => {
                let unusable = || NoCertificates { file: Some(path.clone()) };
                let pem = CertificateDer::pem_file_iter(path).map_err(|_| unusable())?;
                for certificate in pem {
                    store.add(certificate.map_err(|_| unusable())?).map_err(|_| unusable())?;
                }
                if store.is_empty() {
                    return Err(unusable());
                }
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has the suites of TLS 1.2 and 1.3")
            .with_root_certificates(store)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}
