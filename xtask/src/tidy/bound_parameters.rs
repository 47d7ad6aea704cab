//! The rule `bound-parameters`: a value reaches SQL as a bound parameter, never as part of its text (SECURITY AZ10). So
//! nothing in the store formats or joins text that has a word of SQL in it.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule = Rule {
    name: "bound-parameters",
    holds: "the store puts no value into the text of a statement; parameters are bound",
    check,
};

const STORES: &str = "crates/store/src/";
const BUILDERS: [&str; 4] = ["format!(", "write!(", ".push_str(", "+ &"];
const SQL: [&str; 6] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", " WHERE ", " VALUES "];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| path.starts_with(STORES) && path.ends_with(".rs")) {
        for (index, line) in text.lines().enumerate() {
            let builds = BUILDERS.iter().any(|builder| line.contains(builder));
            if builds && SQL.iter().any(|word| line.contains(word)) {
                findings.push(Finding::line(path, index + 1, "puts a statement together; bind the value instead"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn az10_a_value_in_the_text_of_a_statement_is_found() {
        let bad = (
            "crates/store/src/sqlite/users.rs",
            r#"let sql = format!("SELECT 1 FROM users WHERE username = '{name}'");"#,
        );
        let says = "crates/store/src/sqlite/users.rs:1: puts a statement together; bind the value instead";
        assert_eq!(found(&RULE, &[bad]), [says]);
    }

    #[test]
    fn az10_a_bound_parameter_and_a_joined_constant_are_fine() {
        let good = concat!(
            r#"let sql = concat!("SELECT ", columns!(), " WHERE id = ?1");"#,
            "\n",
            r#"let id = format!("generation {number}");"#,
        );
        let elsewhere = ("crates/http/src/a.rs", r#"format!("SELECT {x}")"#);
        assert!(found(&RULE, &[("crates/store/src/sqlite/a.rs", good), elsewhere]).is_empty());
    }
}
