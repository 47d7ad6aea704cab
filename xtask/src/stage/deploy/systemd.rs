//! The units of `deploy/systemd/`: read by systemd's own tools, which need no running systemd, and their promises run. What must
//! stay true: the command line that runs here is the one of the unit, with other paths.

use super::{Bench, Findings, compose, sources, unless};
use crate::process::{capture, command};
use crate::serving::{Serving, free_address};
use crate::{Failure, terminal};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const SERVICE: &str = "deploy/systemd/gatewright.service";
const SOCKET: &str = "deploy/systemd/gatewright.socket";
const BINARY: &str = "/usr/local/bin/gatewright";
/// In tenths, from 0 to 100: what `systemd-analyze security` may find at most.
const EXPOSURE: &str = "--threshold=15";

/// The values of a setting of a unit, one per line on which it stands.
fn values<'a>(unit: &'a str, setting: &'a str) -> impl Iterator<Item = &'a str> {
    unit.lines().filter_map(move |line| line.strip_prefix(setting)?.strip_prefix('='))
}

pub(super) fn unit(bench: &Bench) -> Result<Findings, Failure> {
    let (service, socket) = (bench.text(SERVICE)?, bench.text(SOCKET)?);
    let folder = bench.folder.join("units");
    let written = fs::create_dir_all(&folder)
        .and_then(|()| {
            fs::write(folder.join("gatewright.service"), service.replace(BINARY, &bench.gatewright.to_string_lossy()))
        })
        .and_then(|()| fs::write(folder.join("gatewright.socket"), socket));
    written.map_err(|error| Failure(format!("writing the units: {error}")))?;
    let analyze = |arguments: &[&str]| capture(&mut command(&folder, "systemd-analyze", arguments));
    let mut findings = Vec::new();
    // What it does not know it only tells, and ends well.
    let units = ["./gatewright.service", "./gatewright.socket"];
    let verified = analyze(&[&["verify", "--man=no", "--recursive-errors=no"], &units[..]].concat())?;
    findings.extend(unless(
        verified.succeeded && verified.stderr.trim().is_empty(),
        format!("verify: {}", verified.stderr),
    ));
    let security = analyze(&["security", "--no-pager", "--offline=yes", EXPOSURE, units[0]])?;
    let open = security.stdout.lines().filter(|line| !line.starts_with('✓')).collect::<Vec<_>>().join("\n");
    findings.extend(unless(security.succeeded, format!("it is more open than it was:\n{open}{}", security.stderr)));
    let stops = values(&service, "TimeoutStopSec").next().and_then(|time| time.strip_suffix('s')?.parse::<u64>().ok());
    let drain = sources::drain_secs(bench)?;
    findings.extend(unless(stops.is_some_and(|stops| stops > drain), "it is killed before it has drained"));
    findings.extend(wrong_configuration(bench, &service)?);
    Ok(findings)
}

