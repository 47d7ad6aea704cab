//! Gatewright: core.
