//! How passwords and PINs become hashes: the edge behind the core's ports `Hasher` and `Blocklist`.
//!
//! What must stay true: at most `permits` hashes run at a time, each in memory of its own; nothing here blocks an async
//! runtime or needs one; a flood from one source delays that source; whether an identifier exists does not show in the work
//! done for it. The implementation of Argon2 is known to `kernel.rs` only.

mod blocklist;
mod engine;
mod kernel;
mod parameters;
mod pepper;
mod phc;
mod queue;
mod sync;
mod waiting_room;
mod work;
mod worker;

#[cfg(all(test, shuttle))]
mod interleaving_tests;

pub use blocklist::CommonPasswords;
pub use engine::{Engine, Settings, StartError, Stats};
pub use parameters::{Ceiling, ParameterError, Parameters};
pub use pepper::{PepperError, Peppers};

/// What the fuzz targets of this repository call. No part of the API.
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing {
    /// The text of a stored hash, parsed and printed again; nothing if it is unreadable.
    #[must_use]
    pub fn reprinted(text: &str) -> Option<String> {
        crate::phc::Phc::parse(text).map(|phc| phc.to_string())
    }
}
