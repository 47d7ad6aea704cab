//! The stage `cargo`: everything that `cargo test` finds in the workspace, with all features, documentation tests
//! included. One failed test binary does not keep the others from running.

use crate::tally::Tally;
use crate::{Failure, process, terminal};
use std::path::Path;

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut cargo = process::cargo(root, &["test", "--workspace", "--all-features", "--no-fail-fast"]);
    let ended = process::watch(&mut cargo, |line| {
        tally.read_cargo_line(line);
        terminal::line(line);
    })?;
    Ok(tally.closed(ended))
}
