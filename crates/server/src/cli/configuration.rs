//! `gatewright config`.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{Output, print_json};
use crate::{
    config::{self, Origin, Printed, Settings, Sources, reference},
    failure::Failure,
    hooks, pages, post, terminal,
};

/// Check, print or explain the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Configuration {
    /// Say whether `gatewright serve` would start with it, and if not, what to change.
    Check {
        #[command(flatten)]
        output: Output,
    },
    /// Print every key with the value in force and where it came from. Secrets are not shown.
    Print {
        #[command(flatten)]
        output: Output,
    },
    /// Print a configuration file with every key at its default, to start from.
    Template,
    /// Print the JSON schema of the file, for editors.
    Schema,
}

impl Configuration {
    pub(super) fn run(self, sources: &Sources) -> Result<(), Failure> {
        match self {
            Self::Check { output } => check(sources, output),
            Self::Print { output } => print(sources, output),
            Self::Template => {
                terminal::say(reference::template().trim_end());
                Ok(())
            }
            Self::Schema => {
                print_json(&reference::schema());
                Ok(())
            }
        }
    }
}

fn check(sources: &Sources, output: Output) -> Result<(), Failure> {
    let read = Settings::read(sources);
    let unsafe_at = |settings: Settings| {
        let listen = settings.listen;
        config::Problems::check(config::check_safety(&settings, listen)).map(|()| settings)
    };
    let outcome = read.and_then(unsafe_at).and_then(|settings| {
        post::judge(&settings)?;
        hooks::caller(&settings)?;
        pages::open(&settings)?;
        Ok(settings)
    });
    if output.json {
        let problems = outcome.as_ref().err().map(config::Problems::all).unwrap_or_default();
        let shown = problems.iter().map(|one| json!({ "key": one.key, "says": one.says, "remedy": one.remedy }));
        print_json(&json!({ "ok": outcome.is_ok(), "problems": shown.collect::<Vec<_>>() }));
        return outcome.map(drop).map_err(|_| Failure::Reported);
    }
    let settings = outcome?;
    let file = settings.file.as_ref().map_or_else(|| "no file".to_owned(), |file| file.display().to_string());
    terminal::say(format_args!("The configuration is good ({file} and the environment)."));
    Ok(())
}

fn print(sources: &Sources, output: Output) -> Result<(), Failure> {
    let printed = config::printed(sources)?;
    if output.json {
        let members = printed.iter().map(|one| {
            let value = json!({ "value": one.value, "from": from(&one.origin) });
            (one.path.clone(), value)
        });
        print_json(&Value::Object(members.collect::<Map<_, _>>()));
        return Ok(());
    }
    let width = printed.iter().map(|one| one.path.len()).max().unwrap_or(0);
    for Printed { path, value, origin } in &printed {
        terminal::say(format!("{path:<width$}  {value}  ({})", from(origin)));
    }
    Ok(())
}

fn from(origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".into(),
        Origin::File(path) => path.display().to_string(),
        Origin::Variable => "environment".into(),
        Origin::Flag => "flag".into(),
    }
}
