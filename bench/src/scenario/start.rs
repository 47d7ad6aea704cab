//! How long from starting the process to the first 200, on a database that exists?

use std::time::Duration;

use super::World;
use crate::{
    failure::Failure,
    report::{Line, millis},
    server::Ending,
};

const AIM: Duration = Duration::from_millis(50);
const RUNS: usize = 10;

pub(crate) fn measure(world: &mut World) -> Result<(), Failure> {
    let (figure, median) = start(world, Ending::Orderly)?;
    world.report.line(Line::aimed("start to first 200, after an orderly end", "< 50 ms", figure, median, AIM));
    let (figure, _) = start(world, Ending::Sudden)?;
    world.report.line(Line::plain("start to first 200, after SIGKILL: the log is replayed, the file checked", figure));
    Ok(())
}

fn start(world: &World, ending: Ending) -> Result<(String, Duration), Failure> {
    let mut took = Vec::new();
    // The first start finds what an earlier scenario left; it is not counted.
    for _ in 0..=world.effort.times(RUNS) {
        let server = world.gatewright.start()?;
        took.push(server.started_in);
        server.stop(ending)?;
    }
    took.remove(0);
    took.sort_unstable();
    let (median, least, most) = (took[took.len() / 2], took[0], took[took.len() - 1]);
    Ok((format!("{} ({} to {}, {} runs)", millis(median), millis(least), millis(most), took.len()), median))
}
