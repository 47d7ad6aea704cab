//! Runs the fault bench: `cargo xtask faults`. The library does the work, so that tests can do the same.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    gatewright_faults::command_line::main(std::env::args().skip(1).collect()).await
}
