//! A throw-away authority, and certificates of it: made once for all tests, with `openssl`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, LazyLock},
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Whose certificate a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// For `hooks.example.test` and `localhost`.
    OfTheName,
    /// For the address 127.0.0.1.
    OfTheAddress,
    /// For `other.example.test`, with the right name as its common name, which nobody reads any more.
    OfAnotherName,
    /// For the right name, until 2021.
    Expired,
    /// For the right name, from an authority that nobody knows.
    OfAStranger,
}

/// Each certificate: its file, its authority, its names, and its time.
const MADE: [(&str, &str, &str, &[&str]); 5] = [
    ("name", "authority", "DNS:hooks.example.test,DNS:localhost", NOW),
    ("address", "authority", "IP:127.0.0.1", NOW),
    ("other", "authority", "DNS:other.example.test", NOW),
    ("expired", "authority", "DNS:hooks.example.test", THEN),
    ("strange", "stranger", "DNS:hooks.example.test", NOW),
];

const NOW: &[&str] = &["-days", "2"];
const THEN: &[&str] = &["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"];

const CURVE: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/// What is made in the folder is read at once, so that nothing of it has to stay.
struct Made {
    pem: String,
    servers: Vec<Arc<ServerConfig>>,
}

static ALL: LazyLock<Made> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    authority(folder, "authority");
    authority(folder, "stranger");
    let servers = MADE.iter().map(|(name, by, names, time)| {
        signed(folder, name, by, names, time);
        config(folder, name)
    });
    let servers = servers.collect();
    Made { pem: std::fs::read_to_string(folder.join("authority.crt")).unwrap(), servers }
});

/// The authority's certificate.
pub(crate) fn pem() -> &'static str {
    &ALL.pem
}

/// How a server with this certificate speaks TLS.
pub(crate) fn server(certificate: Certificate) -> Arc<ServerConfig> {
    let index = match certificate {
        Certificate::OfTheName => 0,
        Certificate::OfTheAddress => 1,
        Certificate::OfAnotherName => 2,
        Certificate::Expired => 3,
        Certificate::OfAStranger => 4,
    };
    Arc::clone(&ALL.servers[index])
}

fn config(folder: &Path, name: &str) -> Arc<ServerConfig> {
    let chain = CertificateDer::from_pem_file(folder.join(format!("{name}.crt"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join(format!("{name}.key"))).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![chain], key).unwrap())
}

fn authority(folder: &Path, name: &str) {
    let (key, certificate) = (file(folder, &format!("{name}.key")), file(folder, &format!("{name}.crt")));
    let subject = format!("/CN=Throw-away {name}");
    let asked = ["req", "-x509", "-days", "2", "-subj", &subject, "-keyout", &key, "-out", &certificate];
    openssl(folder, &[&asked[..], &CURVE].concat());
}

fn signed(folder: &Path, name: &str, by: &str, names: &str, time: &[&str]) {
    let [key, request, made] = ["key", "csr", "crt"].map(|kind| file(folder, &format!("{name}.{kind}")));
    let (by, by_key) = (file(folder, &format!("{by}.crt")), file(folder, &format!("{by}.key")));
    let settings = file(folder, &format!("{name}.cnf"));
    let index = file(folder, &format!("{name}.index"));
    let serial = file(folder, &format!("{name}.serial"));
    std::fs::write(&index, "").unwrap();
    std::fs::write(&serial, format!("{:02X}\n", name.len() + 16 * usize::from(name.as_bytes()[0] & 7))).unwrap();
    let database = format!("database={index}\nserial={serial}\nnew_certs_dir={}\n", folder.display());
    let text = format!(
        "[ca]\ndefault_ca=us\n[us]\n{database}default_md=sha256\npolicy=any\nx509_extensions=leaf\n[any]\ncommonName=supplied\n\
         [leaf]\nsubjectAltName={names}\nbasicConstraints=CA:FALSE\n"
    );
    std::fs::write(&settings, text).unwrap();
    let subject = ["req", "-subj", "/CN=hooks.example.test", "-keyout", &key, "-out", &request];
    openssl(folder, &[&subject[..], &CURVE].concat());
    let sign = ["ca", "-batch", "-notext", "-config", &settings, "-in", &request, "-cert", &by, "-keyfile", &by_key];
    openssl(folder, &[&sign[..], time, &["-out", &made]].concat());
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().expect("the package openssl");
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn file(folder: &Path, name: &str) -> String {
    let path: PathBuf = folder.join(name);
    path.display().to_string()
}
