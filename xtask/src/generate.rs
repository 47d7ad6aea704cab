//! `cargo xtask generate`: files that are made from the code, so that they cannot tell something else than the code.
//!
//! There is no table to keep in step. A generator is an example `crates/*/examples/generate_*.rs` that prints the file;
//! the first line of its source says which file, as in ``//! Generates `docs/errors.md`: every code and its meaning``.
//! What must stay true: a generator prints the same bytes on every machine and every day.

use crate::tally::Tally;
use crate::terminal::Stopwatch;
use crate::tidy::tree::Tree;
use crate::{Ended, Failure, process, terminal};
use std::path::Path;

/// Whether the files are written or only compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Compare,
}

/// An example that prints a file of this repository.
#[derive(Debug, PartialEq, Eq)]
struct Generator {
    /// The file, from the root.
    file: String,
    package: String,
    example: String,
}

pub(crate) fn task(root: &Path, mode: Mode) -> Result<Ended, Failure> {
    let tally = run(root, mode)?;
    terminal::line(&format!("{} generated files are as the code wants them, {} are not", tally.passed, tally.failed));
    Ok(tally.ended())
}

/// Runs every generator; each file is one check.
pub(crate) fn run(root: &Path, mode: Mode) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    for generator in generators(&Tree::read(root)?)? {
        let stopwatch = Stopwatch::started();
        let one = generated(root, mode, &generator)?;
        if one.failed == 0 {
            terminal::line(&format!("{} ({})", generator.file, stopwatch.told()));
        }
        tally.add(one);
    }
    Ok(tally)
}

fn generated(root: &Path, mode: Mode, generator: &Generator) -> Result<Tally, Failure> {
    let mut cargo = process::cargo(root, &["run", "--quiet", "--all-features", "--package", &generator.package]);
    let printed = process::capture(cargo.args(["--example", &generator.example]))?;
    if !printed.succeeded {
        terminal::bad(&format!("{}: its generator failed:\n{}", generator.file, printed.stderr.trim_end()));
        return Ok(Tally::failed(1));
    }
    let file = root.join(&generator.file);
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    if committed == printed.stdout {
        return Ok(Tally::passed(1));
    }
    match mode {
        Mode::Write => {
            let written = file.parent().map_or(Ok(()), std::fs::create_dir_all);
            written
                .and_then(|()| std::fs::write(&file, &printed.stdout))
                .map_err(|error| Failure(format!("writing {}: {error}", generator.file)))?;
            Ok(Tally::passed(1))
        }
        Mode::Compare => {
            let difference = first_difference(&committed, &printed.stdout);
            terminal::bad(&format!("{}: {difference}\nremedy: cargo xtask generate", generator.file));
            Ok(Tally::failed(1))
        }
    }
}

fn generators(tree: &Tree) -> Result<Vec<Generator>, Failure> {
    let mut found = Vec::new();
    for (path, text) in tree.files() {
        let Some((folder, example)) = example_of(path) else { continue };
        let package = tree
            .packages()
            .into_iter()
            .find(|package| package.folder == folder)
            .ok_or_else(|| Failure(format!("{path}: {folder} has no readable Cargo.toml")))?;
        let file = promised_file(text).ok_or_else(|| {
            Failure(format!(
                "{path}: its first line does not say which file it prints, as in //! Generates `docs/x.md`"
            ))
        })?;
        found.push(Generator { file: file.to_owned(), package: package.name, example: example.to_owned() });
    }
    Ok(found)
}

/// The crate's folder and the example's name, if the path is that of a generator.
fn example_of(path: &str) -> Option<(&str, &str)> {
    let (folder, example) = path.strip_suffix(".rs")?.split_once("/examples/")?;
    (folder.starts_with("crates/") && example.starts_with("generate_")).then_some((folder, example))
}

fn promised_file(source: &str) -> Option<&str> {
    source.strip_prefix("//! Generates `")?.split_once('`').map(|(file, _)| file)
}

/// Where two texts part, with the lines around it.
fn first_difference(committed: &str, generated: &str) -> String {
    let (mut old, mut new) = (committed.lines(), generated.lines());
    let mut number = 1;
    loop {
        match (old.next(), new.next()) {
            (None, None) => return "differs in its line ends only".into(),
            (left, right) if left == right => number += 1,
            (left, right) => {
                return format!("differs from line {number} on{}{}", head(left, old, '-'), head(right, new, '+'));
            }
        }
    }
}

/// The first lines of what is left of a text.
fn head<'a>(first: Option<&'a str>, rest: std::str::Lines<'a>, mark: char) -> String {
    first.into_iter().chain(rest).take(4).map(|line| format!("\n  {mark} {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"gatewright\"\n";

    #[test]
    fn a_generator_is_found_by_its_name_and_its_first_line() {
        let tree = Tree::of(&[
            ("crates/http/Cargo.toml", MANIFEST),
            ("crates/http/examples/generate_errors.rs", "//! Generates `docs/errors.md`: every code.\nfn main() {}"),
            ("crates/http/examples/embed.rs", "//! An example."),
        ]);
        let errors = Generator {
            file: "docs/errors.md".into(),
            package: "gatewright".into(),
            example: "generate_errors".into(),
        };
        assert_eq!(generators(&tree).unwrap(), [errors]);
    }

    #[test]
    fn a_generator_that_names_no_file_is_an_error() {
        let tree = Tree::of(&[
            ("crates/http/Cargo.toml", MANIFEST),
            ("crates/http/examples/generate_errors.rs", "//! Errors."),
        ]);
        assert!(generators(&tree).unwrap_err().to_string().contains("does not say which file"));
    }

    #[test]
    fn the_difference_starts_where_the_texts_part() {
        assert_eq!(first_difference("a\nb\nc\n", "a\nx\nc\n"), "differs from line 2 on\n  - b\n  - c\n  + x\n  + c");
        assert_eq!(first_difference("a\n", "a\nb\n"), "differs from line 2 on\n  + b");
        assert_eq!(first_difference("a\n", "a"), "differs in its line ends only");
    }
}
