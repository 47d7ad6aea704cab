//! `gatewright copy`.

use std::{
    fmt::Write as _,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use gatewright_store::transfer::{self, Afterwards, InRedis, Moment, Phase, Place, Plan, Report, TransferError};
use serde_json::json;
use zeroize::Zeroizing;

use super::{Output, print_json};
use crate::{
    config::{Database, LogFormat, LogSettings, may_hold_password},
    failure::Failure,
    gate::port::SystemEntropy,
    logs, terminal,
};

/// Move the database to another place, without anybody being logged out.
///
/// Stop every server that uses the source or the target first. All rows are copied, then all are compared; only then can the
/// target be served. Broken off, by whatever, the same command goes on where it was. The new place needs the same master key.
///
/// The source is a backup afterwards: a server that opens it by mistake ends every session in it.
#[derive(Debug, Args)]
pub(super) struct Copy {
    /// What to copy: `sqlite:///path` or `postgres://user@host/database`.
    #[arg(long, value_name = "URL", required_unless_present = "from_file", conflicts_with = "from_file")]
    from: Option<String>,
    /// A file that holds that URL. A password on the command line can be seen by everybody on the machine.
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// Where to: the same forms. It must hold no accounts yet.
    #[arg(long, value_name = "URL", required_unless_present = "to_file", conflicts_with = "to_file")]
    to: Option<String>,
    /// A file that holds that URL.
    #[arg(long, value_name = "FILE")]
    to_file: Option<PathBuf>,
    /// Leave the source as it is: for a rehearsal. Serve only one of the two: a token that is used at both is taken for
    /// a stolen one, and a session that ends at one lives on at the other.
    #[arg(long)]
    keep_source: bool,
    /// Copy to SQLite even if sessions have their tokens in Redis: these people have to sign in again.
    #[arg(long)]
    leave_redis: bool,
    #[command(flatten)]
    output: Output,
}

/// No URL is longer.
const MAX_URL_BYTES: u64 = 16 * 1024;

impl Copy {
    pub(super) async fn run(self) -> Result<(), Failure> {
        logs::start(LogSettings { format: LogFormat::Auto, level: tracing::Level::WARN });
        let from = place("--from", self.from.as_deref(), self.from_file.as_deref())?;
        let to = place("--to", self.to.as_deref(), self.to_file.as_deref())?;
        let plan = Plan {
            afterwards: if self.keep_source { Afterwards::Keep } else { Afterwards::Retire },
            in_redis: if self.leave_redis { InRedis::Leave } else { InRedis::Refuse },
        };
        let mut shown = Shown::new();
        let mut watch = |moment| shown.show(moment);
        let entropy = SystemEntropy::default();
        let copied = tokio::select! {
            copied = transfer::copy(&from, &to, plan, &entropy, &mut watch) => copied,
            _ = tokio::signal::ctrl_c() => {
                shown.clear();
                return Err(Failure::other("broken off; the same command goes on where it was"));
            }
        };
        shown.clear();
        let report = copied.map_err(|error| told(&error, &from, &to))?;
        if self.output.json {
            print_json(&as_json(&report, &from, &to, plan, shown.elapsed()));
        } else {
            print(&report, &from, &to, plan, shown.elapsed());
        }
        Ok(())
    }
}

fn place(flag: &str, url: Option<&str>, file: Option<&Path>) -> Result<Place, Failure> {
    let url = match (url, file) {
        (_, Some(path)) => {
            let mut text = Zeroizing::new(String::new());
            let read = File::open(path).and_then(|file| file.take(MAX_URL_BYTES).read_to_string(&mut text));
            read.map_err(|error| Failure::because(path.display(), &error))?;
            Zeroizing::new(text.trim().to_owned())
        }
        (url, None) => {
            let url = url.unwrap_or_default();
            if may_hold_password(url) {
                terminal::tell(format_args!(
                    "everybody on this machine can see the password in {flag}; {flag}-file hides it"
                ));
            }
            Zeroizing::new(url.to_owned())
        }
    };
    match Database::parse(&url) {
        Ok(Database::File(path)) => Ok(Place::Sqlite(path)),
        Ok(Database::Postgres(address)) => Ok(Place::Postgres(address)),
        Err(unusable) => Err(Failure::other(format!("{flag}: {}; {}", unusable.says, unusable.remedy))),
    }
}

fn told(error: &TransferError, from: &Place, to: &Place) -> Failure {
    let failure = Failure::because(format_args!("{from} was not copied to {to}"), error);
    if matches!(error, TransferError::InRedis { .. }) {
        Failure::other(format!("{failure}; --leave-redis copies the others"))
    } else {
        failure
    }
}

fn as_json(report: &Report, from: &Place, to: &Place, plan: Plan, took: Duration) -> serde_json::Value {
    let tables = report.tables.iter().map(|it| json!({ "name": it.table, "rows": it.rows, "sha256": it.sha256 }));
    json!({
        "from": from.to_string(),
        "to": to.to_string(),
        "tables": tables.collect::<Vec<_>>(),
        "rows_of_an_earlier_run": report.resumed_from,
        "source": if plan.afterwards == Afterwards::Retire { "backup" } else { "kept" },
        "sessions_end": report.was_backup,
        "seconds": took.as_secs_f64(),
    })
}

fn print(report: &Report, from: &Place, to: &Place, plan: Plan, took: Duration) {
    let all: u64 = report.tables.iter().map(|it| it.rows).sum();
    terminal::say(format_args!("Copied {from} to {to}: {all} rows in {}, each compared.", span(took)));
    for it in report.tables.iter().filter(|it| it.rows > 0 && it.table != "meta") {
        terminal::say(format_args!("  {:<18}{:>12}  sha256 {}", it.table, it.rows, &it.sha256[..16]));
    }
    if report.was_backup {
        terminal::say("The source is a backup: everybody has to sign in again when the target is first served.");
    } else {
        terminal::say(
            "Every session goes on there, with the same master key: take GATEWRIGHT_MASTER_KEY or master.key along.",
        );
    }
    match plan.afterwards {
        Afterwards::Retire => terminal::say(
            "The source is a backup from now on: a server that opens it ends every session in it. Delete it when you no \
             longer need it.",
        ),
        Afterwards::Keep => terminal::say(
            "The source was left as it is. Serve only one of the two: a token that is used at both is taken for stolen.",
        ),
    }
}

/// Shows how far it is: one line that changes on a terminal, else a line every few seconds.
struct Shown {
    begun: Instant,
    phase: Option<(Phase, Instant)>,
    last: Option<Instant>,
    is_terminal: bool,
}

const LINE_EVERY: Duration = Duration::from_secs(5);
const REDRAW_EVERY: Duration = Duration::from_millis(100);
const BAR: usize = 20;

impl Shown {
    fn new() -> Self {
        Self { begun: now(), phase: None, last: None, is_terminal: terminal::can_redraw() }
    }

    fn show(&mut self, moment: Moment) {
        let now = now();
        let since = match self.phase {
            Some((phase, since)) if phase == moment.phase => since,
            Some(_) | None => {
                self.phase = Some((moment.phase, now));
                self.last = None;
                now
            }
        };
        let every = if self.is_terminal { REDRAW_EVERY } else { LINE_EVERY };
        if self.last.is_some_and(|last| now.duration_since(last) < every) {
            return;
        }
        self.last = Some(now);
        let line = line(&moment, now.duration_since(since));
        if self.is_terminal {
            terminal::redraw(&format!("{} {line}", bar(&moment)));
        } else {
            terminal::tell(line);
        }
    }

    fn clear(&self) {
        if self.is_terminal {
            terminal::redraw("");
        }
    }

    fn elapsed(&self) -> Duration {
        now().duration_since(self.begun)
    }
}

fn bar(moment: &Moment) -> String {
    let full = usize::try_from(moment.rows.saturating_mul(BAR as u64) / moment.of.max(1)).map_or(BAR, |it| it.min(BAR));
    format!("[{}{}]", "#".repeat(full), " ".repeat(BAR - full))
}

/// `copying sessions: 1200 of 5000 rows, 800 rows/s, 5 s left`.
fn line(moment: &Moment, passed: Duration) -> String {
    let verb = match moment.phase {
        Phase::Copying => "copying",
        Phase::Comparing => "comparing",
    };
    let mut line = format!("{verb} {}: {} of {} rows", moment.table, moment.rows, moment.of);
    let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
    let rate = (moment.rows - moment.before).saturating_mul(1000).checked_div(millis).unwrap_or(0);
    if let Some(left) = moment.of.saturating_sub(moment.rows).checked_div(rate) {
        write!(line, ", {rate} rows/s, {} left", span(Duration::from_secs(left))).expect("a string takes everything");
    }
    line
}

fn span(span: Duration) -> String {
    match span.as_secs() {
        secs @ 0..120 => format!("{secs} s"),
        secs @ 120..7200 => format!("{} min", secs / 60),
        secs => format!("{} h {} min", secs / 3600, secs % 3600 / 60),
    }
}

#[expect(clippy::disallowed_methods, reason = "a steady clock that only says how quick it is")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_where_it_is_how_quick_and_how_long_still() {
        let moment = Moment { phase: Phase::Copying, table: "sessions", rows: 3000, before: 1000, of: 13_000 };
        let said = line(&moment, Duration::from_secs(2));
        assert_eq!(said, "copying sessions: 3000 of 13000 rows, 1000 rows/s, 10 s left");
        assert_eq!(bar(&moment), "[####                ]");
        let first = line(&Moment { rows: 1000, ..moment }, Duration::ZERO);
        assert_eq!(first, "copying sessions: 1000 of 13000 rows");
        assert_eq!(bar(&Moment { rows: 0, of: 0, ..moment }), "[                    ]");
    }
}
