//! The small bounds as tests: each property by its name, each mutation caught, and a page that says what was found. What must
//! stay true: all of them look at the same runs, which are explored once.

mod found;
mod mutations;
mod page;
mod properties;
