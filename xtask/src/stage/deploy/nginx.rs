//! `deploy/nginx/gatewright.conf`, run: a real nginx with a throw-away certificate in front of real servers. What must stay
//! true: the file runs as it is, but for the addresses and paths of this machine.

use super::dying::Dying;
use super::{Bench, Findings, unless};
use crate::process::{capture, command};
use crate::serving::{Serving, free_address};
use crate::{Failure, terminal};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

const FILE: &str = "deploy/nginx/gatewright.conf";
const NODES: [&str; 2] =
    ["server gatewright-1:8080 max_fails=1 fail_timeout=2s;", "server gatewright-2:8080 max_fails=1 fail_timeout=2s;"];

/// Around the file: what `nginx.conf` of a distribution says, for one process that stays in the foreground.
const AROUND: &str = "\
daemon off;
master_process off;
pid nginx.pid;
error_log error.log info;
events { worker_connections 256; }
http {
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include site.conf;
}
";

/// An nginx with its addresses.
struct Proxy {
    serving: Serving,
    folder: PathBuf,
    https: SocketAddr,
    http: SocketAddr,
}

impl Proxy {
    /// Starts one that asks `nodes`, each as a line of the upstream.
    fn start(bench: &Bench, name: &str, https: SocketAddr, nodes: &[String; 2]) -> Result<Self, Failure> {
        let folder = bench.folder.join("nginx").join(name);
        let _absent = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| Failure(format!("making {}: {error}", folder.display())))?;
        let http = free_address()?;
        let mut site = bench.text(FILE)?;
        for (from, to) in [
            ("listen 80;", format!("listen {http};")),
            ("listen [::]:80;", String::new()),
            ("listen 443 ssl;", format!("listen {https} ssl;")),
            ("listen [::]:443 ssl;", String::new()),
            ("/etc/nginx/tls", certificate(bench)?.display().to_string()),
            ("/var/log/nginx", folder.display().to_string()),
            (NODES[0], nodes[0].clone()),
            (NODES[1], nodes[1].clone()),
        ] {
            if !site.contains(from) {
                return Err(Failure(format!("{FILE} no longer has `{from}`, which has another value here")));
            }
            site = site.replace(from, &to);
        }
        let written =
            fs::write(folder.join("site.conf"), site).and_then(|()| fs::write(folder.join("nginx.conf"), AROUND));
        written.map_err(|error| Failure(format!("writing the configuration: {error}")))?;
        let nginx = ["/usr/sbin/nginx", "nginx"].into_iter().find(|one| Path::new(one).exists()).unwrap_or("nginx");
        let prefix = format!("{}/", folder.display());
        let arguments = ["-p", &prefix, "-c", "nginx.conf", "-e", "error.log"];
        let tested = capture(&mut command(&folder, nginx, &[&["-t"], &arguments[..]].concat()))?;
        if !tested.succeeded || tested.stderr.contains("[warn]") {
            return Err(Failure(format!("nginx -t: {}", tested.stderr)));
        }
        let mut start = Command::new(nginx);
        start.args(arguments);
        let serving = Serving::start(start, &folder.join("run"), https)?;
        Ok(Self { serving, folder, https, http })
    }

    /// Runs lines of bash with `call PATH …` for curl through this proxy, and compares what they print.
    fn compare(&self, lines: &str, more: &[(&str, String)], expected: &str) -> Result<Findings, Failure> {
        let script = format!("{CALL}\n{lines}");
        let mut bash = command(&self.folder, "bash", &["-c", &script]);
        bash.env("https", self.https.port().to_string()).env("http", self.http.to_string());
        bash.envs(more.iter().map(|(name, value)| (*name, value)));
        let ran = capture(&mut bash)?;
        let mut findings = differences(expected, &ran.stdout);
        findings.extend(unless(ran.succeeded, format!("the lines broke off: {}", ran.stderr)));
        if !findings.is_empty() {
            let log = fs::read_to_string(self.folder.join("error.log")).unwrap_or_default();
            terminal::line(&format!("nginx: {}\n{log}", self.serving.output()));
        }
        Ok(findings)
    }
}

const CALL: &str = r#"
set -euo pipefail
gate=https://auth.example.com:$https
curl() { command curl -sS --max-time 20 --cacert ../../certificate/fullchain.pem --resolve "auth.example.com:$https:127.0.0.1" "$@"; }
call() { curl "$gate$1" -H 'Content-Type: application/json' "${@:2}"; }
status() { call "$1" -o /dev/null -w '%{http_code}' "${@:2}"; }
ada='{"email":"ada@example.test","password":"difference engine no. 2","username":"ada"}'
login='{"login":"ada","password":"difference engine no. 2","transport":"body"}'
"#;

