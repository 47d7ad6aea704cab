//! What does this disk take to make something durable? No commit can be quicker than that, so the figures for refreshes mean
//! something only beside it.

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    time::Duration,
};

use super::World;
use crate::{
    clock,
    failure::{During, Failure},
    report::{Line, micros},
};

/// A page of SQLite.
const PAGE: [u8; 4096] = [0x5A; 4096];
const WRITES: usize = 300;

pub(crate) fn measure(world: &mut World) -> Result<(), Failure> {
    let path = world.gatewright.folder.join("disk");
    let mut file = File::create(&path).during("making a file on the disk")?;
    // Allocated first, as a log is that is written over again.
    file.write_all(&PAGE.repeat(WRITES)).and_then(|()| file.sync_all()).during("filling a file")?;
    file.seek(SeekFrom::Start(0)).during("going back in a file")?;
    let mut took: Vec<Duration> = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let begun = clock::now();
        file.write_all(&PAGE).and_then(|()| file.sync_data()).during("making a page durable")?;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    let (median, slow) = (took[WRITES / 2], took[WRITES * 99 / 100]);
    let figure = format!("{}, p99 {}", micros(median), micros(slow));
    world.report.line(Line::plain("this disk: one 4 KiB page written and synced, one at a time", figure));
    Ok(())
}
