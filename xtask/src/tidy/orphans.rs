//! The rule `orphans`: every Rust file is a module of something. A file that nobody declares is not compiled, and a test
//! in it never fails.

use super::rust_text::words;
use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "orphans",
    holds: "every Rust file is declared by a `mod` of its parent, so that it is compiled",
    check,
};

fn check(tree: &Tree) -> Vec<Finding> {
    let sources: Vec<_> = tree.rust().collect();
    let declares = |parent: &str, name: &str| {
        sources.iter().any(|(path, code)| *path == parent && code.lines().any(|line| declared(line) == Some(name)))
    };
    let mut findings = Vec::new();
    for (path, _) in &sources {
        let Some((folder, name)) = module(path) else { continue };
        let above = folder.rsplit_once('/');
        let mut parents = vec![format!("{folder}/mod.rs"), format!("{folder}/lib.rs"), format!("{folder}/main.rs")];
        parents.extend(above.map(|_| format!("{folder}.rs")));
        if !parents.iter().any(|parent| declares(parent, name)) {
            findings.push(Finding::file(path, format!("no `mod {name};` declares it, so it is not compiled")));
        }
    }
    findings
}

/// The folder and the name of a file that must be declared; `None` for the roots that cargo finds by itself.
fn module(path: &str) -> Option<(&str, &str)> {
    let is_checked = path.contains("/src/") || path.contains("/tests/it/");
    let is_root = path.ends_with("/lib.rs") || path.ends_with("/main.rs") || path.contains("/src/bin/");
    if !is_checked || is_root {
        return None;
    }
    let module = path.strip_suffix("/mod.rs").or_else(|| path.strip_suffix(".rs"))?;
    module.rsplit_once('/')
}

/// `x` of `mod x;`, `pub mod x;` and `pub(crate) mod x;`.
fn declared(line: &str) -> Option<&str> {
    let line = line.trim();
    let (before, name) = line.strip_suffix(';')?.rsplit_once("mod ")?;
    let is_declaration = before.is_empty() || before.ends_with(' ');
    let (_, name) = words(name).next().filter(|_| is_declaration)?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn a_file_that_nobody_declares_is_found() {
        let files = [("crates/a/src/lib.rs", "pub mod b;"), ("crates/a/src/b.rs", ""), ("crates/a/src/c.rs", "")];
        assert_eq!(found(&RULE, &files), ["crates/a/src/c.rs: no `mod c;` declares it, so it is not compiled"]);
    }

    #[test]
    fn modules_are_found_in_folders_with_and_without_mod_rs() {
        let files = [
            ("crates/a/tests/it/main.rs", "mod b;\n#[cfg(unix)] mod d;"),
            ("crates/a/tests/it/b/mod.rs", "pub(crate) mod c;"),
            ("crates/a/tests/it/b/c.rs", ""),
            ("crates/a/tests/it/d.rs", "mod e;"),
            ("crates/a/tests/it/d/e.rs", ""),
            ("crates/a/examples/x.rs", ""),
        ];
        assert_eq!(found(&RULE, &files), Vec::<String>::new());
        assert_eq!(found(&RULE, &[files[1], files[2]]).len(), 1);
    }
}
