//! The stage `versions`: two versions of the server side by side on one database, under load. The second one is this tree,
//! compiled as the next version: its schema has one more step (`crates/store/tests/next_version.sql`).

use crate::process::{cargo, run as run_command, watch};
use crate::tally::Tally;
use crate::{Ended, Failure, terminal};
use std::fs;
use std::path::Path;

const BUILD: &[&str] = &["build", "-p", "gatewright-server"];
const TEST: &[&str] = &["test", "-p", "gatewright-server", "--test", "it", "--", "--ignored", "two_versions"];

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    let mut build = cargo(root, BUILD);
    if run_command(build.env("GATEWRIGHT_COMPILE_AS_NEXT_VERSION", "1"))? == Ended::Badly {
        return Err(Failure("the next version could not be built".into()));
    }
    // Aside: building this version puts its program where that of the next one lies now.
    let next = root.join("target/next-version/gatewright");
    let put = next.parent().map_or(Ok(()), fs::create_dir_all);
    put.and_then(|()| fs::copy(root.join("target/debug/gatewright"), &next))
        .map_err(|error| Failure(format!("the program of the next version: {error}")))?;
    let mut tally = Tally::default();
    let mut test = cargo(root, TEST);
    let ended = watch(test.env("GATEWRIGHT_TEST_NEXT_VERSION", &next), |line| {
        tally.read_cargo_line(line);
        terminal::line(line);
    })?;
    if tally.passed == 0 {
        return Err(Failure("no test of two versions was found".into()));
    }
    Ok(tally.closed(ended))
}
