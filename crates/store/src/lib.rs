//! Gatewright: store.
