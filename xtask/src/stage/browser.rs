//! The stage `browser`: the hosted pages and the links of mails in real Chromium, against the real binary (`browser/`). What must
//! stay true: the packages are exactly those of the lock file, a run that broke off is a failure, and so is one without tests.

use crate::process::{capture, cargo, command, run as run_command, watch};
use crate::tally::Tally;
use crate::{Ended, Failure, terminal};
use std::fs;
use std::path::Path;

/// The folder of the tests; an npm project.
const FOLDER: &str = "browser";
/// They share one Chromium, so they are one file for Node's runner.
const TESTS: &str = "tests/all.test.js";
/// Where the tests put pictures of every page that they have seen; the folder is made anew.
const PICTURES: &str = "target/screenshots";
/// What Debian 12 has; older ones lack parts of the test runner.
const OLDEST_NODE: u32 = 18;

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    check_node(root)?;
    install(root)?;
    if run_command(&mut cargo(root, &["build", "-p", "gatewright-server"]))? == Ended::Badly {
        return Err(Failure("the binary could not be built".into()));
    }
    let folder = root.join(FOLDER);
    let mut tally = checked_types(&folder)?;
    let typed = tally;
    let mut node = command(&folder, "node", &["--test", "--test-reporter=spec", TESTS]);
    let pictures = root.join(PICTURES);
    node.env("GATEWRIGHT_PROGRAM", root.join("target/debug/gatewright")).env("GATEWRIGHT_SCREENSHOTS", &pictures);
    let ended = watch(&mut node, |line| {
        read_line(&mut tally, line);
        terminal::line(line);
    })?;
    terminal::line(&format!("every page, to look at: {}", pictures.join("index.html").display()));
    if tally == typed {
        return Err(Failure("Node's test runner counted no test".into()));
    }
    Ok(tally.closed(ended))
}

/// The types of the tests' JavaScript, which stand in its comments.
fn checked_types(folder: &Path) -> Result<Tally, Failure> {
    let ended = run_command(&mut command(folder, "node", &["node_modules/typescript/bin/tsc", "--project", "."]))?;
    Ok(if ended == Ended::Well { Tally::passed(1) } else { Tally::failed(1) })
}

fn check_node(root: &Path) -> Result<(), Failure> {
    let printed = capture(&mut command(root, "node", &["--version"]))?.stdout;
    if major(&printed).is_some_and(|major| major >= OLDEST_NODE) {
        return Ok(());
    }
    Err(Failure(format!("Node is {}, and the tests need {OLDEST_NODE} or newer", printed.trim())))
}

/// `20` of `v20.1.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs what the lock file names, unless it is there.
fn install(root: &Path) -> Result<(), Failure> {
    let folder = root.join(FOLDER);
    let lock = folder.join("package-lock.json");
    let wanted = fs::read_to_string(&lock).map_err(|error| Failure(format!("{}: {error}", lock.display())))?;
    // In the folder that `npm ci` makes anew, so that it is gone when the packages are.
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read_to_string(&installed).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    if run_command(&mut command(&folder, "npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?
        == Ended::Badly
    {
        return Err(Failure(format!(
            "the packages of {FOLDER}/package-lock.json could not be installed: `npm ci` failed"
        )));
    }
    fs::write(installed, wanted).map_err(|error| Failure(format!("noting what is installed: {error}")))
}

/// Takes in one line of Node's test runner: `ℹ pass 12` and its like. What was cancelled or left out did not hold.
fn read_line(tally: &mut Tally, line: &str) {
    let Some((word, count)) = line.strip_prefix("ℹ ").and_then(|summary| summary.split_once(' ')) else { return };
    match (word, count.parse::<u64>()) {
        ("pass", Ok(count)) => tally.passed += count,
        ("fail" | "cancelled" | "skipped" | "todo", Ok(count)) => tally.failed += count,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_the_runner_are_read_and_nothing_else() {
        let mut tally = Tally::default();
        let lines =
            ["▶ em3", "  ✔ pass 3 (1ms)", "ℹ tests 15", "ℹ pass 10", "ℹ fail 2", "ℹ cancelled 1", "ℹ skipped 1"];
        lines.into_iter().for_each(|line| read_line(&mut tally, line));
        read_line(&mut tally, "ℹ todo 1");
        read_line(&mut tally, "ℹ duration_ms 12");
        assert_eq!(tally, Tally { passed: 10, failed: 5 });
    }

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!((major("v18.20.4\n"), major("v22.0.0"), major("20"), major("")), (Some(18), Some(22), None, None));
    }
}
