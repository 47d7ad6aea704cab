//! `gatewright backup`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Output, print_json};
use crate::{
    config::{LogSettings, Settings, Sources},
    failure::Failure,
    logs, store, terminal,
};

/// Copy the SQLite database to a file while the server runs.
///
/// The copy shows one moment. It does not hold the master key: keep that apart. To restore, stop the server, put the
/// copy in the database's place and start it; everybody has to sign in again, because sessions that ended since must not
/// come back.
///
/// PostgreSQL is backed up with its own tools, pg_dump or pg_basebackup; asked for such a database, this command says how.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Where to write it; there must be nothing yet.
    path: PathBuf,
    #[command(flatten)]
    output: Output,
}

/// What an operator of PostgreSQL has to know that its own documentation does not say.
const OTHER_TOOLS: &str = "\
PostgreSQL is backed up with its own tools while the nodes serve: pg_dump for a copy of one moment, pg_basebackup with \
archived logs for any moment. Keep the master key apart from it.
After restoring a base backup, and before the first node starts, run in the restored database: UPDATE meta SET is_backup = 1;
Then everybody has to sign in again, because sessions that have ended since must not come back; a dump that was restored \
on another server is noticed without that. A replica that takes over is no backup: there, every session goes on.";

impl Backup {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let settings = Settings::read(sources)?;
        logs::start(LogSettings { level: tracing::Level::WARN, ..settings.log });
        let Some(file) = settings.database.file() else {
            return Err(Failure::other(format!("{}: {OTHER_TOOLS}", settings.database)));
        };
        if !file.exists() {
            return Err(Failure::other(format!("{}: there is no database", file.display())));
        }
        let path = self.path.display();
        let store = store::open_file(file)?;
        store
            .backup_to(&self.path)
            .await
            .map_err(|error| Failure::because(format_args!("{path} was not written"), &error))?;
        let bytes = std::fs::metadata(&self.path).map(|file| file.len()).unwrap_or(0);
        if self.output.json {
            print_json(&json!({ "path": self.path.display().to_string(), "bytes": bytes }));
        } else {
            terminal::say(format_args!(
                "{path}: {bytes} bytes. The master key is not in it; keep a copy of that apart."
            ));
        }
        Ok(())
    }
}
