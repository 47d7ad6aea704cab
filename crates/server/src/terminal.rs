//! What people read and type: lines on standard output and error, and a password that does not show while it is typed.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::environment;

/// Prints a line. A reader that has gone away is no failure of ours.
pub(crate) fn say(text: impl std::fmt::Display) {
    let _reader_gone = writeln!(io::stdout(), "{text}");
}

/// Prints a line for the person, apart from what a script reads.
pub(crate) fn tell(text: impl std::fmt::Display) {
    let _reader_gone = writeln!(io::stderr(), "{text}");
}

/// Whether what is told to the person can be told again in the same place.
pub(crate) fn can_redraw() -> bool {
    io::stderr().is_terminal()
}

/// Replaces the last line for the person on a terminal.
pub(crate) fn redraw(line: &str) {
    let mut terminal = io::stderr().lock();
    let _reader_gone = write!(terminal, "\r\x1b[K{line}").and_then(|()| terminal.flush());
}

/// How text stands out on a terminal; empty elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ink {
    pub(crate) bold: &'static str,
    pub(crate) dim: &'static str,
    pub(crate) good: &'static str,
    pub(crate) bad: &'static str,
    pub(crate) off: &'static str,
}

impl Ink {
    /// Ink for standard output.
    pub(crate) fn new() -> Self {
        if io::stdout().is_terminal() && !environment::wants_no_colour() {
            Self { bold: "\x1b[1m", dim: "\x1b[2m", good: "\x1b[32m", bad: "\x1b[31m", off: "\x1b[0m" }
        } else {
            Self { bold: "", dim: "", good: "", bad: "", off: "" }
        }
    }
}

/// The longest password that is read; the model refuses what is longer than 1024 bytes.
const MAX_TYPED: u64 = 4096;

/// Reads a password: typed twice without showing it on a terminal, else the first line of standard input.
///
/// # Errors
/// What the terminal or the pipe says, or that the two differ.
pub(crate) fn password() -> io::Result<Zeroizing<String>> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return first_line(stdin.lock());
    }
    let first = unseen("Password: ")?;
    let second = unseen("Again:    ")?;
    if first == second { Ok(first) } else { Err(io::Error::other("the two passwords differ")) }
}

fn unseen(prompt: &str) -> io::Result<Zeroizing<String>> {
    let stdin = io::stdin();
    write!(io::stderr(), "{prompt}")?;
    io::stderr().flush()?;
    let shown = tcgetattr(&stdin)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &hidden)?;
    let typed = first_line(stdin.lock());
    tcsetattr(&stdin, OptionalActions::Flush, &shown)?;
    tell("");
    typed
}

fn first_line(input: impl Read) -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    io::BufReader::new(input.take(MAX_TYPED)).read_line(&mut line)?;
    let end = line.trim_end_matches(['\n', '\r']).len();
    line.truncate(end);
    if line.is_empty() { Err(io::Error::new(io::ErrorKind::UnexpectedEof, "no password was given")) } else { Ok(line) }
}
