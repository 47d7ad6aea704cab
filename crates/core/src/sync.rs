//! Everything through which requests meet at the keys in use. What must stay true: the keys are swapped and waited for through
//! these names only, so that `action/keyring/interleaving_tests` run the code that ships.
//!
//! Compiled with `--cfg shuttle` (by `cargo xtask test interleavings`, docs/decisions/0013-interleavings.md), the tests' build
//! has counterparts under the same names between whose steps Shuttle's scheduler runs others. Shuttle is a development
//! dependency: no other build can have them.

#[cfg(not(all(test, shuttle)))]
pub(crate) use {
    arc_swap::{ArcSwap, Guard},
    futures_util::lock::Mutex,
};

#[cfg(all(test, shuttle))]
pub(crate) use self::under_shuttle::{ArcSwap, Guard, Mutex};

#[cfg(all(test, shuttle))]
mod under_shuttle;
