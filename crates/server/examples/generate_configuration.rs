//! Generates `docs/configuration.md`: every key of the configuration, from the table that reads them.
#![expect(clippy::print_stdout, reason = "a generator prints its file")]

fn main() {
    print!("{}", gatewright_server::config::reference::page());
}
