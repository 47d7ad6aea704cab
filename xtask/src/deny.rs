//! The step `deny` of `cargo xtask check`: cargo-deny with the committed `deny.toml`. What must stay true: the version is
//! the one named here, so that everybody gets the same answer; and nothing is fetched behind anybody's back.
//!
//! Where no cargo-deny of that version is on the path, it is built once into `target/tools`. The advisories are looked at
//! when their database is on the machine (`cargo deny fetch` brings it): a check must also run where only the package
//! registry can be reached.

use crate::process::{capture, cargo, command, run as run_command};
use crate::{Ended, Failure, terminal};
use std::path::{Path, PathBuf};

const VERSION: &str = "0.20.2";

pub(crate) fn run(root: &Path) -> Result<Ended, Failure> {
    let program = installed(root)?;
    let mut ended = check(root, &program, &["bans", "licenses", "sources"])?;
    if has_advisories() {
        let advisories = check(root, &program, &["--disable-fetch", "advisories"])?;
        if advisories == Ended::Badly {
            ended = Ended::Badly;
        }
    } else {
        terminal::line(
            "advisories: not looked at, there is no database on this machine; `cargo deny fetch db` brings it",
        );
    }
    Ok(ended)
}

fn check(root: &Path, program: &Path, what: &[&str]) -> Result<Ended, Failure> {
    let program = program.to_string_lossy();
    let arguments = [
        &[
            "--all-features",
            "--workspace",
            "--log-level",
            "warn",
            "check",
            "--hide-inclusion-graph",
            "--allow",
            "unused-wrapper",
        ],
        what,
    ];
    run_command(&mut command(root, &program, &arguments.concat()))
}

/// A cargo-deny of our version: that of the path, else our own, which is built where it is missing.
fn installed(root: &Path) -> Result<PathBuf, Failure> {
    let tools = root.join("target/tools");
    let own = tools.join("bin/cargo-deny");
    for candidate in [PathBuf::from("cargo-deny"), own.clone()] {
        let told = capture(&mut command(root, &candidate.to_string_lossy(), &["--version"]));
        if told.is_ok_and(|told| told.stdout.trim() == format!("cargo-deny {VERSION}")) {
            return Ok(candidate);
        }
    }
    terminal::line(&format!("building cargo-deny {VERSION} into target/tools; this happens once and takes minutes"));
    let mut install = cargo(root, &["install", "--locked", "--debug", "--quiet", "--version", VERSION, "cargo-deny"]);
    let build = tools.join("build");
    install.arg("--root").arg(&tools).env("CARGO_TARGET_DIR", &build);
    match run_command(&mut install)? {
        Ended::Well => {
            // Hundreds of megabytes that nobody needs again; that they could not be removed is no reason to fail.
            let _ = std::fs::remove_dir_all(&build);
            Ok(own)
        }
        Ended::Badly => Err(Failure(format!("cargo-deny {VERSION} could not be installed; see the lines above"))),
    }
}

/// True when a database of advisories lies where cargo-deny keeps it.
#[expect(clippy::disallowed_methods, reason = "cargo's home is where cargo-deny keeps the advisories")]
fn has_advisories() -> bool {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let databases = home.and_then(|home| std::fs::read_dir(home.join("advisory-dbs")).ok());
    databases.is_some_and(|mut folder| folder.next().is_some())
}
