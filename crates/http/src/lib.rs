//! Gatewright: http.
