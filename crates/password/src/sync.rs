//! Everything through which callers and hashing threads meet. What must stay true: this crate waits, wakes and starts threads
//! through these names only, so that `interleaving_tests` run the code that ships.
//!
//! Compiled with `--cfg shuttle` (by `cargo xtask test interleavings`, docs/decisions/0013-interleavings.md), the tests' build
//! has Shuttle's counterparts under the same names. Shuttle is a development dependency: no other build can have them.

#[cfg(not(all(test, shuttle)))]
pub(crate) use {
    futures_channel::oneshot,
    std::{
        sync::{Condvar, Mutex, MutexGuard},
        thread::{Builder, JoinHandle},
    },
};

#[cfg(all(test, shuttle))]
pub(crate) use self::under_shuttle::{Condvar, Mutex, MutexGuard, oneshot};
#[cfg(all(test, shuttle))]
pub(crate) use shuttle::thread::{Builder, JoinHandle};

#[cfg(all(test, shuttle))]
mod under_shuttle;
