//! The tasks of this repository: `cargo xtask test | check | tidy | generate | model | faults | fuzz`.
//!
//! This file reads the command line and nothing else. What must stay true: a task that finds something wrong ends with
//! a status other than 0, and it looks at everything it was asked for before it does, so that one run tells all.

mod bans;
mod check;
mod deny;
mod fuzz;
mod generate;
mod process;
mod python;
mod serving;
mod stage;
mod tally;
mod terminal;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
The tasks of this repository.

Usage: cargo xtask <task>

  test [stage...]     every test there is, in stages; ends with the line 'N passed, N failed'
  check [step...]     what a change must pass beside the tests: formats, lints, tidy, licences, documentation
  tidy [rule...]      the rules of STYLE.md that no compiler and no lint holds
  generate            writes the files that are made from the code
  generate --check    compares them instead, and fails on the first difference of each
  model [--large]     explores what clients, thieves and failures can do to a session; --large takes minutes
  faults [--help]     thousands of clients against real nodes that are killed, behind a network that loses things
  fuzz [target...]    the parsers of bytes from outside under libFuzzer, a minute each, or --minutes N; --keep adds to the corpora
  help                this page; 'test --list', 'check --list' and 'tidy --list' name their parts

A name after test, check or tidy runs that part only: cargo xtask test tidy
";

/// Why a task could not do its work; the text is for the person who called it and names the remedy where there is one.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a task ended: it did what it was asked for and found nothing wrong, or it found something and has said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Well,
    Badly,
}

impl From<std::process::ExitStatus> for Ended {
    fn from(status: std::process::ExitStatus) -> Self {
        if status.success() { Self::Well } else { Self::Badly }
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let root = root();
    let ended = match words.as_slice() {
        [] | ["help" | "--help" | "-h", ..] => {
            terminal::line(HELP.trim_end());
            Ok(Ended::Well)
        }
        // It has a page of its own.
        ["faults", words @ ..] => program(&root, "gatewright-faults", words),
        [_, "--help" | "-h", ..] => {
            terminal::line(HELP.trim_end());
            Ok(Ended::Well)
        }
        ["test", names @ ..] => stage::task(&root, names),
        ["check", names @ ..] => check::task(&root, names),
        ["tidy", names @ ..] => tidy::task(&root, names),
        ["generate"] => generate::task(&root, generate::Mode::Write),
        ["generate", "--check"] => generate::task(&root, generate::Mode::Compare),
        ["model", words @ ..] => program(&root, "gatewright-proof", words),
        ["fuzz", words @ ..] => fuzz::task(&root, words),
        ["generate", ..] => Err(Failure("`generate` takes nothing but `--check`".into())),
        [other, ..] => Err(Failure(format!("there is no task `{other}`; `cargo xtask` alone lists them"))),
    };
    match ended {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Badly) => ExitCode::FAILURE,
        Err(failure) => {
            terminal::error(&failure.to_string());
            ExitCode::from(2)
        }
    }
}

/// Builds one of the repository's own programs for speed and runs it.
fn program(root: &Path, package: &str, words: &[&str]) -> Result<Ended, Failure> {
    let mut cargo = process::cargo(root, &["run", "--quiet", "--release", "--package", package, "--"]);
    process::run(cargo.args(words))
}

/// The root of the repository, wherever the task was called.
fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask lives one folder below the root").to_path_buf()
}

/// Those of `all` that `wanted` names, in their own order; all of them when nothing is named.
pub(crate) fn chosen<'a, T>(
    kind: &str,
    all: &'a [T],
    name: impl Fn(&T) -> &'static str,
    wanted: &[&str],
) -> Result<Vec<&'a T>, Failure> {
    if let Some(unknown) = wanted.iter().find(|wanted| !all.iter().any(|one| name(one) == **wanted)) {
        let names: Vec<_> = all.iter().map(&name).collect();
        return Err(Failure(format!("there is no {kind} `{unknown}`; there are: {}", names.join(", "))));
    }
    Ok(all.iter().filter(|one| wanted.is_empty() || wanted.contains(&name(one))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naming_nothing_chooses_everything() {
        assert_eq!(chosen("letter", &["a", "b"], |one| one, &[]).unwrap(), [&"a", &"b"]);
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let failure = chosen("letter", &["a", "b"], |one| one, &["a", "c"]).unwrap_err();
        assert_eq!(failure.to_string(), "there is no letter `c`; there are: a, b");
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.toml").is_file() && root().join("xtask").is_dir());
    }
}
