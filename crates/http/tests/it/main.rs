//! The HTTP edge with everything behind it: the core, SQLite in a temporary file, a clock that stands still.

mod attacks;
mod family;
