//! Measures the release binary on this machine and writes `docs/measurements.md`.
//!
//! ```console
//! $ cargo run --release -p gatewright-bench             # a few minutes; writes the page
//! $ cargo run --release -p gatewright-bench -- --quick  # half a minute, to see that everything works; writes nothing
//! ```
//!
//! `--quick` takes the path of another binary to measure, such as one with symbols for a profiler.
//!
//! What must stay true: the server is the binary that a release ships, asked over HTTP; each figure stands beside what a bare
//! server reaches in the same run; a wrong answer ends the run with an error and without a page.

mod ceiling;
mod client;
mod clock;
mod failure;
mod load;
mod machine;
mod population;
mod process;
mod report;
mod scenario;
mod server;
mod session;
mod task;
mod terminal;

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    failure::{During, Failure},
    report::{Report, Setting},
    scenario::{Effort, Pair, World},
    server::{Ending, Gatewright},
    terminal::tell,
};

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ended = match words[..] {
        [] => run(Effort::Full, None).await,
        ["--quick"] => run(Effort::Quick, None).await,
        ["--quick", binary] => run(Effort::Quick, Some(binary.into())).await,
        [ceiling::COMMAND, address] => ceiling::serve(address).await,
        _ => Err(Failure::new("usage: gatewright-bench [--quick [BINARY]]")),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::complain(failure);
            ExitCode::FAILURE
        }
    }
}

async fn run(effort: Effort, binary: Option<PathBuf>) -> Result<(), Failure> {
    if cfg!(debug_assertions) {
        return Err(Failure::new("figures of an unoptimised build say nothing: run it with --release"));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in a folder of the workspace");
    let cores = std::thread::available_parallelism().during("counting the cores")?.get();
    // Read before the build: others may commit while it runs.
    let commit = machine::commit(root)?;
    let binary = binary.map_or_else(|| build(root), Ok)?;
    let load_before = machine::load_average()?;
    tell(format_args!("{}, load average {load_before}", machine::kind(cores)?));
    // Beside the binary, because a folder for temporary files is often memory, and nothing is durable there.
    let beside = binary.parent().ok_or_else(|| Failure::new("the binary lies in no folder"))?;
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(beside).during("making a folder for the data")?;
    let gatewright = Gatewright { binary, folder: folder.path().to_owned() };
    let mut world = World { gatewright, sessions: Vec::new(), permits: cores, effort, report: Report::default() };
    measure(&mut world).await?;
    let setting = Setting {
        date: clock::today()?,
        commit,
        machine: machine::kind(cores)?,
        load_before,
        population: format!(
            "{} accounts and {} sessions to begin with",
            population::ACCOUNTS,
            population::ACCOUNTS * population::SESSIONS_EACH
        ),
    };
    match effort {
        Effort::Full => {
            world.report.write(&root.join("docs/measurements.md"), &setting)?;
            tell("every answer was right; docs/measurements.md is written");
        }
        Effort::Quick => tell("every answer was right; these figures are too short to keep"),
    }
    Ok(())
}

/// Builds the binary as a release does.
fn build(root: &Path) -> Result<PathBuf, Failure> {
    tell("building the binary");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--locked", "-p", "gatewright-server"]).current_dir(root);
    if !cargo.status().during("starting cargo")?.success() {
        return Err(Failure::new("the binary could not be built"));
    }
    let own = std::env::current_exe().during("finding this program")?;
    Ok(own.with_file_name("gatewright"))
}

async fn measure(world: &mut World) -> Result<(), Failure> {
    tell("the binary and the disk");
    scenario::size::measure(world)?;
    scenario::disk::measure(world)?;

    tell("signing everybody up");
    let server = world.gatewright.start()?;
    world.sessions = population::settle(server.address).await?;
    server.stop(Ending::Orderly)?;

    tell("starting");
    scenario::start::measure(world)?;

    tell("memory");
    let server = world.gatewright.start()?;
    let rest_kib = scenario::memory::measure(world, &server).await?;
    scenario::logins::measure(world, &server, rest_kib).await?;
    server.stop(Ending::Orderly)?;

    tell("answers per second");
    let pair = Pair { gatewright: world.gatewright.start()?, bare: ceiling::start(&world.gatewright.folder)? };
    scenario::refresh::measure(world, &pair).await?;
    scenario::read::measure(world, &pair).await?;

    tell("a flood of logins");
    scenario::flood::measure(world, &pair).await?;
    pair.gatewright.stop(Ending::Orderly)
}
