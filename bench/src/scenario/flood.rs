//! Does a flood of logins slow the refreshes of those who are signed in? More logins than the queue for hashes takes come from
//! one source, and come again when they are told to come back; beside them others refresh.
//!
//! The bare server beside the same flood shows how much of that is the machine's: the hashing threads, the generator and the
//! server share its cores.

use std::time::Duration;

use tokio::time::sleep;

use super::{
    Pair, World,
    read::bare_at,
    refresh::{Refresher, refreshers},
};
use crate::{
    client::{Connection, FLOOD, Request},
    failure::Failure,
    load::{self, Measured, Pace, Turn, Worker},
    population,
    report::{Line, LoadLine, millis},
    server::Server,
    session::Session,
};

const CROWD: usize = 32;
/// One refresh per client in this time, 320 per second together: as many as two hundred thousand people who are there at the
/// same time, with tokens that live ten minutes.
const CALM: Pace = Pace::Every(Duration::from_millis(100));
const WINDOW: Duration = Duration::from_secs(10);
/// A refresh's p99 may be so many times what it is without the flood.
const AIM: f64 = 3.0;
/// How many of one source wait for a hash, per permit: the default of the server's queue.
const QUEUE_PER_PERMIT: usize = 128;
/// More than the queue takes, so that it is always full.
const TOO_MANY: usize = 32;
/// A flooder does not wait as long as it is told.
const BACK_OFF: Duration = Duration::from_millis(250);

pub(crate) async fn measure(world: &mut World, pair: &Pair) -> Result<(), Failure> {
    let server = &pair.gatewright;
    for (what, pace) in [("320 refreshes/s", CALM), ("refreshes as fast as they go", Pace::Full)] {
        let quiet = refresh(world, server, pace).await?;
        let (flood, flooded) = {
            let flooders = flooders(world, server).await?;
            let plan = world.effort.plan(WINDOW, Pace::Full);
            let both =
                async { tokio::try_join!(load::run(flooders, plan, server.pid()), refresh(world, server, pace)) };
            let ((flood, _), flooded) = both.await?;
            (flood, flooded)
        };
        if flood.refused == 0 {
            return Err(Failure::new("nobody was told to come back: the queue for hashes was never full"));
        }
        let times = flooded.percentile(99).div_duration_f64(quiet.percentile(99));
        let figure = format!("{} → {}: × {times:.1}", millis(quiet.percentile(99)), millis(flooded.percentile(99)));
        let title = format!("p99 of {what}, alone → beside a login flood");
        world.report.line(Line::aimed(&title, "at most × 3", figure, times, AIM));
        world.report.load(LoadLine::alone(format!("{what}, alone"), quiet));
        world.report.load(LoadLine::among_others(format!("{what}, beside the flood"), flooded));
        world.report.load(LoadLine::among_others("the flood's logins meanwhile", flood));
    }
    let plan = world.effort.plan(WINDOW, Pace::Full);
    let flooders = flooders(world, server).await?;
    let both =
        async { tokio::try_join!(load::run(flooders, plan, server.pid()), bare_at(world, &pair.bare, CROWD, CALM)) };
    let (_, bare) = both.await?;
    world.report.load(LoadLine::alone("320 bare answers/s, beside the flood", bare));
    Ok(())
}

async fn refresh(world: &mut World, server: &Server, pace: Pace) -> Result<Measured, Failure> {
    let workers = refreshers(&mut world.sessions, CROWD, server.address).await?;
    let plan = world.effort.plan(WINDOW, pace);
    let (measured, workers): (_, Vec<Refresher>) = load::run(workers, plan, server.pid()).await?;
    world.sessions.extend(workers.into_iter().map(|worker| worker.session));
    Ok(measured)
}

async fn flooders(world: &World, server: &Server) -> Result<Vec<Flooder>, Failure> {
    let mut flooders = Vec::new();
    for number in 0..world.permits * (QUEUE_PER_PERMIT + 1) + TOO_MANY {
        let connection = Connection::open(server.address, FLOOD).await?;
        flooders.push(Flooder { connection, json: population::login(number) });
    }
    Ok(flooders)
}

/// Logs in, again and again.
struct Flooder {
    connection: Connection,
    json: String,
}

impl Worker for Flooder {
    async fn turn(&mut self) -> Result<Turn, Failure> {
        let answer = self.connection.ask(Request::Post { path: "/auth/login", json: &self.json }).await?;
        if let (503, Some(_)) = (answer.status, answer.retry_after) {
            sleep(BACK_OFF).await;
            return Ok(Turn::Refused);
        }
        Session::opened(answer.expect(200)?)?;
        Ok(Turn::Served)
    }
}
