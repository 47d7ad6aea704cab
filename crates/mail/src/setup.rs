//! What can be wrong with the settings of mail. Each variant is found at the start and says what to do; none repeats a
//! credential.

use std::path::PathBuf;

/// Why mail cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A setting cannot be used.
    #[error("{what} cannot be used: {says}")]
    Setting {
        /// Which one, in words.
        what: &'static str,
        /// What is wrong with it, and what to do.
        says: String,
    },
    /// A template cannot be used.
    #[error("the mail template {file}, line {line}: {says}")]
    Template {
        /// The file below the folder of templates.
        file: String,
        /// The line that is wrong, counted from 1.
        line: usize,
        /// What is wrong with it.
        says: String,
    },
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl SetupError {
    pub(crate) fn setting(what: &'static str, says: impl Into<String>) -> Self {
        Self::Setting { what, says: says.into() }
    }

    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
