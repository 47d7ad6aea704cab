//! The stage `cargo`: everything that `cargo test` finds in the workspace, with all features, documentation tests
//! included. One failed test binary does not keep the others from running.
//!
//! One test runs two versions of the server side by side. The second one is this tree, compiled as the next version; it is
//! built here, because here nearly everything that it needs is there already.

use crate::tally::Tally;
use crate::{Ended, Failure, process, terminal};
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    let next = next_version(root)?;
    let mut tally = Tally::default();
    let mut cargo = process::cargo(root, &["test", "--workspace", "--all-features", "--no-fail-fast"]);
    let ended = process::watch(cargo.env("GATEWRIGHT_TEST_NEXT_VERSION", next), |line| {
        tally.read_cargo_line(line);
        terminal::line(line);
    })?;
    Ok(tally.closed(ended))
}

/// Builds the program of the next version, and puts it aside before the tests build this one in its place.
fn next_version(root: &Path) -> Result<PathBuf, Failure> {
    let mut build = process::cargo(root, &["build", "--workspace", "--all-features"]);
    // The examples are compiled with the same features, so that the stages that run them find them made.
    build.args(["--bin", "gatewright", "--bin", "verify-only", "--bin", "embed-axum"]);
    if process::run(build.env("GATEWRIGHT_COMPILE_AS_NEXT_VERSION", "1"))? == Ended::Badly {
        return Err(Failure("the program of the next version could not be built".into()));
    }
    let next = root.join("target/next-version/gatewright");
    let put = next.parent().map_or(Ok(()), fs::create_dir_all);
    put.and_then(|()| fs::copy(root.join("target/debug/gatewright"), &next))
        .map_err(|error| Failure(format!("the program of the next version: {error}")))?;
    Ok(next)
}
