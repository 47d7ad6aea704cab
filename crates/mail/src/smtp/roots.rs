//! Whose certificates are believed when an SMTP server is spoken to inside TLS. They are always verified; no setting turns that off.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::setup::SetupError;

/// Those that the operating system believes, and those of this PEM file.
pub(super) fn client(authority: Option<&Path>) -> Result<Arc<ClientConfig>, SetupError> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = authority {
        let unusable =
            |says: &str| SetupError::setting("ca of the SMTP server's URL", format!("{}: {says}", path.display()));
        let pem = CertificateDer::pem_file_iter(path).map_err(|_| unusable("it cannot be read"))?;
        let before = store.len();
        for certificate in pem {
            let certificate = certificate.map_err(|_| unusable("it is no PEM file"))?;
            store.add(certificate).map_err(|_| unusable("it holds a certificate that cannot be used"))?;
        }
        if store.len() == before {
            return Err(unusable("it holds no certificate"));
        }
    }
    if store.is_empty() {
        let says =
            "the system has no certificates to believe; install them (ca-certificates), or name a PEM file with ca=";
        return Err(SetupError::setting("TLS to the SMTP server", says));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the suites of TLS 1.2 and 1.3")
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