/// The lines that are not as expected.
fn differences(expected: &str, got: &str) -> Findings {
    let (expected, got): (Vec<_>, Vec<_>) = (expected.trim().lines().collect(), got.trim().lines().collect());
    let longest = expected.len().max(got.len());
    let line = |lines: &[&str], index: usize| (*lines.get(index).unwrap_or(&"(nothing)")).to_owned();
    let pairs = (0..longest).map(|index| (line(&expected, index), line(&got, index)));
    pairs
        .filter(|(expected, got)| expected != got)
        .map(|(expected, got)| format!("`{expected}` was expected, and it is `{got}`"))
        .collect()
}

/// A folder with a certificate that lasts two days.
fn certificate(bench: &Bench) -> Result<PathBuf, Failure> {
    let folder = bench.folder.join("certificate");
    fs::create_dir_all(&folder).map_err(|error| Failure(format!("making {}: {error}", folder.display())))?;
    let made = capture(&mut command(
        &folder,
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=auth.example.com",
            "-addext",
            "subjectAltName=DNS:auth.example.com",
            "-keyout",
            "privkey.pem",
            "-out",
            "fullchain.pem",
        ],
    ))?;
    if !made.succeeded {
        return Err(Failure(format!("openssl made no certificate: {}", made.stderr)));
    }
    Ok(folder)
}

/// Servers behind the proxy, on one database.
fn node(
    bench: &Bench,
    name: &str,
    https: SocketAddr,
    data: &Path,
) -> Result<(Serving, SocketAddr, SocketAddr), Failure> {
    let (api, ops) = (free_address()?, free_address()?);
    let mut serve = Command::new(&bench.gatewright);
    serve.arg("serve").env("GATEWRIGHT_LISTEN", api.to_string()).env("GATEWRIGHT_OPS_LISTEN", ops.to_string());
    serve.env("GATEWRIGHT_PUBLIC_URL", format!("https://auth.example.com:{}", https.port()));
    serve.env("GATEWRIGHT_BEHIND_PROXY", "true").env("GATEWRIGHT_TRUSTED_PROXIES", "127.0.0.1/32");
    serve.env("GATEWRIGHT_DATA_DIR", data);
    let serving = Serving::start(serve, &bench.folder.join("nginx-nodes").join(name), api)?;
    Ok((serving, api, ops))
}

/// The browser is 127.0.0.2, so that its address is another one than the proxy's. The other caller has the address that the nodes
/// trust: what it makes up would be believed if the proxy passed it on. A body that is too large ends at nginx (text/html).
const BROWSER: &str = r#"
browser() { call "$1" --interface 127.0.0.2 -b jar -c jar -H "Origin: $gate" -H 'X-Forwarded-For: 203.0.113.9' -H 'Forwarded: for=203.0.113.9' "${@:2}"; }
echo "plain: $(curl -o /dev/null -w '%{http_code} %{redirect_url}' "http://$http/auth/me")"
head=$(browser /auth/signup -d "$ada" -o signed.json -D -)
echo "cookie: $(tr -d '\r' <<<"$head" | sed -n 's/^set-cookie: \(__Host-gw_rt_\)[^;]*\(.*\) Max-Age=[0-9]*;/\1\2/Ip')"
echo "hsts: $(tr -d '\r' <<<"$head" | sed -n 's/^strict-transport-security: //Ip')"
echo "server: $(tr -d '\r' <<<"$head" | sed -n 's/^server: //Ip')"
for _ in 1 2 3 4; do echo "refresh: $(browser /auth/refresh -X POST | jq -r '.status // .code')"; done
echo "foreign: $(browser /auth/refresh -X POST -H 'Origin: https://evil.example' | jq -r .code)"
call /auth/login -H 'X-Forwarded-For: 203.0.113.9' -d "$login" -o here.json
echo "login: $(jq -r .status here.json)"
address() { "$1" /auth/sessions -H "Authorization: Bearer $(jq -r .access_token "$2")" | jq -r '.sessions[] | select(.current) | .ip'; }
echo "address: $(address browser signed.json)"
echo "address of a caller beside the proxy: $(address call here.json)"
echo "large: $(head -c 17000 /dev/zero | call /auth/login --data-binary @- -o /dev/null -w '%{http_code} %{content_type}')"
for path in /healthz /readyz /metrics; do echo "$path: $(status "$path")"; done
echo "logout: $(browser /auth/logout -X POST -o /dev/null -w '%{http_code}')"
echo "refresh: $(browser /auth/refresh -X POST | jq -r '.status')"
"#;
const BROWSER_SEES: &str = "\
plain: 308 https://auth.example.com/auth/me
cookie: __Host-gw_rt_; Path=/; HttpOnly; Secure; SameSite=Strict
hsts: max-age=63072000; includeSubDomains
server: nginx
refresh: signed_in
refresh: signed_in
refresh: signed_in
refresh: signed_in
foreign: origin_refused
login: signed_in
address: 127.0.0.2
address of a caller beside the proxy: 127.0.0.1
large: 413 text/html
/healthz: 404
/readyz: 404
/metrics: 404
logout: 204
refresh: 401";

