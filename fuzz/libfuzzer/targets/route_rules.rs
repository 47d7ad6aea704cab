//! `route_rules` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gatewright_fuzz::route_rules(data));
