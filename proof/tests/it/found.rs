//! The runs that all tests look at, explored once per process.

use std::sync::LazyLock;

use gatewright_proof::{
    Report, Run,
    catalogue::{NEEDED, SMALL, SWITCH},
    caught::{self, Case},
};

/// What holds within the small bounds.
pub(crate) static HOLDING: LazyLock<Vec<(Run, Report)>> =
    LazyLock::new(|| SMALL.iter().chain([&SWITCH]).map(|run| (*run, run.explore(|_| ()))).collect());

/// What falls without an assumption.
pub(crate) static FALLING: LazyLock<Vec<(Run, Report)>> =
    LazyLock::new(|| NEEDED.iter().map(|run| (*run, run.explore(|_| ()))).collect());

/// What falls with a mutation.
pub(crate) static MUTATED: LazyLock<Vec<(Case, Report)>> =
    LazyLock::new(|| caught::cases().map(|case| (case, case.mutant.explore(|_| ()))).collect());
