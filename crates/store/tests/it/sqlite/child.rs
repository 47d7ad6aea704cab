//! Tests whose body runs in a process of its own, because it dies or because it limits the process: the test binary starts
//! itself again with only that test and a folder in the environment.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

const FOLDER: &str = "GATEWRIGHT_TEST_CHILD_FOLDER";

/// The folder, if this process is such a child.
#[expect(clippy::disallowed_methods, reason = "a test tells its own child apart")]
pub(super) fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// Says a line to the parent, at once.
pub(super) fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).unwrap();
}

/// The command that runs `test` again as a child on `folder`. Signals about too large files are ignored in it, so that a
/// write beyond the limit fails as it does on a full disk.
pub(super) fn command(test: &str, folder: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder);
    command
}
