//! How much memory do 200 logins at the same moment take? Each hash needs 19 MiB, so without a bound it would be 3.8 GiB.

use std::{pin::pin, time::Duration};

use tokio::time::{MissedTickBehavior, interval, sleep};

use super::World;
use crate::{
    client::{Connection, ORDINARY, Request},
    clock,
    failure::Failure,
    population,
    process::Memory,
    report::{Line, mib, millis},
    server::Server,
    session::Session,
    task,
};

const LOGINS: usize = 200;
/// What one hash works in: DESIGN 6.2, `PASSWORD_MEMORY_KIB`.
const HASH_KIB: u64 = 19_456;
/// What a connection with a request under way needs beside the hash: buffers, the request, its share of the caches.
const CONNECTION_KIB: u64 = 32;
const SAMPLE_EVERY: Duration = Duration::from_millis(5);

/// Measures on a server that holds `rest_kib` at rest.
pub(crate) async fn measure(world: &mut World, server: &Server, rest_kib: u64) -> Result<(), Failure> {
    let address = server.address;
    let begun = clock::now();
    let logins = (0..LOGINS).map(|number| async move {
        let mut connection = Connection::open(address, ORDINARY).await?;
        let json = population::login(number);
        let answer = connection.ask(Request::Post { path: "/auth/login", json: &json }).await?;
        match (answer.status, answer.retry_after) {
            (503, Some(_)) => Ok(None),
            _ => Session::opened(answer.expect(200)?).map(Some),
        }
    });
    let mut logins = pin!(task::all(logins));
    let mut tick = interval(SAMPLE_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut peak_kib = 0;
    let sessions = loop {
        tokio::select! {
            ended = &mut logins => break ended?,
            _ = tick.tick() => peak_kib = peak_kib.max(Memory::of(server.pid())?.resident_kib),
        }
    };
    let took = begun.elapsed();
    let served = sessions.iter().flatten().count();
    // The kernel's own high-water mark sees what falls between two samples.
    let peak_kib = peak_kib.max(Memory::of(server.pid())?.peak_kib);
    let permits = u64::try_from(world.permits).unwrap_or(u64::MAX);
    let logins = u64::try_from(LOGINS).unwrap_or(u64::MAX);
    let bound_kib = rest_kib + permits * HASH_KIB + logins * CONNECTION_KIB;
    let aim = format!(
        "at rest + {permits} permits × 19 MiB + {LOGINS} connections × {CONNECTION_KIB} KiB = {}",
        mib(bound_kib)
    );
    let figure = format!("{}, at rest before {}", mib(peak_kib), mib(rest_kib));
    world.report.line(Line::aimed("peak memory during 200 parallel logins", &aim, figure, peak_kib, bound_kib));
    let figure = format!("{served} signed in, {} told to come back (503), in {}", LOGINS - served, millis(took));
    world.report.line(Line::plain("those 200 logins", figure));
    sleep(world.effort.wait(Duration::from_secs(5))).await;
    let after = Memory::of(server.pid())?;
    let figure = format!("{} (anonymous {})", mib(after.resident_kib), mib(after.anonymous_kib));
    world.report.line(Line::plain("memory 5 s later", figure));
    Ok(())
}
