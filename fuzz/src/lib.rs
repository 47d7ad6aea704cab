//! What is done with bytes from outside, as targets.
