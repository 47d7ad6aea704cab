//! The stage `interleavings`: what runs between threads, under Shuttle's schedulers (docs/decisions/0013-interleavings.md). What
//! must stay true: the flag `shuttle` reaches the unit tests of these crates and nothing else, so that neither their
//! dependencies nor anything that is shipped is built with it.

use crate::tally::Tally;
use crate::{Ended, Failure, process, terminal};
use std::path::{Path, PathBuf};

/// The crates whose unit tests have modules of this name.
const CRATES: &[&str] = &["gatewright-core", "gatewright-password", "gatewright-store"];
const MODULE: &str = "interleaving_tests";

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    let mut total = Tally::default();
    for krate in CRATES {
        let tests = compiled(root, krate)?;
        let mut tally = Tally::default();
        let mut command = process::command(root, &tests.to_string_lossy(), &[MODULE]);
        // Bodies that panic on purpose do so thousands of times.
        let ended = process::watch(command.env("RUST_BACKTRACE", "0"), |line| {
            tally.read_cargo_line(line);
            terminal::line(line);
        })?;
        if tally == Tally::default() {
            return Err(Failure(format!("`{krate}` has no test in a module `{MODULE}`")));
        }
        total.add(tally.closed(ended));
    }
    Ok(total)
}

/// The program of the crate's unit tests, compiled with the flag.
fn compiled(root: &Path, krate: &str) -> Result<PathBuf, Failure> {
    let arguments = ["rustc", "-p", krate, "--lib", "--profile", "test", "--message-format", "json-render-diagnostics"];
    let mut cargo = process::cargo(root, &arguments);
    cargo.args(["--", "--cfg", "shuttle"]);
    let mut tests = None;
    let ended = process::watch(&mut cargo, |line| tests = executable(line).or(tests.take()))?;
    match (ended, tests) {
        (Ended::Well, Some(tests)) => Ok(tests),
        (Ended::Well | Ended::Badly, _) => Err(Failure(format!("the tests of `{krate}` could not be built"))),
    }
}

/// The program that one of cargo's messages tells of.
fn executable(message: &str) -> Option<PathBuf> {
    let (_, rest) = message.split_once(r#""executable":""#)?;
    rest.split_once('"').map(|(path, _)| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_the_messages_of_cargo() {
        let library = r#"{"reason":"compiler-artifact","filenames":["/t/libx.rlib"],"executable":null,"fresh":true}"#;
        let tests = r#"{"reason":"compiler-artifact","filenames":["/t/x-1"],"executable":"/t/x-1","fresh":true}"#;
        assert_eq!(executable(library), None);
        assert_eq!(executable(tests), Some(PathBuf::from("/t/x-1")));
    }
}
