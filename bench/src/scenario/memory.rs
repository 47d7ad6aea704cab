//! How much memory does the server hold when nobody asks for anything?

use std::time::Duration;

use tokio::time::sleep;

use super::World;
use crate::{
    failure::Failure,
    process::Memory,
    report::{Line, mib},
    server::Server,
};

const AIM_KIB: u64 = 20 * 1024;

/// Gives what is resident at rest, in KiB.
pub(crate) async fn measure(world: &mut World, server: &Server) -> Result<u64, Failure> {
    let early = Memory::of(server.pid())?;
    sleep(world.effort.wait(Duration::from_secs(10))).await;
    let rested = Memory::of(server.pid())?;
    let told = |memory: Memory| format!("{} (anonymous {})", mib(memory.resident_kib), mib(memory.anonymous_kib));
    world.report.line(Line::plain("memory just after the start", told(early)));
    world.report.line(Line::aimed("memory after 10 s of rest", "< 20 MiB", told(rested), rested.resident_kib, AIM_KIB));
    Ok(rested.resident_kib)
}
