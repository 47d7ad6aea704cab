//! `gatewright activity`: is the log what was written, sign it, take it out.
//!
//! What must stay true: verifying takes the public key and nothing secret, and no command but `checkpoint` writes anything.

mod export;
mod verify;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Output, print_json, visit};
use crate::{
    config::{LogSettings, Settings, Sources},
    failure::Failure,
    gate::{Checkpointing, Trust, model::CheckpointKey, port::StoredCheckpoint},
    house::House,
    house::Stay,
    logs, material,
    store::{Store, Time},
    terminal,
};

/// Verify, sign or export the activity log.
#[derive(Debug, Subcommand)]
pub(super) enum Activity {
    Verify(verify::Verify),
    /// Print the public key that verifies the log: for an auditor, who needs nothing else. It never changes while the master key
    /// stays; with several master keys there is one for each, the active one first.
    Key {
        #[command(flatten)]
        output: Output,
    },
    Checkpoint(Checkpoint),
    Export(export::Export),
}

/// Sign the log as it is now, and print the checkpoint: keep it where whoever has the database cannot get at it.
///
/// A running server signs by itself, every ten minutes, and logs each checkpoint. What was altered since the last one is not
/// signed.
#[derive(Debug, Args)]
pub(super) struct Checkpoint {
    /// Sign it although something is wrong with it: to start anew when it is known what happened. `verify` goes on telling of entries
    /// that were altered, but not of those that are missing.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    output: Output,
}

impl Activity {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        match self {
            Self::Verify(verify) => verify.run(sources).await,
            Self::Key { output } => key(sources, output),
            Self::Checkpoint(checkpoint) => checkpoint.run(sources).await,
            Self::Export(export) => export.run(sources).await,
        }
    }
}

/// The settings of a command that needs no more than the database.
fn settings(sources: &Sources) -> Result<Settings, Failure> {
    let settings = Settings::read(sources)?;
    logs::start(LogSettings { level: tracing::Level::WARN, ..settings.log });
    if let Some(path) = settings.database.file().filter(|path| !path.exists()) {
        return Err(Failure::other(format!("{}: there is no database", path.display())));
    }
    Ok(settings)
}

/// The database alone: without keys, and without an instance.
async fn open(settings: &Settings) -> Result<Store, Failure> {
    Store::open(settings, Stay::Short, Time::OfTheSystem).await
}

/// What the instance of the settings signs with.
fn own_keys(settings: &Settings) -> Result<Vec<CheckpointKey>, Failure> {
    Ok(material::master_keys(settings)?.checkpoint_keys())
}

fn key(sources: &Sources, output: Output) -> Result<(), Failure> {
    let settings = settings(sources)?;
    let keys = own_keys(&settings)?;
    if output.json {
        print_json(&json!({ "keys": keys.iter().map(ToString::to_string).collect::<Vec<_>>() }));
    } else {
        keys.iter().for_each(terminal::say);
    }
    Ok(())
}

impl Checkpoint {
    async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let house = visit(sources).await?;
        let trust = if self.force { Trust::AsItStands } else { Trust::Verified };
        let Some(stored) = sign(&house, trust).await? else {
            return Err(Failure::other("there is nothing to sign yet: the log has no entry"));
        };
        let checkpoint = &stored.checkpoint;
        if self.output.json {
            print_json(&json!({
                "checkpoint": stored.signed,
                "seq": checkpoint.head.seq,
                "begin_seq": checkpoint.begin.seq,
                "signed_at": checkpoint.at.to_string(),
            }));
        } else {
            terminal::say(&stored.signed);
        }
        Ok(())
    }
}

/// Signs up to the end, however long the log is.
async fn sign(house: &House, trust: Trust) -> Result<Option<StoredCheckpoint>, Failure> {
    let mut last = None;
    loop {
        let signed = house.gate.checkpoint_activity(trust).await;
        match signed.map_err(|error| Failure::because("the log was not signed", &error))? {
            Checkpointing::Signed(stored) if trust == Trust::Verified => last = Some(stored),
            Checkpointing::Signed(stored) | Checkpointing::Unchanged(stored) => return Ok(Some(stored)),
            Checkpointing::Empty => return Ok(last),
            Checkpointing::Refused(fault) => {
                return Err(Failure::other(format!(
                    "the log was not signed: {fault}; `gatewright activity verify` says more"
                )));
            }
        }
    }
}