/// A configuration that no restart mends ends with the status that the unit takes for the last word.
fn wrong_configuration(bench: &Bench, service: &str) -> Result<Findings, Failure> {
    let mut serve = command(&bench.folder, "bash", &["-c", r#""$0" serve >&2; echo $?"#]);
    // What Kubernetes sets for a service of that name.
    serve.arg(&bench.gatewright).env("GATEWRIGHT_PORT", "tcp://10.96.0.1:80");
    let ended = capture(&mut serve)?;
    let last_word = values(service, "RestartPreventExitStatus").next();
    let says = format!("a wrong configuration ends with {}: {}", ended.stdout.trim(), ended.stderr);
    Ok(unless(last_word == Some(ended.stdout.trim()), says).into_iter().collect())
}

/// Starts the unit's command with its sockets handed over in the unit's order.
pub(super) fn sockets(bench: &Bench) -> Result<Findings, Failure> {
    let (service, socket) = (bench.text(SERVICE)?, bench.text(SOCKET)?);
    let streams: Vec<_> = values(&socket, "ListenStream").collect();
    let (api, ops) = (free_address()?, free_address()?);
    let here = |stream: &&str| match sources::port_of(stream) {
        Some(8080) => Ok(api.to_string()),
        Some(9090) => Ok(ops.to_string()),
        Some(_) | None => {
            Err(Failure(format!("{SOCKET}: {stream} is neither the API's usual port nor that of the ops listener")))
        }
    };
    let streams = streams.iter().map(here).collect::<Result<Vec<_>, _>>()?;
    let (secrets, state) = (compose::made_secrets(bench)?, bench.folder.join("activated"));
    let mut activate = Command::new("systemd-socket-activate");
    for stream in &streams {
        activate.args(["--listen", stream]);
    }
    for setting in values(&service, "Environment") {
        let setting =
            setting.replace("%S", &state.join("state").to_string_lossy()).replace("%d", &secrets.to_string_lossy());
        activate.arg(format!("--setenv={setting}"));
    }
    let line = values(&service, "ExecStart").next().unwrap_or_default();
    let line = line.replace("/etc/gatewright/", &format!("{}/deploy/systemd/", bench.root.display()));
    let line = line.replace(BINARY, &bench.gatewright.to_string_lossy());
    activate.args(line.split(' '));
    let serving = Serving::start(activate, &state, api)?;
    // The connection above made it start; the sockets accept before it does.
    let started = serving.output_once("\"serving\"");
    let status = |url: String| -> Result<String, Failure> {
        let asked = ["-sS", "--max-time", "10", "-o", "/dev/null", "-w", "%{http_code}", &url];
        Ok(capture(&mut command(&bench.root, "curl", &asked))?.stdout)
    };
    let mut findings = Vec::new();
    for (expected, url) in [
        ("200", format!("http://{api}/.well-known/jwks.json")),
        ("404", format!("http://{api}/healthz")),
        ("200", format!("http://{ops}/healthz")),
        ("200", format!("http://{ops}/readyz")),
    ] {
        let got = status(url.clone())?;
        findings.extend(unless(got == expected, format!("{url} answers {got} and not {expected}")));
    }
    if !findings.is_empty() {
        terminal::line(&started);
    }
    Ok(findings)
}

/// Some life of a server, from its start to its orderly end, with each of its system calls written down.
const LIFE: &str = r#"
set -euo pipefail
strace -D -f -qq -o trace.txt "$gatewright" serve >output.txt 2>&1 &
pid=$!
trap 'kill -KILL $pid 2>/dev/null || true' EXIT
for _ in {1..200}; do curl -s -o /dev/null "http://$ops/readyz" && break; sleep 0.1; done
call() { curl -sS --fail-with-body "http://$api$1" -H 'Content-Type: application/json' "${@:2}"; }
signed=$(call /auth/signup -d '{"email":"ada@example.test","password":"difference engine no. 2","username":"ada","transport":"body"}')
call /auth/refresh -d "{\"refresh_token\":$(jq .refresh_token <<<"$signed")}" >/dev/null
call /auth/sessions -H "Authorization: Bearer $(jq -r .access_token <<<"$signed")" >/dev/null
curl -sS --fail-with-body -o /dev/null "http://$ops/readyz" -o /dev/null "http://$ops/metrics"
kill -TERM $pid
wait $pid
for _ in {1..50}; do grep -q 'exited with 0' trace.txt && break; sleep 0.1; done
"#;

/// SQLite gives new files to the owner of the database, and only when it is root, which the service is not.
const ONLY_AS_ROOT: &str = "fchown";

pub(super) fn system_calls(bench: &Bench) -> Result<Findings, Failure> {
    let folder = bench.folder.join("traced");
    let _absent = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| Failure(format!("making {}: {error}", folder.display())))?;
    let (api, ops) = (free_address()?.to_string(), free_address()?.to_string());
    let mut life = command(&folder, "bash", &["-c", LIFE]);
    life.env("gatewright", &bench.gatewright).env("api", &api).env("ops", &ops);
    life.env("GATEWRIGHT_LISTEN", &api).env("GATEWRIGHT_OPS_LISTEN", &ops);
    let lived = capture(&mut life)?;
    if !lived.succeeded {
        return Ok(vec![format!("the server could not be watched: {}{}", lived.stdout, lived.stderr)]);
    }
    let trace = fs::read_to_string(folder.join("trace.txt")).map_err(|error| Failure(format!("the trace: {error}")))?;
    let called = called(&trace);
    let sets = capture(&mut command(&bench.root, "systemd-analyze", &["--no-pager", "syscall-filter"]))?;
    let allowed = allowed(&bench.text(SERVICE)?, &sets.stdout);
    let mut findings = Vec::new();
    findings.extend(unless(called.len() > 20, format!("only {} system calls were seen", called.len())));
    let forbidden = called.iter().filter(|name| !allowed.contains(**name) && **name != ONLY_AS_ROOT);
    findings.extend(forbidden.map(|name| format!("`{name}` is needed and SystemCallFilter= forbids it")));
    Ok(findings)
}

/// The names of the system calls in a trace.
fn called(trace: &str) -> BTreeSet<&str> {
    let calls = trace.lines().filter_map(|line| line.split_once(' ')?.1.trim_start().split_once('('));
    calls.map(|(name, _)| name).filter(|name| name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')).collect()
}

/// What a unit's filter lets through; the first line allows, and each later one adds to that or (`~`) takes away.
fn allowed(service: &str, sets: &str) -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for line in values(service, "SystemCallFilter") {
        let (removes, names) = line.strip_prefix('~').map_or((false, line), |names| (true, names));
        for call in names.split(' ').flat_map(|name| expanded(name, sets)) {
            if removes {
                allowed.remove(&call)
            } else {
                allowed.insert(call)
            };
        }
    }
    allowed
}

/// A system call, or those of a set and of the sets in it.
fn expanded(name: &str, sets: &str) -> Vec<String> {
    if !name.starts_with('@') {
        return vec![name.to_owned()];
    }
    let members = sets.lines().skip_while(|line| *line != name).skip(1).take_while(|line| line.starts_with(' '));
    let members = members.map(str::trim).filter(|member| !member.starts_with('#'));
    members.flat_map(|member| expanded(member, sets)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_line_after_line() {
        let sets = "@one\n    # Some\n    read\n    @two\n\n@two\n    write\n    nice\n";
        let service = "SystemCallFilter=@one\nSystemCallFilter=~write nice\nSystemCallFilter=nice\n";
        assert_eq!(allowed(service, sets).into_iter().collect::<Vec<_>>(), ["nice", "read"]);
    }

    #[test]
    fn a_trace_is_read_by_the_names_of_its_calls() {
        let trace = "12 openat(AT_FDCWD, \"x(\") = 3\n13 <... futex resumed>) = 0\n12 --- SIGTERM {a(b)} ---\n12 +++ exited with 0 +++\n7   read(3, \n";
        assert_eq!(called(trace).into_iter().collect::<Vec<_>>(), ["openat", "read"]);
    }
}
