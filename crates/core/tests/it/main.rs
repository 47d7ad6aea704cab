//! The core from outside: the judgement row by row and under random schedules, the refresh token, the parsers with public
//! test vectors.
#![expect(clippy::unwrap_used, reason = "test code that is not itself a test function panics like one")]

#[cfg(feature = "alternatives")]
mod alternatives;
mod emails;
mod graded;
mod judgement;
mod refresh_tokens;
mod sample;
mod schedules;
