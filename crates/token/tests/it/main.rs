//! Tests of the public surface: what a verifier refuses, what it accepts, and how keys live.

mod agreement;
mod cache;
mod forge;
mod hostile;
mod key_set;
mod keys;
mod minting;
mod remote;
mod rotation;
mod tower;
