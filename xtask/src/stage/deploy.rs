//! The stage `deploy`: the files of `deploy/`. What must stay true: each is read by a linter that knows its format, by rules
//! of our own that know Gatewright, and runs as far as a machine without systemd and without containers can run it.

mod compose;
mod container;
mod dying;
mod facts;
mod kubernetes;
mod linters;
mod nginx;
mod page;
mod sources;
mod systemd;

use crate::process::is_installed;
use crate::tally::Tally;
use crate::{Failure, python, terminal};
use std::fs;
use std::path::{Path, PathBuf};

/// The pinned packages of the linters, from the repository's root.
const PACKAGES: &str = "xtask/deploy.txt";
/// Programs that are no Python packages, with what brings them.
const PROGRAMS: &[(&str, &str)] = &[
    ("bash", "bash"),
    ("curl", "curl"),
    ("jq", "jq"),
    ("nginx", "nginx"),
    ("openssl", "openssl"),
    ("strace", "strace"),
    ("systemd-analyze", "systemd"),
    ("systemd-socket-activate", "systemd"),
];

/// What the checks work with.
struct Bench {
    root: PathBuf,
    /// Where the linters are.
    linters: PathBuf,
    /// A folder that only this stage writes to.
    folder: PathBuf,
    /// The binary, built from what the container would see.
    gatewright: PathBuf,
}

/// What is wrong; empty when nothing is.
type Findings = Vec<String>;
/// A check; `Err` when it could not even look.
type Check = fn(&Bench) -> Result<Findings, Failure>;

/// The check that makes the binary for the others.
const BUILDS: &str = "container: its line builds, from what it copies";
/// The checks, in the order in which they run: the first one builds the binary that the later ones run.
const CHECKS: &[(&str, Check)] = &[
    ("the linters", linters::check),
    ("container: what it copies is there and is seen", container::copies),
    (BUILDS, container::builds),
    ("container: the probe tells ready from not", container::probe),
    ("the page: what it names is there", page::names),
    ("compose: what is named is there", compose::names),
    ("compose: the nodes are set up as they must be", compose::nodes),
    ("compose: the secrets are made as they are used", compose::secrets),
    ("kubernetes: ports, probes and selectors fit", kubernetes::wiring),
    ("kubernetes: a rolling restart loses nothing", kubernetes::restarts),
    ("kubernetes: the variables are right", kubernetes::variables),
    ("systemd: the unit is right and closed", systemd::unit),
    ("systemd: its sockets are handed over in order", systemd::sockets),
    ("systemd: no system call that is needed is forbidden", systemd::system_calls),
    ("nginx: in front of two nodes", nginx::two_nodes),
    ("nginx: what is repeated when a node dies", nginx::repeats),
];

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    let missing = PROGRAMS.iter().filter(|(program, _)| !is_installed(program)).collect::<Vec<_>>();
    if let Some((program, package)) = missing.first() {
        return Err(Failure(format!("`{program}` is missing; on Debian and Ubuntu: apt-get install {package}")));
    }
    let folder = root.join("target/deploy");
    fs::create_dir_all(&folder).map_err(|error| Failure(format!("making target/deploy: {error}")))?;
    let bench = Bench {
        root: root.to_path_buf(),
        linters: python::programs(root, "deploy-linters", PACKAGES)?,
        gatewright: folder.join("built/debug/gatewright"),
        folder,
    };
    let mut tally = Tally::default();
    for (name, check) in CHECKS {
        let findings = check(&bench).unwrap_or_else(|failure| vec![failure.to_string()]);
        tally.add(if findings.is_empty() { Tally::passed(1) } else { Tally::failed(1) });
        findings.iter().for_each(|finding| terminal::bad(&format!("{name}: {finding}")));
        if findings.is_empty() {
            terminal::line(&format!("{name}: holds"));
        }
        if *name == BUILDS && !bench.gatewright.exists() {
            terminal::bad("without the binary the other checks were not made");
            break;
        }
    }
    Ok(tally)
}

impl Bench {
    /// A file of the repository.
    fn text(&self, path: &str) -> Result<String, Failure> {
        fs::read_to_string(self.root.join(path)).map_err(|error| Failure(format!("{path}: {error}")))
    }
}

/// `finding` unless `holds`.
fn unless(holds: impl Into<Option<bool>>, finding: impl Into<String>) -> Option<String> {
    (holds.into() != Some(true)).then(|| finding.into())
}
