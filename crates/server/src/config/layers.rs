//! Where values come from: flags over the environment over the file over the defaults. Everything is text here; what it means
//! is decided in `settings.rs`.
//!
//! What must stay true: an unknown name is refused wherever it stands, because a slip in a security setting must not pass for
//! its default; and where a value came from stays known, so that errors can say it.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{
    Problem, Problems,
    keys::{self, Key, Kind, PREFIX},
    suggest,
};

/// What a configuration is read from.
#[derive(Debug, Default)]
pub struct Sources {
    /// The file.
    pub file: FileChoice,
    /// The environment; only names that begin with [`PREFIX`] matter.
    pub variables: Vec<(String, String)>,
    /// What flags of the command line set.
    pub flags: Vec<(&'static Key, String)>,
}

/// Which file.
#[derive(Clone, Debug, Default)]
pub enum FileChoice {
    /// None.
    #[default]
    Nothing,
    /// This one, if it is there.
    IfPresent(PathBuf),
    /// This one; it has to be there.
    Given(PathBuf),
}

/// Names the file; no key of the configuration.
pub const FILE_VARIABLE: &str = "GATEWRIGHT_CONFIG";

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// The environment.
    Variable,
    /// A flag.
    Flag,
}

/// The text of a value.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) text: Zeroizing<String>,
    pub(crate) origin: Origin,
    /// The file that holds the secret itself, if it stands in one.
    pub(crate) secret_file: Option<PathBuf>,
}

/// The values that somebody set.
pub(crate) struct Layers {
    values: BTreeMap<String, Value>,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
}

/// No configuration file and no secret is longer.
const MAX_FILE_BYTES: u64 = 256 * 1024;

impl Layers {
    /// Reads all sources.
    pub(crate) fn read(sources: &Sources) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let mut layers = Self { values: BTreeMap::new(), file: None };
        if let Some((path, text)) = configuration_file(&sources.file)? {
            layers.take_file(&path, &text, &mut problems);
            layers.file = Some(path);
        }
        layers.take_variables(&sources.variables, &mut problems);
        for (key, text) in &sources.flags {
            let value = Value { text: Zeroizing::new(text.clone()), origin: Origin::Flag, secret_file: None };
            layers.values.insert(key.name(), value);
        }
        Problems::check(problems)?;
        Ok(layers)
    }

    /// The value of `key`: what was set, else the default.
    pub(crate) fn value(&self, key: &Key) -> Value {
        let default =
            || Value { text: Zeroizing::new(key.default.to_owned()), origin: Origin::Default, secret_file: None };
        self.values.get(&key.name()).cloned().unwrap_or_else(default)
    }

    /// The key as whoever set it knows it.
    pub(crate) fn spoken(&self, key: &Key) -> String {
        spoken(key, &self.value(key).origin)
    }

    fn take_file(&mut self, path: &Path, text: &str, problems: &mut Vec<Problem>) {
        let origin = Origin::File(path.to_owned());
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                // The message alone: the excerpt that `Display` shows could hold a secret.
                let error: toml::de::Error = error;
                let line = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
                let at = line.map_or_else(String::new, |line| format!(" (line {line})"));
                let says = format!("is not TOML{at}: {}", error.message());
                problems.push(Problem::new(
                    path.display().to_string(),
                    says,
                    "`gatewright config template` prints a correct one",
                ));
                return;
            }
        };
        let mut found = Vec::new();
        flatten("", &table, &mut found);
        let mut layer = Layer::new(origin);
        for (path_in_file, value) in found {
            let spoken = format!("{path_in_file} in {}", path.display());
            match text_of(&value) {
                Ok(text) => layer.take(&path_in_file.replace('.', "_"), &spoken, text, problems),
                Err(says) => problems.push(Problem::new(spoken, says, "see docs/configuration.md")),
            }
        }
        self.values.append(&mut layer.values);
    }

    fn take_variables(&mut self, variables: &[(String, String)], problems: &mut Vec<Problem>) {
        let mut layer = Layer::new(Origin::Variable);
        for (variable, text) in variables {
            let Some(name) = variable.strip_prefix(PREFIX).filter(|_| variable != FILE_VARIABLE) else { continue };
            layer.take(name, variable, Zeroizing::new(text.clone()), problems);
        }
        self.values.append(&mut layer.values);
    }
}

/// What one source set.
struct Layer {
    origin: Origin,
    values: BTreeMap<String, Value>,
}

impl Layer {
    const fn new(origin: Origin) -> Self {
        Self { origin, values: BTreeMap::new() }
    }

