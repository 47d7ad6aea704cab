//! What Gatewright holds true and what one can do with it.
//!
//! [`model`] says what is true, [`port`] what we need from the world, `action` what one can do. No HTTP, no SQL, no runtime.

pub mod model;
pub mod port;
