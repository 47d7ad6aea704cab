//! The store from outside, on real files.

mod sqlite;
