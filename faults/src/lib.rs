//! The fault bench.
