//! Runs the checks and shows what was explored: `cargo xtask model [--large]`.

fn main() { gatewright_proof::scratch::main() }
