//! The step `bans` of `cargo xtask check`: a ban that does not fire is worse than none, since people rely on it. A small
//! crate that does everything forbidden is linted with the workspace's own lints and `clippy.toml`; each sin must be told.
//!
//! What must stay true: every ban of the standard library in `clippy.toml` has its sin in [`SINS`]. Paths of third-party
//! crates are not tried: the sample has no dependencies, so that it is linted in a second.

use crate::process::{capture, cargo};
use crate::{Ended, Failure, terminal};
use std::path::Path;

/// What is forbidden: the path or the lint that must be told, and code that does it.
const SINS: &[(&str, &str)] = &[
    ("std::time::SystemTime::now", "let _ = std::time::SystemTime::now();"),
    ("std::time::Instant::now", "let _ = std::time::Instant::now();"),
    ("std::env::var", "let _ = std::env::var(\"X\");"),
    ("std::env::vars", "let _ = std::env::vars();"),
    ("std::env::var_os", "let _ = std::env::var_os(\"X\");"),
    ("std::env::vars_os", "let _ = std::env::vars_os();"),
    ("std::env::set_var", "unsafe { std::env::set_var(\"X\", \"\") }"),
    ("std::env::remove_var", "unsafe { std::env::remove_var(\"X\") }"),
    ("std::env::set_current_dir", "let _ = std::env::set_current_dir(\".\");"),
    ("std::process::exit", "std::process::exit(0)"),
    ("std::thread::spawn", "let _ = std::thread::spawn(|| ());"),
    ("std::thread::Builder::spawn", "let _ = std::thread::Builder::new().spawn(|| ());"),
    ("std::sync::mpsc::Sender", "let _: Option<std::sync::mpsc::Sender<u8>> = None;"),
    ("unwrap_used", "let _ = Some(1).unwrap();"),
    ("panic", "panic!(\"x\")"),
    ("todo", concat!("todo", "!()")),
    ("unimplemented", concat!("unimplemented", "!()")),
    ("dbg_macro", "dbg!(1);"),
    ("print_stdout", "println!(\"x\");"),
    ("print_stderr", "eprintln!(\"x\");"),
    ("wildcard_enum_match_arm", "let _ = match 1.cmp(&2) { std::cmp::Ordering::Less => 1, _ => 2 };"),
    ("fn_params_excessive_bools", "fn choose(_: bool) {}\n    choose(true)"),
    ("undocumented_unsafe_blocks", "let _ = unsafe { std::ptr::read(&2) };"),
    ("allow_attributes", "#[allow(unused, reason = \"x\")] let x = 1;"),
    ("allow_attributes_without_reason", "#[allow(unused)] let x = 1;"),
    ("unsafe-code", "let _ = unsafe { std::ptr::read(&1) };"),
];

pub(crate) fn run(root: &Path) -> Result<Ended, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| Failure(format!("the sample crate could not be written: {error}"));
    let workspace = std::fs::read_to_string(root.join("Cargo.toml")).map_err(|error| unreadable(&error))?;
    let bans = std::fs::read_to_string(root.join("clippy.toml")).map_err(|error| unreadable(&error))?;
    let sample = root.join("target/bans");
    std::fs::create_dir_all(sample.join("src")).map_err(|error| unreadable(&error))?;
    std::fs::write(sample.join("Cargo.toml"), manifest(&workspace)?).map_err(|error| unreadable(&error))?;
    std::fs::write(sample.join("src/lib.rs"), source()).map_err(|error| unreadable(&error))?;

    let mut clippy = cargo(&sample, &["clippy", "--offline", "--quiet"]);
    let told = capture(clippy.env("CLIPPY_CONF_DIR", root).env("CARGO_TARGET_DIR", sample.join("target")))?;
    let mut missing = untried(&bans)?;
    missing.extend(SINS.iter().map(|(name, _)| *name).filter(|name| !is_told(&told.stderr, name)).map(str::to_owned));
    for name in &missing {
        terminal::bad(&format!("`{name}` is banned, but its sin in xtask/src/bans.rs is missing or was not told"));
    }
    Ok(if missing.is_empty() { Ended::Well } else { Ended::Badly })
}

/// Clippy names a path in backticks and a lint by `-D clippy::name` or by the link to its page.
fn is_told(stderr: &str, name: &str) -> bool {
    let lint = name.replace('_', "-");
    let marks = [format!("`{name}`"), format!("#{name}\n"), format!("-D {lint}`"), format!("-D clippy::{lint}`")];
    marks.iter().any(|mark| stderr.contains(mark))
}

fn manifest(workspace: &str) -> Result<String, Failure> {
    let unreadable = || Failure("Cargo.toml has no readable [workspace.lints]".into());
    let table: toml::Table = workspace.parse().map_err(|_| unreadable())?;
    let lints = table.get("workspace").and_then(|workspace| workspace.get("lints")).ok_or_else(unreadable)?;
    let mut sample = toml::Table::new();
    sample.insert("lints".into(), lints.clone());
    let head = "[package]\nname = \"bans\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n";
    Ok(format!("{head}{sample}"))
}

fn source() -> String {
    let functions =
        SINS.iter().enumerate().map(|(index, (_, sin))| format!("pub fn sin_{index}() {{\n    {sin}\n}}\n"));
    std::iter::once("//! Everything that is forbidden.\n".to_owned()).chain(functions).collect()
}

/// Paths of the standard library that `clippy.toml` bans and nobody tries here.
fn untried(bans: &str) -> Result<Vec<String>, Failure> {
    let table: toml::Table = bans.parse().map_err(|error| Failure(format!("clippy.toml: {error}")))?;
    let lists = ["disallowed-methods", "disallowed-types"].map(|key| table.get(key).and_then(toml::Value::as_array));
    let entries = lists.into_iter().flatten().flatten();
    let paths = entries.filter_map(|entry| entry.get("path").and_then(toml::Value::as_str));
    let std = paths.filter(|path| path.starts_with("std::"));
    Ok(std.filter(|path| !SINS.iter().any(|(name, _)| name == path)).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ban_that_nobody_tries_is_found() {
        let bans =
            "disallowed-methods = [{ path = \"std::env::var\" }, { path = \"std::gone\" }, { path = \"uuid::x\" }]";
        assert_eq!(untried(bans).unwrap(), ["std::gone"]);
        assert!(untried(include_str!("../../clippy.toml")).unwrap().is_empty());
    }

    #[test]
    fn the_sample_takes_over_the_lints_of_the_workspace() {
        let sample = manifest("[workspace.lints.clippy]\ntodo = \"deny\"").unwrap();
        assert!(sample.ends_with("[lints.clippy]\ntodo = \"deny\"\n"), "{sample}");
    }
}