/// Sign-up, cookies, refreshes over both nodes, the caller's address, and what is not reached.
pub(super) fn two_nodes(bench: &Bench) -> Result<Findings, Failure> {
    let https = free_address()?;
    let data = bench.folder.join("nginx-data");
    let _absent = fs::remove_dir_all(&data);
    let (_one, first, _) = node(bench, "one", https, &data)?;
    let (_two, second, _) = node(bench, "two", https, &data)?;
    let lines = [(NODES[0], "gatewright-1:8080", first), (NODES[1], "gatewright-2:8080", second)]
        .map(|(line, name, address)| line.replace(name, &address.to_string()));
    let proxy = Proxy::start(bench, "two-nodes", https, &lines)?;
    let mut findings = proxy.compare(BROWSER, &[], BROWSER_SEES)?;
    let log = fs::read_to_string(proxy.folder.join("access.log")).unwrap_or_default();
    for address in [first, second] {
        findings.extend(unless(log.contains(&address.to_string()), format!("{address} was never asked:\n{log}")));
    }
    findings.extend(unless(!log.contains('?'), "the log shows queries"));
    Ok(findings)
}

/// Signs up at the node itself, which others do not reach, and then asks through a proxy whose first node fails.
const CALLS: &str = r#"
signed=$(command curl -sS "http://$live/auth/signup" -H 'Content-Type: application/json' -d "${ada%\}},\"transport\":\"body\"}")
token="{\"refresh_token\":$(jq .refresh_token <<<"$signed")}"
echo "read: $(status /.well-known/jwks.json)"
echo "login: $(status /auth/login -d "$login")"
echo "refresh: $(status /auth/refresh -d "$token")"
echo "refresh with a key: $(status /auth/refresh -d "$token" -H 'Idempotency-Key: 0123456789abcdef0123456789abcdef')"
"#;

/// A node that takes a request and dies: only what may be repeated reaches the other. One that does not listen: everything does.
pub(super) fn repeats(bench: &Bench) -> Result<Findings, Failure> {
    let https = free_address()?;
    let data = bench.folder.join("nginx-data");
    let mut findings = Vec::new();
    for (name, expected) in [
        ("dying", "read: 200\nlogin: 502\nrefresh: 502\nrefresh with a key: 200"),
        ("absent", "read: 200\nlogin: 200\nrefresh: 200\nrefresh with a key: 200"),
    ] {
        let _absent = fs::remove_dir_all(&data);
        let (_live, live, _) = node(bench, name, https, &data)?;
        let dying = if name == "dying" { Dying::listening()? } else { Dying::absent()? };
        // In this order, whatever has failed before.
        let lines = [format!("server {} max_fails=0;", dying.address), format!("server {live} backup;")];
        let proxy = Proxy::start(bench, name, https, &lines)?;
        let found = std::thread::scope(|scope| {
            dying.take(scope);
            let found = proxy.compare(CALLS, &[("live", live.to_string())], expected);
            dying.stop();
            found
        })?;
        findings.extend(found.into_iter().map(|finding| format!("{name}: {finding}")));
        let (met, expected) = (dying.met(), if name == "dying" { 4 } else { 0 });
        findings.extend(unless(met == expected, format!("{name}: it met {met} requests and not {expected}")));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_differs_and_a_line_too_few_are_told() {
        assert!(differences("a: 1\nb: 2", "a: 1\nb: 2\n").is_empty());
        assert_eq!(
            differences("a: 1\nb: 2", "a: 2"),
            ["`a: 1` was expected, and it is `a: 2`", "`b: 2` was expected, and it is `(nothing)`"]
        );
    }
}
