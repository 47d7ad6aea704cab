//! The PostgreSQL store: the conformance suite of every port, and what only this store has.

mod backend;
