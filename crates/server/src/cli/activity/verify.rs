//! `gatewright activity verify`.

use std::{fs::File, io::Read, path::PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::{Output, open, own_keys, print_json, settings};
use crate::{
    config::Sources,
    failure::Failure,
    gate::{
        ActivityFault, ActivityReport, Evidence,
        model::{Checkpoint, CheckpointKey},
        verify_activity,
    },
    terminal::{self, Ink},
};

/// Verify the whole log: that no entry was altered, removed or put in between.
///
/// It needs the public key that `gatewright activity key` prints, and nothing secret. A server may be running; nothing is changed.
/// Ends with 0 if the log is what was written, with 1 if it is not, and with 2 if that could not be found out.
///
/// The end of a log may have been cut together with its checkpoints, or an older copy put in its place: only a checkpoint that was kept
/// elsewhere shows it.
#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// The public key; several, if the instance has had several master keys [default: derived from the master key].
    #[arg(long, value_name = "KEY", value_parser = key)]
    public_key: Vec<CheckpointKey>,
    /// A file with a checkpoint that was kept elsewhere. It has to lie in the log.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    #[command(flatten)]
    output: Output,
}

fn key(text: &str) -> Result<CheckpointKey, &'static str> {
    CheckpointKey::parse(text).ok_or("a public key is 32 bytes in base64url, as `gatewright activity key` prints it")
}

/// No checkpoint is longer.
const MAX_FILE_BYTES: u64 = 64 * 1024;
/// An entry that waits longer for its place is told of.
const MAX_WAIT_SECS: u64 = 60;

impl Verify {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let (report, now) = self.verify(sources).await.map_err(undecided)?;
        let waits = report.waiting_since.map(|since| now.since(since).as_secs()).filter(|secs| *secs > MAX_WAIT_SECS);
        if self.output.json {
            print_json(&shown(&report, waits));
        } else {
            print(&report, waits);
        }
        if report.is_clean() { Ok(()) } else { Err(Failure::Told) }
    }

    async fn verify(&self, sources: &Sources) -> Result<(ActivityReport, crate::gate::model::Timestamp), Failure> {
        let settings = settings(sources)?;
        let keys = if self.public_key.is_empty() { own_keys(&settings)? } else { self.public_key.clone() };
        let kept = self.kept(&keys)?;
        let store = open(&settings).await?;
        let verified = verify_activity(store.activity(), &Evidence { keys: &keys, kept: &kept }).await;
        let report = verified.map_err(|error| Failure::because("the log cannot be read", &error))?;
        Ok((report, store.clock().now()))
    }

    /// The checkpoints in the files: every line that is not empty.
    fn kept(&self, keys: &[CheckpointKey]) -> Result<Vec<Checkpoint>, Failure> {
        let mut kept = Vec::new();
        for path in &self.checkpoint {
            let mut text = String::new();
            let read = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES).read_to_string(&mut text));
            read.map_err(|error| Failure::because(path.display(), &error))?;
            let before = kept.len();
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                let said = keys.iter().find_map(|key| key.verify(line).ok());
                let said = said.ok_or_else(|| {
                    Failure::other(format!("{}: that is no checkpoint that this key has signed", path.display()))
                })?;
                kept.push(said.checkpoint);
            }
            if kept.len() == before {
                return Err(Failure::other(format!("{}: there is no checkpoint in it", path.display())));
            }
        }
        Ok(kept)
    }
}

/// 1 says that the log is not what was written, so what else goes wrong says something else.
fn undecided(failure: Failure) -> Failure {
    match failure {
        Failure::Other(text) => Failure::Unknown(text),
        other @ (Failure::Configuration(_) | Failure::Reported | Failure::Told | Failure::Unknown(_)) => other,
    }
}

fn shown(report: &ActivityReport, waits: Option<u64>) -> Value {
    let last = report.last.as_ref();
    json!({
        "clean": report.is_clean(),
        "entries": report.entries,
        "first_seq": report.begin.seq.saturating_add(1),
        "last_seq": report.head.seq,
        "checkpoints": report.checkpoints,
        "last_checkpoint": last.map(|it| json!({ "seq": it.head.seq, "signed_at": it.at.to_string() })),
        "not_yet_signed": report.unsigned.map(|it| json!({ "entries": it.entries, "since": it.since.to_string() })),
        "waiting_for_secs": waits,
        "faults": report.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "more_faults": report.more_faults,
    })
}

fn print(report: &ActivityReport, waits: Option<u64>) {
    let ink = Ink::new();
    let (begin, head) = (report.begin.seq.saturating_add(1), report.head.seq);
    if report.is_clean() {
        let what = match report.entries {
            0 => "there is no entry yet".to_owned(),
            1 => format!("entry {head} is what was written"),
            _ => format!("entries {begin} to {head} are what was written"),
        };
        terminal::say(format_args!("{}✓{} {what}", ink.good, ink.off));
    } else {
        report
            .faults
            .iter()
            .for_each(|fault: &ActivityFault| terminal::say(format_args!("{}✗{} {fault}", ink.bad, ink.off)));
        if report.more_faults > 0 {
            terminal::say(format_args!("{}✗{} and {} more", ink.bad, ink.off, report.more_faults));
        }
    }
    let note = |text: std::fmt::Arguments<'_>| terminal::say(format_args!("{}·{} {text}", ink.bold, ink.off));
    match &report.last {
        Some(last) => note(format_args!("the last checkpoint is of entry {}, signed {}", last.head.seq, last.at)),
        None if report.entries > 0 => note(format_args!("there is no checkpoint")),
        None => {}
    }
    if let Some(unsigned) = report.unsigned {
        let (entries, since) = (unsigned.entries, unsigned.since);
        note(format_args!("not signed yet: {entries}, since {since}; a running server signs within ten minutes"));
    }
    if let Some(secs) = waits {
        note(format_args!(
            "an entry has waited for its place in the chain for {secs} s: no server is running that gives it one"
        ));
    }
}
