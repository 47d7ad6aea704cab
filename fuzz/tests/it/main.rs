//! Every target over its corpus, and over what a small mutator makes of it: a moment of fuzzing in the ordinary tests.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code that is not itself a test function panics and prints like one"
)]

mod corpora;
mod json_suite;
mod mutator;
mod run;
