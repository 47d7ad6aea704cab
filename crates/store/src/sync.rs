//! Everything through which callers and the threads of the SQLite store meet. What must stay true: those wait, wake and start
//! each other through these names only, so that `sqlite/writer/interleaving_tests` run the code that ships.
//!
//! Compiled with `--cfg shuttle` (by `cargo xtask test interleavings`, docs/decisions/0013-interleavings.md), the tests' build
//! has Shuttle's counterparts under the same names. Shuttle is a development dependency: no other build can have them.

#[cfg(not(all(test, shuttle)))]
pub(crate) use {
    futures_channel::oneshot,
    std::{
        sync::{Mutex, mpsc},
        thread::{Builder, JoinHandle},
    },
};

#[cfg(all(test, shuttle))]
pub(crate) use {
    self::under_shuttle::oneshot,
    shuttle::{
        sync::{Mutex, mpsc},
        thread::{Builder, JoinHandle},
    },
};

#[cfg(all(test, shuttle))]
pub(crate) mod under_shuttle;
