//! The rule `machine`: nothing of the machine on which a file was written: no home, no host of a package registry. Both
//! are wrong on the next machine, and a lock file with addresses in it breaks where only a mirror can be reached.

use super::tree::Tree;
use super::{Finding, Rule};

pub(super) const RULE: Rule =
    Rule { name: "machine", holds: "no path of somebody's machine and no host of a package registry", check };

// In pieces, so that this file passes its own rule.
const PATHS: [&str; 4] = [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
const HOSTS: [&str; 6] = [
    concat!("registry.", "npmjs.org"),
    concat!("files.", "pythonhosted.org"),
    concat!("pypi.", "org/simple"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("/arti", "factory/"),
];

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        for (index, line) in text.lines().enumerate() {
            let found = PATHS.into_iter().find(|one| is_absolute(line, one));
            if let Some(found) = found.or_else(|| HOSTS.into_iter().find(|host| line.contains(host))) {
                findings.push(Finding::line(path, index + 1, format!("`{found}` belongs to a machine")));
            }
        }
    }
    findings
}

/// True when `start` opens a path, and is not a part in the middle of another path or of an address.
fn is_absolute(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-}*~)".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    #[test]
    fn a_path_and_a_host_of_a_machine_are_found() {
        let path = format!("see {}ada/notes", PATHS[2]);
        assert_eq!(found(&RULE, &[("a.md", &path)]), [format!("a.md:1: `{}` belongs to a machine", PATHS[2])]);
        let host = format!("\"resolved\": \"https://{}/x.tgz\"", HOSTS[0]);
        assert_eq!(found(&RULE, &[("package-lock.json", &host)]).len(), 1);
    }

    #[test]
    fn the_same_words_inside_of_another_path_are_free() {
        let good = format!("https://example.test{}x and docs{}x", PATHS[2], PATHS[1]);
        assert!(found(&RULE, &[("a.md", &good)]).is_empty());
    }
}
