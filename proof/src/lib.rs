//! The rotation of refresh tokens under a model checker.
