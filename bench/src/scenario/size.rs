//! How big is the binary that a release ships?

use std::fs;

use super::World;
use crate::{
    failure::{During, Failure},
    report::{Line, mib},
};

/// At most so many KiB.
const AIM_KIB: u64 = 20 * 1024;

pub(crate) fn measure(world: &mut World) -> Result<(), Failure> {
    let kib = fs::metadata(&world.gatewright.binary).during("looking at the binary")?.len() / 1024;
    world.report.line(Line::aimed("size of the stripped binary", "< 20 MiB", mib(kib), kib, AIM_KIB));
    Ok(())
}
