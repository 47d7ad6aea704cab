//! A throw-away authority and a certificate for the server.

use std::{path::Path, sync::Arc};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::SmtpCertificate;
use crate::servers::folder::Folder;

/// The file of the authority's certificate in the folder.
pub(super) const AUTHORITY: &str = "authority.crt";

const CURVE: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/// How the server speaks TLS.
pub(super) fn config(folder: &Folder, certificate: SmtpCertificate) -> Arc<ServerConfig> {
    authority(folder, "authority");
    let (signer, names) = match certificate {
        SmtpCertificate::Good => ("authority", "DNS:localhost,IP:127.0.0.1"),
        SmtpCertificate::OfAnotherName => ("authority", "DNS:mail.example.test"),
        SmtpCertificate::OfAStranger => {
            authority(folder, "stranger");
            ("stranger", "DNS:localhost,IP:127.0.0.1")
        }
    };
    let (chain, key) = signed(folder, signer, names);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the suites of TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![chain], key);
    Arc::new(config.expect("openssl made the certificate for this key"))
}

fn authority(folder: &Folder, name: &str) {
    let (key, certificate) = (file(folder, &format!("{name}.key")), file(folder, &format!("{name}.crt")));
    let subject = format!("/CN=Throw-away {name}");
    let asked = ["req", "-x509", "-days", "2", "-subj", &subject, "-keyout", &key, "-out", &certificate];
    openssl(folder, &[&asked[..], &CURVE].concat());
}

fn signed(folder: &Folder, signer: &str, names: &str) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let (key, request, made) = (file(folder, "server.key"), file(folder, "server.csr"), file(folder, "server.crt"));
    let (by, by_key) = (file(folder, &format!("{signer}.crt")), file(folder, &format!("{signer}.key")));
    let names = folder.write("names.cnf", &format!("subjectAltName={names}\nbasicConstraints=CA:FALSE\n"));
    let names = names.display().to_string();
    openssl(folder, &[&["req", "-subj", "/CN=server", "-keyout", &key, "-out", &request][..], &CURVE].concat());
    let sign = ["x509", "-req", "-days", "2", "-in", &request, "-CA", &by, "-CAkey", &by_key, "-CAcreateserial"];
    openssl(folder, &[&sign[..], &["-extfile", &names, "-out", &made]].concat());
    let chain = CertificateDer::from_pem_file(&made).expect("openssl wrote it");
    (chain, PrivateKeyDer::from_pem_file(&key).expect("openssl wrote it"))
}

fn openssl(folder: &Folder, arguments: &[&str]) {
    folder.run("openssl", Path::new("openssl"), arguments);
}

fn file(folder: &Folder, name: &str) -> String {
    folder.path().join(name).display().to_string()
}
