//! The rule `module-header`: a Rust file opens with a sentence that says what lives here and what must stay true.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "module-header",
    holds: "every Rust file opens with `//!`: what lives here, what must stay true",
    check,
};

fn check(tree: &Tree) -> Vec<Finding> {
    let sources = tree.files().filter(|(path, _)| path.ends_with(".rs"));
    let silent = sources.filter(|(_, text)| !opens_with_a_sentence(text));
    silent.map(|(path, _)| Finding::line(path, 1, "does not open with `//!` and a sentence")).collect()
}

fn opens_with_a_sentence(text: &str) -> bool {
    text.lines().next().and_then(|line| line.strip_prefix("//! ")).is_some_and(|sentence| !sentence.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn a_file_that_says_nothing_about_itself_is_found() {
        let expected = ["crates/a/src/lib.rs:1: does not open with `//!` and a sentence"];
        for bad in ["fn x() {}", "//!\nfn x() {}", "", "\n//! Late."] {
            assert_eq!(found(&RULE, &[("crates/a/src/lib.rs", bad)]), expected, "{bad:?}");
        }
        assert!(found(&RULE, &[("crates/a/src/lib.rs", "//! Tokens.\nfn x() {}"), ("x.md", "")]).is_empty());
    }
}
