//! `gatewright pages`: the templates and words of the hosted pages.

use std::path::PathBuf;

use clap::Subcommand;

use crate::{config::keys, failure::Failure, pages, terminal};

/// Write out the templates and words of the pages, to change them.
#[derive(Debug, Subcommand)]
pub(super) enum Pages {
    /// Write the built-in templates, stylesheet and words into a folder, to change them there and name it with pages.dir. Files that are
    /// there stay.
    Export {
        /// The folder; made if it is missing.
        folder: PathBuf,
    },
}

impl Pages {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Export { folder } = self;
        let written = pages::export(&folder).map_err(|error| Failure::because("the files were not written", &error))?;
        terminal::say(format_args!(
            "{} files are in {1} now, and those that were there are as they were. Set {2}={1}. Remove what you do not change, file by \
             file and line by line: what is not there stays as it is built in, also in newer versions.",
            written.len(),
            folder.display(),
            keys::PAGES_DIR.variable()
        ));
        Ok(())
    }
}
