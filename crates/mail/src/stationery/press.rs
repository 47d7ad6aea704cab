//! Jinja, with its reins. What must stay true: a variable that does not exist or has no value is an error, never an empty place;
//! what is printed into HTML is escaped; a template can neither run for long nor read anything but its values; values are never
//! templates.

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter};

use crate::setup::SetupError;

/// How much work one snippet may be, in instructions: ours need some hundreds.
const FUEL: u64 = 20_000;
/// The most that one snippet may print, in bytes.
const LONGEST: usize = 64 * 1024;

/// What a template may use, by name.
pub(super) type Values = BTreeMap<&'static str, Value>;

/// Compiled templates.
pub(super) struct Press {
    environment: Environment<'static>,
}

/// A compiled piece of a file.
#[derive(Clone, Debug)]
pub(super) struct Snippet {
    key: String,
    file: String,
    line: usize,
}

/// What went wrong at printing.
#[derive(Debug)]
pub(super) struct Misprint {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) says: String,
}

impl Press {
    pub(super) fn new() -> Self {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(20);
        environment.set_auto_escape_callback(|key| {
            if key.starts_with("layout.html#") { AutoEscape::Html } else { AutoEscape::None }
        });
        environment.set_formatter(|out, state, value| {
            if value.is_none() {
                let says = "it has no value here; put it between {% if … %} and {% endif %}";
                return Err(Error::new(ErrorKind::InvalidOperation, says));
            }
            if matches!(state.auto_escape(), AutoEscape::Html) {
                return std::fmt::Write::write_str(out, &escaped(&value.to_string())).map_err(Error::from);
            }
            escape_formatter(out, state, value)
        });
        Self { environment }
    }

    /// Compiles what begins in this line of this file and may use these variables.
    pub(super) fn set(
        &mut self,
        file: &str,
        line: usize,
        source: &str,
        allowed: &[&str],
    ) -> Result<Snippet, SetupError> {
        let snippet = Snippet { key: format!("{file}#{line}"), file: file.to_owned(), line };
        self.environment
            .add_template_owned(snippet.key.clone(), source.to_owned())
            .map_err(|error| snippet.misprint(&error))?;
        let template = self.environment.get_template(&snippet.key).expect("it was added a line above");
        let mut unknown: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        unknown.retain(|name| !allowed.contains(&name.as_str()));
        unknown.sort();
        if let Some(name) = unknown.first() {
            let before = source.find(name.as_str()).map_or("", |at| &source[..at]);
            let says = format!("there is no variable `{name}` here; there are: {}", allowed.join(", "));
            return Err(SetupError::Template {
                file: file.to_owned(),
                line: line + before.matches('\n').count(),
                says,
            });
        }
        Ok(snippet)
    }

    pub(super) fn print(&self, snippet: &Snippet, values: &Values) -> Result<String, Misprint> {
        let template = self.environment.get_template(&snippet.key).expect("a snippet was compiled by this press");
        let printed = template.render(Value::from(values)).map_err(|error| snippet.misprint(&error))?;
        if printed.len() > LONGEST {
            let says = format!("it prints more than {LONGEST} bytes");
            return Err(Misprint { file: snippet.file.clone(), line: snippet.line, says });
        }
        Ok(printed)
    }
}

impl Snippet {
    /// What the engine complains about, without the values.
    fn misprint(&self, error: &Error) -> Misprint {
        let says =
            error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
        Misprint { file: self.file.clone(), line: self.line + error.line().unwrap_or(1).saturating_sub(1), says }
    }
}

impl From<Misprint> for SetupError {
    fn from(misprint: Misprint) -> Self {
        Self::Template { file: misprint.file, line: misprint.line, says: misprint.says }
    }
}

/// As text and in attributes with double quotes. The engine's own would also write `/` as `&#x2f;`, which no link needs.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}
