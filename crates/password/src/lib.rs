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
mod waiting_room;
mod work;
mod worker;

pub use blocklist::CommonPasswords;
pub use engine::{Engine, Settings, StartError, Stats};
pub use parameters::{Ceiling, ParameterError, Parameters};
pub use pepper::{PepperError, Peppers};
