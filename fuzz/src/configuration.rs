//! The configuration: a file and variables. An operator is not an enemy; a slip must be told, and told without its secrets.

use std::{cell::RefCell, fs};

use gatewright_server::config::{FILE_VARIABLE, FileChoice, Printed, Problems, Sources, keys, printed};
use tempfile::NamedTempFile;

use crate::spelling::{CANARY, text};

thread_local! {
    static FILE: RefCell<NamedTempFile> = RefCell::new(NamedTempFile::new().unwrap());
}

/// The bytes of a configuration file.
pub fn configuration_file(data: &[u8]) {
    // A secret in a file of its own would have the input choose what is read of this machine.
    let Some(text) = text(data).filter(|text| !names_a_file(text)) else { return };
    let path = FILE.with_borrow(|file| {
        fs::write(file.path(), data).unwrap();
        file.path().to_owned()
    });
    let sources = Sources { file: FileChoice::Given(path), ..Sources::default() };
    judge(&printed(&sources), text);
}

/// Variables, one a line: `REFRESH_MIN_AGE=60s`.
pub fn configuration_variables(data: &[u8]) {
    let Some(text) = text(data).filter(|text| !names_a_file(text)) else { return };
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let variables: Vec<_> = pairs.map(|(name, value)| (format!("{}{name}", keys::PREFIX), value.to_owned())).collect();
    judge(&printed(&Sources { variables, ..Sources::default() }), text);
}

fn names_a_file(text: &str) -> bool {
    // In TOML any character of a name can be written as an escape.
    let text = text.to_ascii_lowercase();
    text.contains("file") || text.contains("\\u") || text.contains(&FILE_VARIABLE.to_ascii_lowercase())
}

/// No secret is shown, good or bad; and what is shown as in force is, written into variables, the same configuration.
fn judge(read: &Result<Vec<Printed>, Problems>, text: &str) {
    let shown = match read {
        Ok(shown) => shown,
        Err(problems) => {
            assert!(!problems.all().is_empty());
            // The canary stands in secrets: where one writes it into anything else, or for a key, it may be repeated.
            let is_secret_only = text.lines().filter(|line| line.contains(CANARY)).all(holds_a_secret);
            assert!(!is_secret_only || !problems.to_string().contains(CANARY), "{problems}");
            return;
        }
    };
    assert_eq!(shown.len(), keys::ALL.len());
    let mut variables = Vec::new();
    for (key, shown) in keys::ALL.iter().zip(shown) {
        match key.kind {
            keys::Kind::Secret => {
                assert!(matches!(shown.value.as_str(), "" | "[secret]"), "{}: {}", shown.path, shown.value);
                continue;
            }
            keys::Kind::Url => assert!(leads_somewhere_only(&shown.value, text), "{}", shown.value),
            keys::Kind::Text
            | keys::Kind::Address
            | keys::Kind::Origin
            | keys::Kind::Path
            | keys::Kind::Duration
            | keys::Kind::Endless
            | keys::Kind::Number { .. }
            | keys::Kind::Flag
            | keys::Kind::List(_)
            | keys::Kind::Choice(_) => {}
        }
        // A shown URL has lost what would reach its server, so it may be refused for that.
        if key.kind != keys::Kind::Url && shown.value != key.default {
            variables.push((key.variable(), shown.value.clone()));
        }
    }
    let again = printed(&Sources { variables, ..Sources::default() }).expect("what is in force can be written down");
    for (first, second) in shown.iter().zip(&again).zip(keys::ALL).filter(|(_, key)| !hides(key)).map(|(pair, _)| pair)
    {
        assert_eq!(first.value, second.value, "{}", first.path);
    }
}

/// Neither a user nor a password: they stand before an at sign, which a path alone, or an encoded one, may hold as well.
fn leads_somewhere_only(url: &str, text: &str) -> bool {
    let is_path = url.starts_with("sqlite://") || url.starts_with("redis+unix://");
    is_path || !url.contains('@') || text.contains("%40")
}

fn hides(key: &keys::Key) -> bool {
    matches!(key.kind, keys::Kind::Secret | keys::Kind::Url)
}

/// A line that gives one key, a secret one, a value with the canary in it.
fn holds_a_secret(line: &str) -> bool {
    let Some((name, value)) = line.split_once('=') else { return false };
    let name = name.trim().to_ascii_lowercase();
    let known = keys::ALL.iter().filter(|key| key.kind == keys::Kind::Secret);
    !name.contains(CANARY) && value.contains(CANARY) && known.into_iter().any(|key| key.name() == name)
}
