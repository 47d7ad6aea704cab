//! How many refreshes per second, each of them a rotation that is durable before it is answered?

use std::{net::SocketAddr, time::Duration};

use super::{Pair, World, read};
use crate::{
    client::{Connection, ORDINARY, Request},
    failure::Failure,
    load::{self, Pace, Turn, Worker},
    process::Memory,
    report::{Line, LoadLine, mib},
    session::Session,
};

/// So many connections at a time, each with a session of its own.
const CROWDS: [usize; 3] = [32, 64, 256];
const WINDOW: Duration = Duration::from_secs(10);

pub(crate) async fn measure(world: &mut World, pair: &Pair) -> Result<(), Failure> {
    for crowd in CROWDS {
        // The ceiling first, and right before: a machine's mood changes.
        let bare = read::bare(world, &pair.bare, crowd).await?;
        let workers = refreshers(&mut world.sessions, crowd, pair.gatewright.address).await?;
        let plan = world.effort.plan(WINDOW, Pace::Full);
        let (measured, workers) = load::run(workers, plan, pair.gatewright.pid()).await?;
        world.sessions.extend(workers.into_iter().map(|worker| worker.session));
        world.report.load(LoadLine::beside("refresh, body", measured, bare));
    }
    let peak = Memory::of(pair.gatewright.pid())?.peak_kib;
    world.report.line(Line::plain("peak memory while 256 connections refresh", mib(peak)));
    Ok(())
}

/// A client that does nothing but refresh its session.
pub(crate) struct Refresher {
    connection: Connection,
    pub(crate) session: Session,
    json: String,
}

/// Takes `crowd` sessions and gives each a connection.
pub(crate) async fn refreshers(
    sessions: &mut Vec<Session>,
    crowd: usize,
    server: SocketAddr,
) -> Result<Vec<Refresher>, Failure> {
    let Some(rest) = sessions.len().checked_sub(crowd) else {
        return Err(Failure::new(format!("there are no {crowd} sessions")));
    };
    let mut workers = Vec::with_capacity(crowd);
    for session in sessions.split_off(rest) {
        let connection = Connection::open(server, ORDINARY).await?;
        workers.push(Refresher { connection, session, json: String::new() });
    }
    Ok(workers)
}

impl Worker for Refresher {
    async fn turn(&mut self) -> Result<Turn, Failure> {
        self.session.write_refresh(&mut self.json);
        let answer = self.connection.ask(Request::Post { path: "/auth/refresh", json: &self.json }).await?;
        self.session.rotated(answer.expect(200)?)?;
        Ok(Turn::Served)
    }
}
