//! Vectors of other people, run against the layers below the public surface: their tokens have no `typ` of ours and
//! their JSON is no token, so the public surface would refuse them all for the wrong reason.

mod json_suite;
mod rfc_examples;
mod wycheproof;
