//! The binary `gatewright`.
fn main() {}
