//! Gatewright: testkit.
