//! `cargo xtask tidy`: the rules of STYLE.md that no compiler and no lint holds. What must stay true: a rule reads a
//! [`Tree`] and nothing else, so that its own test can show a tree in which it fails.
//!
//! A new rule is a file beside this one and a line in [`RULES`].

mod attacks;
mod bound_parameters;
mod core_layers;
mod decisions;
mod dependencies;
mod file_length;
mod layout;
mod left_behind;
mod links;
mod machine;
mod model_purity;
mod module_header;
mod names;
mod orphans;
mod rust_text;
mod same_names;
pub(crate) mod tree;
mod workspace_edges;

use crate::tally::Tally;
use crate::{Ended, Failure, chosen, terminal};
use std::path::Path;
use tree::Tree;

/// Something a machine can see in the tree.
struct Rule {
    name: &'static str,
    holds: &'static str,
    check: fn(&Tree) -> Vec<Finding>,
}

const RULES: &[Rule] = &[
    workspace_edges::RULE,
    dependencies::RULE,
    core_layers::RULE,
    model_purity::RULE,
    same_names::RULE,
    bound_parameters::RULE,
    layout::RULE,
    orphans::RULE,
    module_header::RULE,
    file_length::RULE,
    names::RULE,
    left_behind::RULE,
    machine::RULE,
    decisions::RULE,
    attacks::RULE,
    links::RULE,
];

/// A place where a rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    path: String,
    /// Counted from 1; 0 when it is about the file as a whole.
    line: usize,
    says: String,
}

impl Finding {
    fn file(path: &str, says: impl Into<String>) -> Self {
        Self::line(path, 0, says)
    }

    fn line(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, says: says.into() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.says),
            line => write!(f, "{}:{line}: {}", self.path, self.says),
        }
    }
}

/// Checks the rules that `wanted` names, or all of them, and says what was found.
pub(crate) fn task(root: &Path, wanted: &[&str]) -> Result<Ended, Failure> {
    if wanted == ["--list"] {
        for rule in RULES {
            terminal::line(&format!("{:<18}{}", rule.name, rule.holds));
        }
        return Ok(Ended::Well);
    }
    let tally = tally(root, wanted)?;
    terminal::line(&format!("{} rules hold, {} do not", tally.passed, tally.failed));
    Ok(tally.ended())
}

/// Each rule is one check; what was found is printed under the rule's name.
pub(crate) fn tally(root: &Path, wanted: &[&str]) -> Result<Tally, Failure> {
    let tree = Tree::read(root)?;
    let mut tally = Tally::default();
    for rule in chosen("rule", RULES, |rule| rule.name, wanted)? {
        let findings = (rule.check)(&tree);
        if findings.is_empty() {
            tally.add(Tally::passed(1));
            continue;
        }
        tally.add(Tally::failed(1));
        terminal::bad(&format!("{}: {}", rule.name, rule.holds));
        for finding in findings {
            terminal::line(&format!("  {finding}"));
        }
    }
    Ok(tally)
}

/// What `rule` finds in a tree of these files, as text: the shape in which the rules' own tests read it.
#[cfg(test)]
fn found(rule: &Rule, files: &[(&str, &str)]) -> Vec<String> {
    (rule.check)(&Tree::of(files)).iter().map(Finding::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rules_share_a_name() {
        let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn style_md_names_every_rule() {
        let style = include_str!("../../../STYLE.md");
        let missing: Vec<_> = RULES.iter().filter(|rule| !style.contains(&format!("`{}`", rule.name))).collect();
        assert!(
            missing.is_empty(),
            "STYLE.md does not say {:?}",
            missing.iter().map(|rule| rule.name).collect::<Vec<_>>()
        );
    }
}
