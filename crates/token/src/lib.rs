//! Gatewright: token.
