//! The command line: what one can type, and one file per command under this folder.

mod account;
mod activity;
mod admin;
mod backup;
mod configuration;
mod copy;
mod dev;
mod doctor;
mod keys;
mod mail;
mod pages;
mod serve;
mod service_keys;
mod session;
mod shell;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::{
    config::{self, FILE_VARIABLE, FileChoice, Settings, Sources},
    core_dumps, environment,
    failure::Failure,
    house::{House, Stay},
    logs, terminal,
};

/// Accounts, users, sessions and tokens for your own applications.
#[derive(Debug, Parser)]
#[command(name = "gatewright", version, propagate_version = false, help_template = HELP, max_term_width = 100)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
pub(crate) struct CommandLine {
    /// The configuration file [default: gatewright.toml, if it is there].
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
{about}

Usage: gatewright <COMMAND> [OPTIONS]

Serve:
  dev          Try it here and now: a demo account on this machine, nothing to set up
  serve        Serve the API; without any configuration on loopback

Look after it:
  doctor       Say in plain words what is wrong with this installation
  config       Check, print or explain the configuration
  backup       Copy the SQLite database while it is in use
  copy         Move the database to another place; nobody is logged out
  keys         List or rotate the signing keys
  activity     Verify, sign or export the activity log
  mail         Send a test mail, list what waits or was sent, export the templates
  pages        Write out the templates and words of the pages, to change them

Help somebody:
  account      Create, show, disable, enable or unlock an account
  session      End a session

Say who may do what:
  admin        Make the first admin; list admins; make or unmake one
  service-key  Make, list or revoke keys for programs

Your shell:
  completions  Print completions for your shell
  man          Print the manual page

Options:
{options}

Exit codes: 0 done · 1 not done, the message says why · 2 wrong command line · 3 wrong or unsafe configuration
Every setting is a key of the TOML file and a variable GATEWRIGHT_…; `gatewright config template` shows them all.
";

#[derive(Debug, Subcommand)]
enum Command {
    Dev(dev::Dev),
    Serve(serve::Serve),
    Doctor(doctor::Doctor),
    #[command(subcommand)]
    Config(configuration::Configuration),
    Backup(backup::Backup),
    Copy(copy::Copy),
    #[command(subcommand)]
    Keys(keys::Keys),
    #[command(subcommand)]
    Activity(activity::Activity),
    #[command(subcommand)]
    Mail(mail::Mail),
    #[command(subcommand)]
    Pages(pages::Pages),
    #[command(subcommand)]
    Account(account::Account),
    #[command(subcommand)]
    Session(session::Session),
    #[command(subcommand)]
    Admin(admin::Admin),
    #[command(subcommand)]
    ServiceKey(service_keys::ServiceKey),
    Completions(shell::Completions),
    Man(shell::Man),
}

/// How a command answers.
#[derive(Clone, Copy, Debug, Args)]
struct Output {
    /// Print JSON, for scripts.
    #[arg(long)]
    json: bool,
}

/// Reads the command line, does what it says, and gives the process's answer.
pub(crate) fn run() -> ExitCode {
    core_dumps::forbid();
    let line = CommandLine::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::tell(format_args!("gatewright: no threads can be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(obey(line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            for text in failure.to_string().lines() {
                terminal::tell(format_args!("gatewright: {text}"));
            }
            failure.code()
        }
    }
}

async fn obey(line: CommandLine) -> Result<(), Failure> {
    let sources = sources(line.config);
    match line.command {
        Command::Dev(dev) => dev.run(sources).await,
        Command::Serve(serve) => serve.run(sources).await,
        Command::Doctor(doctor) => doctor.run(&sources).await,
        Command::Config(configuration) => configuration.run(&sources),
        Command::Backup(backup) => backup.run(&sources).await,
        Command::Copy(copy) => copy.run().await,
        Command::Keys(keys) => keys.run(&sources).await,
        Command::Activity(activity) => activity.run(&sources).await,
        Command::Mail(mail) => mail.run(&sources).await,
        Command::Pages(pages) => pages.run(),
        Command::Account(account) => account.run(&sources).await,
        Command::Session(session) => session.run(&sources).await,
        Command::Admin(admin) => admin.run(&sources).await,
        Command::ServiceKey(key) => key.run(&sources).await,
        Command::Completions(completions) => {
            completions.run();
            Ok(())
        }
        Command::Man(man) => man.run(),
    }
}

fn sources(flag: Option<PathBuf>) -> Sources {
    let variables = environment::ours();
    let named = variables.iter().find(|(name, value)| name == FILE_VARIABLE && !value.is_empty());
    let file = match (flag, named) {
        (Some(path), _) => FileChoice::Given(path),
        (None, Some((_, path))) => FileChoice::Given(path.into()),
        (None, None) => FileChoice::IfPresent("gatewright.toml".into()),
    };
    Sources { file, variables, flags: Vec::new() }
}

/// The house for one command, on the database of the settings. A server may be using it meanwhile.
async fn visit(sources: &Sources) -> Result<House, Failure> {
    let settings = Settings::read(sources)?;
    logs::start(config::LogSettings { level: tracing::Level::WARN, ..settings.log });
    if let Some(path) = settings.database.file().filter(|path| !path.exists()) {
        let path = path.display();
        return Err(Failure::other(format!(
            "{path}: there is no database; `gatewright serve` makes it, or name another with GATEWRIGHT_STORE"
        )));
    }
    House::open(&settings, &settings.own_origin(settings.listen), Stay::Short).await
}

/// A list as text or as JSON.
fn print_json(value: &serde_json::Value) {
    terminal::say(format_args!("{value:#}"));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_help_names_every_command() {
        let command = CommandLine::command();
        command.clone().debug_assert();
        for sub in command.get_subcommands() {
            assert!(HELP.contains(&format!("\n  {} ", sub.get_name())), "{} is missing", sub.get_name());
        }
    }
}
