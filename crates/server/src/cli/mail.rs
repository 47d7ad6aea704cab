//! `gatewright mail`: can mail be sent, what has become of it, what does it look like.
//!
//! What must stay true: what a letter says, and to whom, is shown by no command (SECURITY LG2).

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use gatewright_mail::{Postman, SmtpSecurity, export_templates};
use serde_json::{Value, json};

use super::{Output, print_json, visit};
use crate::{
    config::{LogSettings, Settings, Sources, Way, keys},
    failure::Failure,
    gate::{
        model::{Email, Letter, LetterId, Says, Timestamp},
        port::{Clock, Courier, Entropy, LetterFilter, LetterState, LetterSummary, SystemClock, SystemEntropy},
    },
    logs, post,
    terminal::{self, Ink},
};

/// Send a test mail, list what waits or was sent, or export the templates.
#[derive(Debug, Subcommand)]
pub(super) enum Mail {
    /// Send a test mail now, and say what the SMTP server answered if it does not take it.
    Test(Test),
    /// List letters, newest first: what has become of each, and why the last try failed. Not what they say, nor to whom.
    List(List),
    /// The templates that are built in.
    #[command(subcommand)]
    Templates(Templates),
}

#[derive(Debug, Args)]
pub(super) struct Test {
    /// To which address.
    address: String,
    /// In which language, such as `de` [default: mail.language].
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Put it into the outbox instead, for the running server to send; `gatewright mail list` tells what becomes of it.
    #[arg(long, conflicts_with = "language")]
    queue: bool,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// How many.
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Subcommand)]
pub(super) enum Templates {
    /// Write the built-in templates into a folder, to change them there and name it with mail.templates. Files that are there stay.
    Export {
        /// The folder; made if it is missing.
        folder: PathBuf,
    },
}

impl Mail {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        match self {
            Self::Test(test) if test.queue => test.put_into_outbox(sources).await,
            Self::Test(test) => test.send(sources).await,
            Self::List(list) => list.run(sources).await,
            Self::Templates(Templates::Export { folder }) => export(&folder),
        }
    }
}

impl Test {
    fn email(&self) -> Result<Email, Failure> {
        Email::parse("address", &self.address).map_err(|error| Failure::other(error.to_string()))
    }

    async fn send(self, sources: &Sources) -> Result<(), Failure> {
        let settings = Settings::read(sources)?;
        logs::start(LogSettings { level: tracing::Level::WARN, ..settings.log });
        let to = self.email()?;
        let postman = post::open(&settings, &settings.own_origin(settings.listen))?;
        let (Some(postman), Some(way)) = (postman, &settings.mail.way) else {
            let (url, from) = (keys::SMTP_URL.variable(), keys::MAIL_FROM.variable());
            return Err(Failure::other(format!("no mail is sent from here: set {url} and {from}")));
        };
        let letter = Letter { id: letter_id(), to, locale: self.language.clone(), name: None, says: Says::Test };
        let sent = deliver(&postman, &letter).await;
        if self.output.json {
            let error = sent.as_ref().err();
            print_json(&json!({
                "id": letter.id.to_string(), "way": way.to_string(), "sent": sent.is_ok(), "error": error,
            }));
            return sent.map_err(|_| Failure::Told);
        }
        sent.map_err(Failure::other)?;
        terminal::say(format_args!("{}: a test mail was taken, with the id {}.", described(way), letter.id));
        Ok(())
    }

    async fn put_into_outbox(self, sources: &Sources) -> Result<(), Failure> {
        let to = self.email()?;
        let house = visit(sources).await?;
        let written = house.gate.operator().write_test_letter(to).await;
        let id = written.map_err(|error| Failure::because("the letter was not written", &error))?;
        if self.output.json {
            print_json(&json!({ "id": id.to_string() }));
        } else {
            terminal::say(format_args!(
                "Letter {id} waits in the outbox; `gatewright mail list` tells what becomes of it."
            ));
        }
        Ok(())
    }
}

/// Of no store: a test is sent without one.
fn letter_id() -> LetterId {
    let mut random = [0; 10];
    SystemEntropy::default().fill(&mut random);
    LetterId::new(SystemClock::starting_at(Timestamp::default()).now(), random)
}

async fn deliver(postman: &Postman, letter: &Letter) -> Result<(), String> {
    let delivered = postman.deliver(letter).await;
    postman.close().await;
    delivered.map_err(|error| error.to_string())
}

/// The way, and what it means for who listens in between.
pub(super) fn described(way: &Way) -> String {
    let Way::Smtp(address) = way else { return way.to_string() };
    let security = match address.security() {
        SmtpSecurity::Tls => "inside TLS, its certificate is verified",
        SmtpSecurity::StartTls => "inside TLS after STARTTLS, its certificate is verified",
        SmtpSecurity::Clear if address.is_in_the_open() => "in clear: whoever listens in between can use the links",
        SmtpSecurity::Clear => "in clear, on this machine",
    };
    format!("{way} ({security})")
}

impl List {
    async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let house = visit(sources).await?;
        let read = house
            .store
            .outbox()
            .letters(LetterFilter { limit: usize::from(self.limit), ..LetterFilter::default() })
            .await;
        let letters = read.map_err(|error| Failure::because("the outbox was not read", &error))?;
        if self.output.json {
            print_json(&json!({ "letters": letters.iter().map(shown).collect::<Vec<_>>() }));
            return Ok(());
        }
        if letters.is_empty() {
            terminal::say("No letter waits, and none was sent lately.");
        }
        letters.iter().for_each(print);
        Ok(())
    }
}

fn shown(letter: &LetterSummary) -> Value {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": letter.id.to_string(),
        "account_id": letter.account_id.map(|id| id.to_string()),
        "kind": letter.kind,
        "state": letter.state.name(),
        "written_at": letter.written_at.to_string(),
        "attempts": letter.attempts,
        "due_at": moment(letter.due_at),
        "done_at": moment(letter.done_at),
        "last_error": letter.last_error,
    })
}

fn print(letter: &LetterSummary) {
    let ink = Ink::new();
    let (colour, when) = match letter.state {
        LetterState::Waiting => (ink.bold, letter.due_at.map(|at| format!(", due {at}"))),
        LetterState::Sent => (ink.good, letter.done_at.map(|at| format!(" {at}"))),
        LetterState::GivenUp => (ink.bad, letter.done_at.map(|at| format!(" {at}"))),
    };
    let state = letter.state.name().replace('_', " ");
    let tries = match letter.attempts {
        0 => "not tried yet".to_owned(),
        1 => "tried once".to_owned(),
        more => format!("tried {more} times"),
    };
    terminal::say(format_args!(
        "{}  {:<18} {colour}{state}{}{}; written {}, {tries}",
        letter.id,
        letter.kind,
        ink.off,
        when.unwrap_or_default(),
        letter.written_at
    ));
    if let Some(error) = &letter.last_error {
        terminal::say(format_args!("    {error}"));
    }
}

fn export(folder: &Path) -> Result<(), Failure> {
    let written =
        export_templates(folder).map_err(|error| Failure::because("the templates were not written", &error))?;
    let count = written.len();
    terminal::say(format_args!(
        "{count} templates are in {0} now, and those that were there are as they were. Set {1}={0}, and remove what you do not change.",
        folder.display(),
        keys::MAIL_TEMPLATES.variable()
    ));
    Ok(())
}
