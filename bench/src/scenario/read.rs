//! How many answers per second that write nothing: the key set, who am I, and the bare server's constant?

use std::{net::SocketAddr, time::Duration};

use super::{Pair, World};
use crate::{
    ceiling,
    client::{Connection, ORDINARY, Request},
    failure::Failure,
    load::{self, Measured, Pace, Turn, Worker},
    report::LoadLine,
    server::Server,
    session::Session,
};

const CROWD: usize = 64;
const WINDOW: Duration = Duration::from_secs(5);

pub(crate) async fn measure(world: &mut World, pair: &Pair) -> Result<(), Failure> {
    let bare = bare(world, &pair.bare, CROWD).await?;
    let server = pair.gatewright.address;
    let plan = world.effort.plan(WINDOW, Pace::Full);

    let keys = key_set(server).await?;
    let mut workers = Vec::with_capacity(CROWD);
    for _ in 0..CROWD {
        let connection = Connection::open(server, ORDINARY).await?;
        workers.push(Reader { connection, path: "/.well-known/jwks.json", expected: keys.clone() });
    }
    let (measured, _) = load::run(workers, plan, pair.gatewright.pid()).await?;
    world.report.load(LoadLine::beside("the key set (JWKS)", measured, bare));

    let Some(rest) = world.sessions.len().checked_sub(CROWD) else {
        return Err(Failure::new("there are too few sessions"));
    };
    let mut workers = Vec::with_capacity(CROWD);
    for session in world.sessions.split_off(rest) {
        workers.push(Asker { connection: Connection::open(server, ORDINARY).await?, session });
    }
    let (measured, workers) = load::run(workers, plan, pair.gatewright.pid()).await?;
    world.sessions.extend(workers.into_iter().map(|worker| worker.session));
    world.report.load(LoadLine::beside("who am I (`GET /auth/me`)", measured, bare));
    Ok(())
}

/// Measures the bare server with `crowd` connections, and gives its rate.
pub(crate) async fn bare(world: &mut World, server: &Server, crowd: usize) -> Result<f64, Failure> {
    let measured = bare_at(world, server, crowd, Pace::Full).await?;
    let rate = measured.rate();
    world.report.load(LoadLine::alone("bare axum answer: the ceiling", measured));
    Ok(rate)
}

/// Measures the bare server at this pace.
pub(crate) async fn bare_at(world: &World, server: &Server, crowd: usize, pace: Pace) -> Result<Measured, Failure> {
    let mut workers = Vec::with_capacity(crowd);
    for _ in 0..crowd {
        let connection = Connection::open(server.address, ORDINARY).await?;
        workers.push(Reader { connection, path: "/", expected: ceiling::BODY.into() });
    }
    let (measured, _) = load::run(workers, world.effort.plan(WINDOW, pace), server.pid()).await?;
    Ok(measured)
}

/// The key set as it is now; it does not change while we measure.
async fn key_set(server: SocketAddr) -> Result<Vec<u8>, Failure> {
    let mut connection = Connection::open(server, ORDINARY).await?;
    let answer = connection.ask(Request::Get { path: "/.well-known/jwks.json", bearer: None }).await?;
    let body = answer.expect(200)?;
    if !body.windows(6).any(|six| six == b"\"kid\":") {
        return Err(Failure::new("the key set has no key"));
    }
    Ok(body.to_vec())
}

/// Reads what is always the same.
struct Reader {
    connection: Connection,
    path: &'static str,
    expected: Vec<u8>,
}

impl Worker for Reader {
    async fn turn(&mut self) -> Result<Turn, Failure> {
        let answer = self.connection.ask(Request::Get { path: self.path, bearer: None }).await?;
        if answer.expect(200)? == self.expected { Ok(Turn::Served) } else { Err(answer.unexpected()) }
    }
}

/// Asks who it is.
struct Asker {
    connection: Connection,
    session: Session,
}

impl Worker for Asker {
    async fn turn(&mut self) -> Result<Turn, Failure> {
        let request = Request::Get { path: "/auth/me", bearer: Some(&self.session.access_token) };
        let answer = self.connection.ask(request).await?;
        self.session.is_me(answer.expect(200)?)?;
        Ok(Turn::Served)
    }
}
