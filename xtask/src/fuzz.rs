//! `cargo xtask fuzz`: the targets of `fuzz/` under libFuzzer. What must stay true: the corpora of the repository are only read,
//! unless `--keep` asks for them to be written; everything else goes into `target/`; and what is found makes the task fail.
//!
//! libFuzzer needs a nightly compiler, which rustup brings (`rustup toolchain install nightly`), and cargo-fuzz, which is built
//! once into `target/tools` where it is missing.

use crate::process::{capture, cargo, command, run as run_command};
use crate::terminal::{self, Stopwatch};
use crate::{Ended, Failure};
use std::fs;
use std::path::{Path, PathBuf};

const VERSION: &str = "0.13.2";
/// The package of the programs, a workspace of its own.
const PACKAGE: &str = "fuzz/libfuzzer";
/// Inputs longer than this are in no corpus: `fuzz/tests/it/corpora.rs`.
const LONGEST: &str = "-max_len=4096";

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    targets: Vec<String>,
    secs: u64,
    keep: Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    Nothing,
    /// The least number of inputs that reach as much, added to the corpora of the repository.
    WhatReachesMore,
}

/// Reads `[target...] [--minutes N] [--keep]` and runs it.
pub(crate) fn task(root: &Path, words: &[&str]) -> Result<Ended, Failure> {
    let wish = read(words, &targets(root)?)?;
    if !capture(&mut command(root, "rustup", &["run", "nightly", "rustc", "--version"])).is_ok_and(|it| it.succeeded) {
        return Err(Failure("libFuzzer needs a nightly compiler: `rustup toolchain install nightly`".into()));
    }
    let tools = installed(root)?;
    let mut found = Vec::new();
    for (at, target) in wish.targets.iter().enumerate() {
        let (number, all) = (at + 1, wish.targets.len());
        terminal::heading(&format!("{target}: {number} of {all}, {} seconds", wish.secs));
        let stopwatch = Stopwatch::started();
        match run(root, &tools, target, &wish)? {
            Ended::Well => terminal::good(&format!("{target}: nothing found, {}", stopwatch.told())),
            Ended::Badly => {
                terminal::bad(&format!("{target}: something was found; the input is named above"));
                found.push(target.as_str());
            }
        }
    }
    if found.is_empty() {
        return Ok(Ended::Well);
    }
    terminal::bad(&format!("found something: {}", found.join(", ")));
    Ok(Ended::Badly)
}

fn read(words: &[&str], known: &[String]) -> Result<Wish, Failure> {
    let mut wish = Wish { targets: Vec::new(), secs: 60, keep: Keep::Nothing };
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        match word {
            "--keep" => wish.keep = Keep::WhatReachesMore,
            "--minutes" => {
                let minutes = words.next().and_then(|number| number.parse::<f64>().ok());
                let minutes = minutes.filter(|minutes| (0.01..=10_000.0).contains(minutes));
                let minutes = minutes.ok_or(Failure("`--minutes` takes a number, such as 3 or 0.5".into()))?;
                wish.secs = std::time::Duration::from_secs_f64(60.0 * minutes).as_secs().max(1);
            }
            name if known.iter().any(|target| target == name) => wish.targets.push(name.to_owned()),
            other => {
                return Err(Failure(format!("there is no target `{other}`; there are: {}", known.join(", "))));
            }
        }
    }
    if wish.targets.is_empty() {
        wish.targets = known.to_vec();
    }
    Ok(wish)
}

/// The targets, by the files of their programs.
fn targets(root: &Path) -> Result<Vec<String>, Failure> {
    let folder = root.join(PACKAGE).join("targets");
    let entries = fs::read_dir(&folder).map_err(|error| Failure(format!("{}: {error}", folder.display())))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut names: Vec<_> =
        paths.filter_map(|path| path.file_stem().map(|name| name.to_string_lossy().into_owned())).collect();
    names.sort();
    Ok(names)
}

