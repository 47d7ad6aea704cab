//! `gatewright completions` and `gatewright man`.

use std::io;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::CommandLine;
use crate::failure::Failure;

/// Print completions for your shell.
///
/// For bash: gatewright completions bash > ~/.local/share/bash-completion/completions/gatewright
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell.
    shell: Shell,
}

/// Print the manual page: gatewright man | man -l -
#[derive(Debug, Args)]
pub(super) struct Man {}

impl Completions {
    pub(super) fn run(self) {
        clap_complete::generate(self.shell, &mut CommandLine::command(), "gatewright", &mut io::stdout());
    }
}

impl Man {
    pub(super) fn run(self) -> Result<(), Failure> {
        let page = clap_mangen::Man::new(CommandLine::command().help_template("{about}"));
        page.render(&mut io::stdout()).map_err(|error| Failure::because("the manual page was not written", &error))
    }
}
