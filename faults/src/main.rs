//! Runs the fault bench: `cargo xtask faults`.

fn main() {}
