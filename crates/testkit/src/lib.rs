//! What the tests of the other crates share: a clock that stands still, randomness that repeats itself, samples of the
//! model's values, the conformance suites of the storing ports, and real servers. Nothing here is part of the product.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that finds something wrong panics; all of this is test")]

#[cfg(feature = "app")]
pub mod app;
pub mod conformance;
#[cfg(feature = "histories")]
pub mod histories;
pub mod sample;
#[cfg(feature = "servers")]
pub mod servers;

mod clock;
mod entropy;

#[cfg(feature = "app")]
pub use self::app::TestApp;
pub use self::{clock::FrozenClock, entropy::SeededEntropy, sample::Sample};
