//! Everything the tasks print. What must stay true: colours only for a person at a terminal, never with `CI` or
//! `NO_COLOR` set, so that a log stays plain text.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task runner prints; this file is where")]

use std::io::IsTerminal;
use std::time::{Duration, Instant};

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// One line of plain text.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// The line that opens a stage or a step.
pub(crate) fn heading(text: &str) {
    println!("{}", painted(BOLD, &format!("── {text}")));
}

/// The line that closes something that went well.
pub(crate) fn good(text: &str) {
    println!("{}", painted(GREEN, text));
}

/// The line that closes something that did not.
pub(crate) fn bad(text: &str) {
    println!("{}", painted(RED, text));
}

/// Why the whole task could not run, on the error stream.
pub(crate) fn error(text: &str) {
    eprintln!("error: {text}");
}

/// True when the answer goes to a person: a terminal, and nobody asked for plain text.
pub(crate) fn is_coloured() -> bool {
    std::io::stdout().is_terminal() && !is_set("CI") && !is_set("NO_COLOR")
}

/// A clock for the progress lines; tells nothing but how long something took.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "progress lines tell how long a stage took; nothing decides by it")]
    pub(crate) fn started() -> Self {
        Self(Instant::now())
    }

    /// The time since the start, as in `12.3 s`.
    pub(crate) fn told(&self) -> String {
        told(self.0.elapsed())
    }
}

fn told(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn painted(colour: &str, text: &str) -> String {
    if is_coloured() { format!("{colour}{text}{PLAIN}") } else { text.to_owned() }
}

#[expect(clippy::disallowed_methods, reason = "CI and NO_COLOR are how the world asks for plain text")]
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_tenths_of_seconds() {
        assert_eq!(told(Duration::from_millis(12_340)), "12.3 s");
    }
}
