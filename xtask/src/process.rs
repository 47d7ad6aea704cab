//! Running other programs: cargo for nearly everything. What must stay true: a program that cannot be started is an
//! error with its name, never a silent success.

use crate::{Ended, Failure, terminal};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// What a captured program wrote and how it ended.
pub(crate) struct Captured {
    pub(crate) succeeded: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The cargo that runs this task, started in `root`; as plain as we are ourselves.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut cargo = command(root, env!("CARGO"), arguments);
    if !terminal::is_coloured() {
        cargo.env("CARGO_TERM_COLOR", "never");
    }
    cargo
}

/// `program` with `arguments`, started in `root`.
pub(crate) fn command(root: &Path, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root);
    command
}

/// Runs with the terminal's own streams.
pub(crate) fn run(command: &mut Command) -> Result<Ended, Failure> {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    Ok(Ended::from(status))
}

/// Runs and keeps what it wrote.
pub(crate) fn capture(command: &mut Command) -> Result<Captured, Failure> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))?;
    Ok(Captured {
        succeeded: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Runs and hands each line of the standard output to `each` as it comes.
pub(crate) fn watch(command: &mut Command, mut each: impl FnMut(&str)) -> Result<Ended, Failure> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| not_started(command, &error))?;
    let stdout = child.stdout.take().expect("stdout was piped two lines above");
    let mut reader = BufReader::new(stdout);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).map_err(|error| Failure(format!("reading its output: {error}")))? > 0 {
        each(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']));
        bytes.clear();
    }
    let status = child.wait().map_err(|error| Failure(format!("waiting for its end: {error}")))?;
    Ok(Ended::from(status))
}

/// True when `program` is found on the search path, or where Debian keeps what it thinks is for administrators.
pub(crate) fn is_installed(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", "PATH=$PATH:/usr/sbin; command -v \"$0\"", program])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    Failure(format!("`{}` could not be started: {error}", command.get_program().to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_exist_is_an_error_with_its_name() {
        let failure = run(&mut command(Path::new("."), "no-such-program-here", &[])).unwrap_err();
        assert!(failure.to_string().starts_with("`no-such-program-here` could not be started"), "{failure}");
        assert!(!is_installed("no-such-program-here") && is_installed("sh"));
    }

    #[test]
    fn lines_are_handed_over_as_they_come_and_the_status_is_told() {
        let mut lines = Vec::new();
        let mut shell = command(Path::new("."), "sh", &["-c", "echo one; printf 'two\\r\\n'; exit 3"]);
        let ended = watch(&mut shell, |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(ended, Ended::Badly);
        assert_eq!(lines, ["one", "two"]);
    }
}
