//! The rule `file-length`: a source of more than 600 lines is more than one idea. Tests are not counted, nor is what a
//! generator writes.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule =
    Rule { name: "file-length", holds: "a source has at most 600 lines; 300 is long already", check };

const LIMIT: usize = 600;
const SOURCES: &[&str] = &[".rs", ".ts", ".tsx", ".js", ".mjs", ".py", ".sql", ".sh", ".lua"];
const UNCOUNTED: &[&str] = &["test", "tests", "fixtures", "generated", "vendor"];

fn check(tree: &Tree) -> Vec<Finding> {
    let sources = tree.files().filter(|(path, _)| is_counted(path));
    let long = sources.map(|(path, text)| (path, text.lines().count())).filter(|(_, lines)| *lines > LIMIT);
    long.map(|(path, lines)| Finding::file(path, format!("has {lines} lines, {LIMIT} is the limit"))).collect()
}

fn is_counted(path: &str) -> bool {
    SOURCES.iter().any(|end| path.ends_with(end)) && !path.split('/').any(|part| UNCOUNTED.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn six_hundred_lines_pass_and_one_more_does_not() {
        let (long, longer) = ("x\n".repeat(600), "x\n".repeat(601));
        assert!(found(&RULE, &[("crates/a/src/b.rs", &long), ("crates/a/tests/it/b.rs", &longer)]).is_empty());
        assert_eq!(found(&RULE, &[("clients/a/b.ts", &longer)]), ["clients/a/b.ts: has 601 lines, 600 is the limit"]);
        assert!(found(&RULE, &[("docs/b.md", &longer)]).is_empty());
    }
}
