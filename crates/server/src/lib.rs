//! The binary `gatewright`: configuration, command line, logs, metrics and wiring around the public API of the other crates.
//!
//! It is a library only so that its generated pages can be printed by an example; nobody depends on it. What must stay true:
//! nothing here decides who may do what, and the binary uses nothing that an embedder could not use, too.

mod cli;
pub mod config;
mod core_dumps;
mod environment;
mod failure;
mod hooks;
mod house;

mod logs;
mod material;
mod pages;
mod post;
mod serve;
mod store;
mod tasks;
mod terminal;

use gatewright::core as gate;

/// Reads the command line, does what it says, and gives the process's answer.
#[must_use]
pub fn main() -> std::process::ExitCode {
    cli::run()
}

/// What the fuzz targets of this repository call. No part of any API.
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing {
    /// Follows the bytes of one connection as they arrive in pieces, and spoils what must not be there.
    pub fn inspect(pieces: &mut [&mut [u8]]) {
        let mut inspector = crate::serve::framing::Inspector::default();
        pieces.iter_mut().for_each(|piece| inspector.inspect(piece));
    }
}