fn run(root: &Path, tools: &Path, target: &str, wish: &Wish) -> Result<Ended, Failure> {
    let (work, corpus) = (root.join("target/fuzz/corpus").join(target), root.join("fuzz/corpus").join(target));
    let findings = root.join("target/fuzz/findings").join(target);
    for folder in [&work, &findings] {
        fs::create_dir_all(folder).map_err(|error| Failure(format!("{}: {error}", folder.display())))?;
    }
    let prefix = format!("-artifact_prefix={}/", findings.display());
    let time = format!("-max_total_time={}", wish.secs);
    let options = [&prefix, &time, LONGEST, "-timeout=20", "-rss_limit_mb=3072", "-print_final_stats=1"];
    let ended = fuzz(root, tools, target, &[&work, &corpus], &options)?;
    match (ended, wish.keep) {
        (Ended::Well, Keep::WhatReachesMore) => {
            // The least set that reaches every line, not every count of passes over it: that would be thousands of files.
            let options = ["-set_cover_merge=1", "-use_counters=0", "-max_len=1024", "-rss_limit_mb=3072"];
            fuzz(root, tools, target, &[&corpus, &work], &options)
        }
        (ended, _) => Ok(ended),
    }
}

fn fuzz(root: &Path, tools: &Path, target: &str, corpora: &[&Path], options: &[&str]) -> Result<Ended, Failure> {
    let build = root.join("target/fuzz");
    let mut fuzz = command(&root.join(PACKAGE), "rustup", &["run", "nightly", "cargo", "fuzz", "run", target]);
    fuzz.args(corpora).args(["--fuzz-dir", "."]).arg("--target-dir").arg(build).arg("--").args(options);
    // SQLite's one file has two static arrays of one name, which is no finding.
    run_command(fuzz.env("PATH", tools).env("ASAN_OPTIONS", "detect_odr_violation=0"))
}

/// A search path on which cargo finds a cargo-fuzz of our version: the one that is installed, else our own, which is built where
/// it is missing.
#[expect(clippy::disallowed_methods, reason = "cargo finds its subcommands on the search path")]
fn installed(root: &Path) -> Result<PathBuf, Failure> {
    let tools = root.join("target/tools");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(tools.join("bin")).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).map_err(|error| Failure(format!("PATH cannot be extended: {error}")))?;
    let told = capture(command(root, "cargo-fuzz", &["--version"]).env("PATH", &path));
    if told.is_ok_and(|told| told.stdout.trim() == format!("cargo-fuzz {VERSION}")) {
        return Ok(path.into());
    }
    terminal::line(&format!("building cargo-fuzz {VERSION} into target/tools; this happens once and takes a minute"));
    let mut install = cargo(root, &["install", "--locked", "--quiet", "--version", VERSION, "cargo-fuzz"]);
    let build = tools.join("build-fuzz");
    let ended = run_command(install.arg("--root").arg(&tools).env("CARGO_TARGET_DIR", &build))?;
    // Hundreds of megabytes that nobody needs again; that they could not be removed is no reason to fail.
    let _ = fs::remove_dir_all(&build);
    match ended {
        Ended::Well => Ok(path.into()),
        Ended::Badly => Err(Failure(format!("cargo-fuzz {VERSION} could not be installed; see the lines above"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(words: &[&str]) -> Result<Wish, String> {
        read(words, &["email".to_owned(), "origin".to_owned()]).map_err(|failure| failure.0)
    }

    #[test]
    fn all_targets_run_for_a_minute_unless_others_are_asked_for() {
        let all = wish(&[]).unwrap();
        assert_eq!((all.targets.len(), all.secs, all.keep), (2, 60, Keep::Nothing));
        let one = wish(&["origin", "--minutes", "0.5", "--keep"]).unwrap();
        assert_eq!((one.targets, one.secs, one.keep), (vec!["origin".to_owned()], 30, Keep::WhatReachesMore));
    }

    #[test]
    fn what_is_no_target_and_no_number_is_refused() {
        assert_eq!(wish(&["mail"]).unwrap_err(), "there is no target `mail`; there are: email, origin");
        for words in [&["--minutes"][..], &["--minutes", "x"][..], &["--minutes", "-1"][..]] {
            assert!(wish(words).unwrap_err().contains("takes a number"), "{words:?}");
        }
    }

    #[test]
    fn the_targets_are_those_of_the_package() {
        let names = targets(&crate::root()).unwrap();
        assert!(names.contains(&"refresh_token".to_owned()) && names.len() > 20, "{names:?}");
    }
}
