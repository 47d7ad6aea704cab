//! Why a command did not do what it was asked, and the exit code that says so to a script.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | not done; the message says why |
//! | 2 | the command line is wrong; `activity verify`: nothing was found out |
//! | 3 | the configuration is wrong or unsafe; the message names the keys |

use std::{fmt, process::ExitCode};

use crate::config::{Problem, Problems};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The configuration is wrong or unsafe.
    Configuration(Problems),
    /// Something else, in a sentence that may be shown.
    Other(String),
    /// The configuration is wrong or unsafe, and the command has said so in its own form.
    Reported,
    /// The command has said already what is wrong.
    Told,
    /// Whether something is wrong could not be found out, in a sentence that may be shown: for a command whose 1 says that it is.
    Unknown(String),
}

impl Failure {
    /// A failure with everything that caused it: `what: cause: its cause`.
    pub(crate) fn because(what: impl fmt::Display, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut text = format!("{what}: {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            let inner_text = inner.to_string();
            if !text.ends_with(&inner_text) {
                text = format!("{text}: {inner_text}");
            }
            cause = inner.source();
        }
        Self::Other(text)
    }

    pub(crate) fn other(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }

    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) | Self::Reported => ExitCode::from(3),
            Self::Other(_) | Self::Told => ExitCode::from(1),
            Self::Unknown(_) => ExitCode::from(2),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Configuration(problems)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Configuration(problem.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(problems) => problems.fmt(f),
            Self::Other(text) | Self::Unknown(text) => f.write_str(text),
            Self::Reported | Self::Told => Ok(()),
        }
    }
}
