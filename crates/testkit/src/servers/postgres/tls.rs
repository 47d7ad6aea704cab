//! A throw-away authority and a certificate for the server.

use crate::servers::folder::Folder;
use std::path::Path;

/// Whether a server speaks TLS.
#[derive(Clone, Copy, Debug, Default)]
pub enum Tls {
    /// It does not.
    #[default]
    Off,
    /// A client may ask for it.
    Offered,
    /// By the port nobody comes in without it.
    Required,
}

/// The file of the authority's certificate in the cluster.
pub(super) const AUTHORITY: &str = "authority.crt";

/// The files lie in the cluster, so that a replica gets them, too.
pub(super) const SETTINGS: &str = "
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
";

const CURVE: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/// An authority that signs one certificate, for `localhost` and 127.0.0.1, and whose key nobody needs afterwards.
pub(super) fn make_certificates(folder: &Folder) {
    let openssl = |arguments: &[&str]| folder.run("openssl", Path::new("openssl"), arguments);
    let file = |name: &str| folder.path().join("data").join(name).display().to_string();
    let authority_key = folder.path().join("authority.key").display().to_string();
    let request = folder.path().join("server.csr").display().to_string();
    let names = folder.write("names.cnf", "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
    let authority = ["req", "-x509", "-days", "2", "-subj", "/CN=Throw-away authority", "-keyout", &authority_key];
    openssl(&[&authority[..], &["-out", &file(AUTHORITY)], &CURVE].concat());
    let asked = ["req", "-subj", "/CN=localhost", "-keyout", &file("server.key"), "-out", &request];
    openssl(&[&asked[..], &CURVE].concat());
    let names = names.display().to_string();
    let signed = ["x509", "-req", "-days", "2", "-in", &request, "-CA", &file(AUTHORITY), "-CAkey", &authority_key];
    openssl(&[&signed[..], &["-CAcreateserial", "-extfile", &names, "-out", &file("server.crt")]].concat());
    folder.own_alone(&folder.path().join("data/server.key"));
}
