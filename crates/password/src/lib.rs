//! Gatewright: password.
