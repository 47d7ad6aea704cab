//! What the person who started a run sees. The one place of this crate that prints.

use std::{
    fmt::Display,
    io::{IsTerminal, Write},
};

/// Says what is being done or was found.
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
pub(crate) fn tell(line: impl Display) {
    println!("{line}");
}

/// Says what went wrong.
#[expect(clippy::print_stderr, reason = "whoever keeps the output still sees the error")]
pub(crate) fn complain(line: impl Display) {
    eprintln!("gatewright-faults: {line}");
}

/// Where the progress of a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// One line that is written over again.
    Bar,
    /// A line every ten seconds.
    Lines,
    /// Nowhere: a test.
    Silent,
}

impl Progress {
    /// What suits where the output goes.
    pub(crate) fn suitable() -> Self {
        if std::io::stdout().is_terminal() { Self::Bar } else { Self::Lines }
    }

    /// How often it is told.
    pub(crate) fn every(self) -> std::time::Duration {
        match self {
            Self::Bar => std::time::Duration::from_millis(500),
            Self::Lines | Self::Silent => std::time::Duration::from_secs(10),
        }
    }

    /// Tells how far it is, from 0 to 1.
    pub(crate) fn show(self, done: f64, line: &str) {
        match self {
            Self::Bar => {
                let full = (done.clamp(0.0, 1.0) * 24.0) as usize;
                let mut out = std::io::stdout().lock();
                // A terminal that has gone away is nothing to worry about.
                let _ = write!(out, "\r\x1b[K[{}{}] {line}", "#".repeat(full), "-".repeat(24 - full));
                let _ = out.flush();
            }
            Self::Lines => tell(format_args!("{:>3.0} % {line}", done * 100.0)),
            Self::Silent => {}
        }
    }

    /// Leaves the line that was written over.
    pub(crate) fn end(self) {
        match self {
            Self::Bar => tell(""),
            Self::Lines | Self::Silent => {}
        }
    }
}
