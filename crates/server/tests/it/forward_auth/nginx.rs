//! nginx with the file that ships.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
};

use gatewright_testkit::servers::Program;

/// The file.
pub(super) const FILE: &str = include_str!("../../../../../examples/forward-auth/nginx/app.conf");

/// What `nginx.conf` of a distribution says around it, for processes that stay with us.
const AROUND: &str = "\
daemon off;
pid nginx.pid;
error_log error.log info;
worker_processes 2;
events { worker_connections 512; }
http {
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    access_log off;
    include app.conf;
}
";

/// A running nginx. It ends with the test.
pub(super) struct Nginx {
    program: Program,
    address: SocketAddr,
}

impl Nginx {
    pub(super) fn start(gatewright: SocketAddr, application: SocketAddr) -> Self {
        let found = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"].into_iter().map(Path::new);
        let path = found.into_iter().find(|path| path.exists());
        let path = path.expect("the tests need nginx: `apt-get install nginx` on Debian and Ubuntu");
        let mut said = String::new();
        for _ in 0..10 {
            let program = Program::new("nginx", path);
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, Program::free_port()));
            write(program.folder(), &at(address, gatewright, application));
            let prefix = format!("{}/", program.folder().display());
            let arguments = ["-p", &prefix, "-c", "nginx.conf", "-e", "error.log"];
            let answers = || TcpStream::connect(address).is_ok();
            match program.start(&arguments, &[], answers) {
                Ok(()) => return Self { program, address },
                // Somebody else may have been quicker to take the port.
                Err(error) => said = error,
            }
        }
        panic!("nginx did not start: {said}");
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has complained of.
    pub(super) fn errors(&self) -> String {
        fs::read_to_string(self.program.folder().join("error.log")).unwrap_or_default()
    }
}

fn write(folder: &Path, site: &str) {
    fs::write(folder.join("app.conf"), site).expect("the folder can be written");
    fs::write(folder.join("nginx.conf"), AROUND).expect("the folder can be written");
}

/// The file with the addresses of this test, and without TLS, which has a test of its own with the file of `deploy/`.
fn at(address: SocketAddr, gatewright: SocketAddr, application: SocketAddr) -> String {
    let mut site = FILE.to_owned();
    for (from, to) in [
        ("    listen 443 ssl;\n", format!("    listen {address};\n")),
        ("    ssl_certificate     /etc/nginx/tls/fullchain.pem;\n", String::new()),
        ("    ssl_certificate_key /etc/nginx/tls/privkey.pem;\n", String::new()),
        ("server gatewright:8080;", format!("server {gatewright};")),
        ("server application:3000;", format!("server {application};")),
    ] {
        assert!(site.matches(from).count() == 1, "the file no longer has `{from}` once, which has another value here");
        site = site.replace(from, &to);
    }
    site
}
