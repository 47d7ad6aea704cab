//! `cargo xtask check`: what a change must pass beside the tests. What must stay true: one run tells everything that is
//! wrong, so a failed step does not keep the next one from running.
//!
//! A new step is a line in [`STEPS`].

use crate::terminal::Stopwatch;
use crate::{Ended, Failure, bans, chosen, deny, generate, process, terminal, tidy};
use std::path::Path;

/// A part of `cargo xtask check`.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Path) -> Result<Ended, Failure>,
}

const STEPS: &[Step] = &[
    Step { name: "fmt", about: "rustfmt.toml", run: formats },
    Step { name: "tidy", about: "the rules of `cargo xtask tidy`", run: |root| tidy::task(root, &[]) },
    Step { name: "clippy", about: "the lints of Cargo.toml and the bans of clippy.toml", run: lints },
    Step { name: "bans", about: "what the lints forbid is really refused", run: bans::run },
    Step { name: "deny", about: "who may depend on what, licences, sources: deny.toml", run: deny::run },
    Step { name: "doc", about: "the documentation builds, and its links lead somewhere", run: documentation },
    Step { name: "generated", about: "`cargo xtask generate --check`", run: generated },
];

/// Runs the steps that `wanted` names, or all of them.
pub(crate) fn task(root: &Path, wanted: &[&str]) -> Result<Ended, Failure> {
    if wanted == ["--list"] {
        for step in STEPS {
            terminal::line(&format!("{:<12}{}", step.name, step.about));
        }
        return Ok(Ended::Well);
    }
    let mut failed = Vec::new();
    for step in chosen("step", STEPS, |step| step.name, wanted)? {
        terminal::heading(&format!("{}: {}", step.name, step.about));
        let stopwatch = Stopwatch::started();
        let ended = (step.run)(root).unwrap_or_else(|failure| {
            terminal::bad(&failure.to_string());
            Ended::Badly
        });
        match ended {
            Ended::Well => terminal::good(&format!("{}: clean, {}", step.name, stopwatch.told())),
            Ended::Badly => {
                terminal::bad(&format!("{}: not clean, {}", step.name, stopwatch.told()));
                failed.push(step.name);
            }
        }
    }
    if failed.is_empty() {
        return Ok(Ended::Well);
    }
    terminal::bad(&format!("not clean: {}", failed.join(", ")));
    Ok(Ended::Badly)
}

fn formats(root: &Path) -> Result<Ended, Failure> {
    process::run(&mut process::cargo(root, &["fmt", "--all", "--check"]))
}

fn lints(root: &Path) -> Result<Ended, Failure> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    process::run(&mut process::cargo(root, &arguments))
}

fn documentation(root: &Path) -> Result<Ended, Failure> {
    let mut cargo = process::cargo(root, &["doc", "--workspace", "--all-features", "--no-deps", "--quiet"]);
    process::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
}

fn generated(root: &Path) -> Result<Ended, Failure> {
    generate::task(root, generate::Mode::Compare)
}
