//! What the person who started a run sees: one line per scenario, and what went wrong. The one place of this crate that
//! prints.

use std::fmt::Display;

/// Says what is being done or was found.
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
pub(crate) fn tell(line: impl Display) {
    println!("{line}");
}

/// Says what went wrong.
#[expect(clippy::print_stderr, reason = "whoever keeps the output still sees the error")]
pub(crate) fn complain(line: impl Display) {
    eprintln!("gatewright-bench: {line}");
}
