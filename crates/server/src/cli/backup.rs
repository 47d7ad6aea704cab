//! `gatewright backup`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Output, print_json};
use crate::{
    config::{LogSettings, Settings, Sources},
    failure::Failure,
    house, logs, terminal,
};

/// Copy the database to a file while the server runs.
///
/// The copy shows one moment. It does not hold the master key: keep that apart. To restore, stop the server, put the
/// copy in the database's place and start it; everybody has to sign in again, because sessions that ended since must not
/// come back.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Where to write it; there must be nothing yet.
    path: PathBuf,
    #[command(flatten)]
    output: Output,
}

impl Backup {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let settings = Settings::read(sources)?;
        logs::start(LogSettings { level: tracing::Level::WARN, ..settings.log });
        if !settings.database.exists() {
            return Err(Failure::other(format!("{}: there is no database", settings.database.display())));
        }
        let path = self.path.display();
        let store = house::open_store(&settings)?;
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
