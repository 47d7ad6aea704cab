//! One run from its first server to its report. What must stay true: everything that was started ends with it, and a run that was
//! broken off says so.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    bed::Bed,
    client::{self, Device, Theft},
    failure::{During, Failure},
    profile::Profile,
    proxy::Network,
    report::{Gathered, Report},
    schedule::{self, Hurt},
    sentry,
    terminal::{Progress, tell},
    world::World,
};

/// How long clients may take to notice that it is over.
const ENDING: Duration = Duration::from_secs(60);

/// Whether a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Fully,
    BrokenOff,
}

/// Runs a profile on this program.
///
/// # Errors
///
/// When servers do not start or clients cannot be signed in. What the run finds wrong is in the report.
pub async fn run(program: &Path, profile: &Profile, progress: Progress) -> Result<Report, Failure> {
    let addresses = Bed::addresses(profile.store);
    let network = Network::start(addresses.clone()).await?;
    let (bed, public) = (Arc::new(Bed::start(program, profile, &addresses, network.address)?), network.address);
    if progress != Progress::Silent {
        tell(format_args!("{}: {} clients sign in at http://{public}", profile.name(), profile.clients));
    }
    let world = Arc::new(World::new(profile.clone(), network));
    let devices = tokio::select! {
        signed_in = client::sign_everybody_in(&world) => signed_in?,
        _ = tokio::signal::ctrl_c() => return Err(Failure::new("broken off while clients signed in")),
    };
    let thefts = Theft::plan(&devices);
    world.begun();
    let mut lives = JoinSet::new();
    for device in &devices {
        lives.spawn(Arc::clone(device).live());
    }
    for (number, theft) in thefts.iter().enumerate() {
        lives.spawn(Arc::clone(theft).live(number));
    }
    let watch = sentry::post(&mut lives, &world, &addresses);
    let hurts = Arc::new(Mutex::new(Vec::new()));
    let mut hurting = JoinSet::new();
    {
        let (bed, world, hurts) = (Arc::clone(&bed), Arc::clone(&world), Arc::clone(&hurts));
        hurting.spawn_blocking(move || {
            let tell = |hurt: Hurt| hurts.lock().unwrap_or_else(PoisonError::into_inner).push(hurt);
            schedule::hurt(&bed, &world.profile, &world.is_over, tell)
        });
    }
    let ended = wait(&world, &hurts, progress).await;
    world.is_over.store(true, Relaxed);
    let hurts = hurting.join_next().await.expect("it was started").during("hurting servers")??;
    timeout(ENDING, async { while lives.join_next().await.is_some() {} }).await.during("a client does not end")?;
    if ended == Ended::Fully {
        if progress != Progress::Silent {
            tell("everything is calm; the last thieves are found out, and everybody shows that they are signed in");
        }
        finish(&world, &devices, &thefts).await;
    }
    let fallen = bed.fallen();
    Ok(Report::of(Gathered { world: &world, thefts: &thefts, hurts, watch: &watch.sightings(), fallen, ended }))
}

/// Waits for the end, and tells how far it is.
async fn wait(world: &World, hurts: &Mutex<Vec<Hurt>>, progress: Progress) -> Ended {
    let (begun, length) = (world.begun(), world.profile.length);
    let mut before = 0;
    let ended = loop {
        let left = length.saturating_sub(begun.elapsed());
        let pause = progress.every().min(left);
        tokio::select! {
            () = sleep(pause) => {}
            _ = tokio::signal::ctrl_c() => break Ended::BrokenOff,
        }
        let now = world.exchanges.load(Relaxed);
        let rate = (now - before) as f64 / pause.as_secs_f64().max(0.001);
        before = now;
        let blows = hurts.lock().unwrap_or_else(PoisonError::into_inner).len();
        let found = world.found();
        let signed_out = found.signed_out.get("false").copied().unwrap_or_default();
        let line = format!(
            "{:.0} of {} s, {rate:.0} exchanges/s, {blows} blows, {signed_out} false logouts, {} lost",
            begun.elapsed().as_secs_f64(),
            length.as_secs(),
            found.broken_count
        );
        drop(found);
        progress.show(begun.elapsed().div_duration_f64(length), &line);
        if begun.elapsed() >= length {
            break Ended::Fully;
        }
    };
    progress.end();
    ended
}

async fn finish(world: &Arc<World>, devices: &[Arc<Device>], thefts: &[Arc<Theft>]) {
    let broken_off = async {
        // Whoever asks a second time does not want to wait for the calm part either.
        let _ = tokio::signal::ctrl_c().await;
    };
    tokio::select! {
        () = async {
            client::settle(devices, thefts).await;
            client::look_into_graves(world).await;
        } => {}
        () = broken_off => world.found().strange("broken off at the end"),
    }
}
