//! The stage `generated`: each generated file is one test, which holds when the code still generates that very file.

use crate::tally::Tally;
use crate::{Failure, generate};
use std::path::Path;

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    generate::run(root, generate::Mode::Compare)
}