    fn take(&mut self, name: &str, spoken: &str, text: Zeroizing<String>, problems: &mut Vec<Problem>) {
        let secret_of = |name: &str| keys::by_name(name).filter(|key| key.kind.may_stand_in_file());
        let (key, value) = if let Some(key) = keys::by_name(name) {
            if key.kind == Kind::Secret && text.trim().is_empty() {
                problems.push(Problem::new(spoken, "is set but empty", "give it a value, or do not set it at all"));
                return;
            }
            (key, Value { text, origin: self.origin.clone(), secret_file: None })
        } else if let Some(key) = name.to_ascii_lowercase().strip_suffix("_file").and_then(secret_of) {
            match secret_file(Path::new(text.trim())) {
                Ok(secret) => {
                    let path = PathBuf::from(text.trim());
                    (key, Value { text: secret, origin: self.origin.clone(), secret_file: Some(path) })
                }
                Err(says) => {
                    problems.push(Problem::new(spoken, says, "name a file that this process can read"));
                    return;
                }
            }
        } else {
            problems.push(unknown(name, spoken, &self.origin));
            return;
        };
        if self.values.insert(key.name(), value).is_some() {
            problems.push(Problem::new(spoken, "is given twice", "keep one of them"));
        }
    }
}

fn unknown(name: &str, spoken: &str, origin: &Origin) -> Problem {
    let written = |key: &Key, end: &str| match origin {
        Origin::File(_) | Origin::Default | Origin::Flag => format!("{}{}", key.path(), end.to_lowercase()),
        Origin::Variable => format!("{}{end}", key.variable()),
    };
    let secrets = keys::ALL.iter().filter(|key| key.kind.may_stand_in_file());
    let named = keys::ALL.iter().map(|key| (key.name(), written(key, "")));
    let all: BTreeMap<String, String> =
        named.chain(secrets.map(|key| (format!("{}_file", key.name()), written(key, "_FILE")))).collect();
    let meant = suggest::nearest(&name.to_ascii_lowercase(), all.keys().cloned());
    let remedy = meant.and_then(|name| all.get(&name).cloned()).map_or_else(
        || "`gatewright config template` shows every key".to_owned(),
        |known| format!("did you mean `{known}`?"),
    );
    Problem::new(spoken, "there is no such key", remedy)
}

pub(crate) fn spoken(key: &Key, origin: &Origin) -> String {
    match origin {
        Origin::Default | Origin::Variable => key.variable(),
        Origin::File(path) => format!("{} in {}", key.path(), path.display()),
        Origin::Flag => format!("--{}", key.name().replace('_', "-")),
    }
}

fn configuration_file(choice: &FileChoice) -> Result<Option<(PathBuf, Zeroizing<String>)>, Problems> {
    let (path, is_optional) = match choice {
        FileChoice::Nothing => return Ok(None),
        FileChoice::IfPresent(path) => (path, true),
        FileChoice::Given(path) => (path, false),
    };
    match bounded(path) {
        Ok(text) => Ok(Some((path.clone(), text))),
        Err(error) if is_optional && error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let says = format!("cannot be read ({error})");
            Err(Problem::new(path.display().to_string(), says, "give the right path with --config").into())
        }
    }
}

fn secret_file(path: &Path) -> Result<Zeroizing<String>, String> {
    let text = bounded(path).map_err(|error| format!("{} cannot be read ({error})", path.display()))?;
    if text.trim().is_empty() {
        Err(format!("{} is empty", path.display()))
    } else {
        Ok(Zeroizing::new(text.trim().to_owned()))
    }
}

fn bounded(path: &Path) -> io::Result<Zeroizing<String>> {
    let size = fs::metadata(path)?.len();
    if size > MAX_FILE_BYTES {
        return Err(io::Error::other(format!("it has {size} bytes, {MAX_FILE_BYTES} are the most")));
    }
    fs::read_to_string(path).map(Zeroizing::new)
}

/// Every leaf of a table with its path.
fn flatten(path: &str, table: &toml::Table, found: &mut Vec<(String, toml::Value)>) {
    for (name, value) in table {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match value.as_table() {
            Some(inner) => flatten(&path, inner, found),
            None => found.push((path, value.clone())),
        }
    }
}

/// A value as one would write it in a variable.
fn text_of(value: &toml::Value) -> Result<Zeroizing<String>, String> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            let texts: Option<Vec<String>> = texts.collect();
            texts.ok_or("is an array of something else than text")?.join(",")
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => {
            return Err("is of a type that no key takes".into());
        }
    };
    Ok(Zeroizing::new(text))
}
