//! `cargo xtask test`: every test there is, stage after stage. What must stay true: a failed stage does not keep the
//! next one from running, and the last line is `N passed, N failed` over all of them.
//!
//! A new stage is a file beside this one and a line in [`STAGES`].

mod browser;
mod cargo_tests;
mod deploy;
mod examples;
mod generated;
mod interleavings;
mod openapi;
mod preflight;
mod readme;
mod rules;

use crate::tally::Tally;
use crate::terminal::Stopwatch;
use crate::{Ended, Failure, chosen, terminal};
use std::path::Path;

/// A part of `cargo xtask test`.
struct Stage {
    name: &'static str,
    about: &'static str,
    /// Counts what held and what did not; `Err` when it could not even look.
    run: fn(&Path) -> Result<Tally, Failure>,
}

/// In the order in which they run: what is quick and explains later failures comes first.
const STAGES: &[Stage] = &[
    Stage { name: "preflight", about: "the programs that the other stages need", run: preflight::run },
    Stage { name: "tidy", about: "the rules of `cargo xtask tidy`, one test each", run: rules::run },
    Stage { name: "generated", about: "the generated files are what the code generates", run: generated::run },
    Stage { name: "cargo", about: "unit, integration and documentation tests of the workspace", run: cargo_tests::run },
    Stage {
        name: "interleavings",
        about: "writer, password queue and keys in use, in many orders of their threads",
        run: interleavings::run,
    },
    Stage { name: "openapi", about: "schemathesis makes requests from openapi.json", run: openapi::run },
    Stage { name: "readme", about: "the lines of the README, against a real server", run: readme::run },
    Stage { name: "browser", about: "pages and links of mails in real Chromium, scanners first", run: browser::run },
    Stage { name: "deploy", about: "the files of deploy/: linters, and runs of nginx and the units", run: deploy::run },
    Stage { name: "examples", about: "the app that embeds Gatewright, as its first lines say", run: examples::run },
];

/// Runs the stages that `wanted` names, or all of them.
pub(crate) fn task(root: &Path, wanted: &[&str]) -> Result<Ended, Failure> {
    if wanted == ["--list"] {
        for stage in STAGES {
            terminal::line(&format!("{:<12}{}", stage.name, stage.about));
        }
        return Ok(Ended::Well);
    }
    let stages = chosen("stage", STAGES, |stage| stage.name, wanted)?;
    let mut total = Tally::default();
    for (index, stage) in stages.iter().enumerate() {
        terminal::heading(&format!("{} ({} of {}): {}", stage.name, index + 1, stages.len(), stage.about));
        total.add(tally(stage, root));
    }
    if total == Tally::default() {
        total.add(Tally::failed(1));
        terminal::bad("no test was found, so nothing was tested: that counts as a failure");
    }
    terminal::line(&total.to_string());
    Ok(total.ended())
}

fn tally(stage: &Stage, root: &Path) -> Tally {
    let stopwatch = Stopwatch::started();
    let tally = (stage.run)(root).unwrap_or_else(|failure| {
        terminal::bad(&failure.to_string());
        Tally::failed(1)
    });
    let told = format!("{}: {} held, {} did not, {}", stage.name, tally.passed, tally.failed, stopwatch.told());
    if tally.failed == 0 {
        terminal::good(&told);
    } else {
        terminal::bad(&told);
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_that_cannot_look_counts_as_a_failure() {
        let stage = Stage { name: "x", about: "", run: |_| Err(Failure("no such thing".into())) };
        assert_eq!(tally(&stage, Path::new(".")), Tally::failed(1));
    }
}
