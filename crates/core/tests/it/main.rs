//! The core from outside: the judgement row by row and under random schedules, the refresh token, the parsers with public
//! test vectors.

mod emails;
mod judgement;
mod refresh_tokens;
mod sample;
mod schedules;
