//! The stage `tidy`: each rule of `cargo xtask tidy` is one test.

use crate::tally::Tally;
use crate::{Failure, tidy};
use std::path::Path;

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    tidy::tally(root, &[])
}
