//! What a YAML file says, as a flat list: for each value the keys that lead to it. What must stay true: nothing that the
//! file says is left out, an empty list or table included.

use super::Bench;
use crate::Failure;
use crate::process::{capture, command};

/// Prints one line per value: the keys and the value, with a unit separator between them. A document of Kubernetes goes under
/// its kind.
const FLATTEN: &str = r#"
import sys, yaml
def walk(keys, value):
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            walk(keys + [str(key)], inner)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            walk(keys + [str(index)], inner)
    else:
        empty = value is None or isinstance(value, (dict, list))
        text = "" if empty else str(value).lower() if isinstance(value, bool) else str(value)
        print("\x1f".join(keys + [text.replace("\n", " ")]))
for document in yaml.safe_load_all(open(sys.argv[1], encoding="utf-8")):
    walk([document["kind"]] if "kind" in document else [], document)
"#;

/// What a file says.
pub(super) struct Facts(Vec<(Vec<String>, String)>);

impl Facts {
    /// Reads a file of the repository.
    pub(super) fn read(bench: &Bench, path: &str) -> Result<Self, Failure> {
        let python = bench.linters.join("python3");
        let told = capture(&mut command(&bench.root, &python.to_string_lossy(), &["-c", FLATTEN, path]))?;
        if !told.succeeded {
            return Err(Failure(format!("{path} cannot be read: {}", told.stderr.trim())));
        }
        Ok(Self::parse(&told.stdout))
    }

    pub(super) fn parse(text: &str) -> Self {
        let parts = text.lines().map(|line| line.split('\x1f').map(str::to_owned).collect::<Vec<_>>());
        Self(parts.filter_map(|mut keys| keys.pop().map(|value| (keys, value))).collect())
    }

    /// The value at these keys.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == keys).map(|(_, value)| value.as_str())
    }

    /// The number at these keys.
    pub(super) fn number(&self, keys: &[&str]) -> Option<u64> {
        self.at(keys)?.parse().ok()
    }

    /// The keys right below these, each once, in the order of the file.
    pub(super) fn below(&self, keys: &[&str]) -> Vec<&str> {
        let mut below: Vec<&str> = Vec::new();
        for (found, _) in &self.0 {
            let is_below = found.len() > keys.len() && found.iter().zip(keys).all(|(one, other)| one == other);
            let key = found.get(keys.len()).filter(|_| is_below);
            below.extend(key.map(String::as_str).filter(|key| !below.contains(key)).into_iter().collect::<Vec<_>>());
        }
        below
    }

    /// The values of a list or table right below these keys.
    pub(super) fn values(&self, keys: &[&str]) -> Vec<&str> {
        let is_right_below =
            |found: &Vec<String>| found.len() == keys.len() + 1 && found.iter().zip(keys).all(|(a, b)| a == b);
        self.0.iter().filter(|(found, _)| is_right_below(found)).map(|(_, value)| value.as_str()).collect()
    }

    /// Every value under these keys with the last of its own.
    pub(super) fn all_under(&self, keys: &[&str]) -> Vec<(&str, &str)> {
        let is_under = |found: &[String]| found.len() > keys.len() && found.iter().zip(keys).all(|(a, b)| a == b);
        let under = self.0.iter().filter(|(found, _)| is_under(found));
        under.filter_map(|(found, value)| Some((found.last()?.as_str(), value.as_str()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_the_keys_that_lead_to_them() {
        let facts = Facts::parse("a\x1fb.c\x1f1\na\x1fd\x1f0\x1fx\na\x1fd\x1f1\x1fy\ne\x1f\n");
        assert_eq!(facts.at(&["a", "b.c"]), Some("1"));
        assert_eq!(facts.number(&["a", "b.c"]), Some(1));
        assert_eq!((facts.at(&["a"]), facts.at(&["e"])), (None, Some("")));
        assert_eq!((facts.below(&["a"]), facts.below(&[])), (vec!["b.c", "d"], vec!["a", "e"]));
        assert_eq!(facts.values(&["a", "d"]), ["x", "y"]);
        assert_eq!(facts.all_under(&["a"]), [("b.c", "1"), ("0", "x"), ("1", "y")]);
    }
}
