//! Runs the checks and shows what was explored: `cargo xtask model [--large] [--only NAME] [--write]`.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
    time::Duration,
};

use gatewright_proof::{
    Report, Run,
    catalogue::{LARGE, NEEDED, SMALL, SWITCH},
    caught::{self, Case},
    page::{self, Table},
};

const HELP: &str = "\
Explores what clients, thieves, networks and stores can do to a session, around the judgement that ships.

Usage: cargo xtask model [--large] [--only NAME] [--write]

  (nothing)     the small bounds, what falls without an assumption, and the mutations: what the tests run too
  --large       the large bounds, which take minutes
  --only NAME   the runs whose name contains NAME, of all of them, with the trace of each that falls
  --write       puts the tables into docs/proof.md
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["--help" | "-h"] => say(HELP.trim_end()).map(|()| true),
        ["--only", name] => only(name),
        [] => small(Page::Left),
        ["--write"] => small(Page::Written),
        ["--large"] => large(Page::Left),
        ["--large", "--write"] => large(Page::Written),
        _ => say(HELP.trim_end()).map(|()| false),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(_) => ExitCode::from(2),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Left,
    Written,
}

fn small(page: Page) -> io::Result<bool> {
    let runs: Vec<Run> = SMALL.iter().copied().chain([SWITCH]).collect();
    let holding = all(&runs)?;
    let needed = all(NEEDED)?;
    let cases: Vec<Case> = caught::cases().collect();
    let mutants: Vec<Run> = cases.iter().map(|case| case.mutant).collect();
    let caught = all(&mutants)?;
    let mutations: Vec<(Case, Report)> =
        cases.into_iter().zip(caught.found.iter().map(|(_, one)| one.clone())).collect();
    let tables = [
        (Table::Properties, page::properties()),
        (Table::Small, page::holding(&holding.found)),
        (Table::Needed, page::falling(&needed.found)),
        (Table::Mutations, page::mutations(&mutations)),
    ];
    for (_, table) in &tables[1..] {
        say(table)?;
    }
    put(page, &tables)?;
    Ok([holding, needed, caught].iter().all(|found| found.well))
}

fn large(page: Page) -> io::Result<bool> {
    let found = all(LARGE)?;
    let table = page::holding(&found.found);
    say(&table)?;
    put(page, &[(Table::Large, table)])?;
    Ok(found.well)
}

fn only(name: &str) -> io::Result<bool> {
    let runs = SMALL.iter().chain([&SWITCH]).chain(NEEDED).chain(LARGE).copied();
    let mutants = caught::cases().map(|case| Run { name: case.base, ..case.mutant });
    let runs: Vec<Run> = runs.chain(mutants).filter(|run| run.name.contains(name) || run.says.contains(name)).collect();
    let found = all(&runs)?;
    for (run, report) in &found.found {
        say(&format!("{}: {} states, {:?}", run.name, report.states, report.took))?;
        if let Some(fall) = &report.fall {
            let fell: Vec<_> = fall.properties.iter().copied().collect();
            say(&format!("{} falls in {} steps ({}):\n{}", fell.join(", "), fall.steps, run.says, fall.trace))?;
        }
    }
    Ok(found.well && !found.found.is_empty())
}

struct Found {
    found: Vec<(Run, Report)>,
    well: bool,
}

/// Explores one after the other and shows on the error stream how far it is.
fn all(runs: &[Run]) -> io::Result<Found> {
    let mut well = true;
    let mut found = Vec::new();
    let mut err = io::stderr();
    let shows = err.is_terminal();
    for (number, run) in runs.iter().enumerate() {
        let place = format!("{}/{} {}", number + 1, runs.len(), run.name);
        let mut shown = 0;
        let report = run.explore(|states| {
            if shows && states >= shown + 50_000 {
                shown = states;
                // Whoever does not see the progress still gets the result.
                drop(write!(io::stderr(), "\r\x1b[K{place}: {states} states"));
            }
        });
        let start = if shows { "\r\x1b[K" } else { "" };
        writeln!(err, "{start}{place}: {} states, {}", report.states, seconds(report.took))?;
        if let Some(complaint) = run.complaint(&report) {
            well = false;
            say(&complaint)?;
        }
        found.push((*run, report));
    }
    Ok(Found { found, well })
}

fn put(page: Page, tables: &[(Table, String)]) -> io::Result<()> {
    if page == Page::Left {
        return Ok(());
    }
    let mut text = std::fs::read_to_string(page::file())?;
    for (place, table) in tables {
        text = place.put(&text, table).ok_or_else(|| io::Error::other("docs/proof.md has no place for this table"))?;
    }
    std::fs::write(page::file(), text)
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}
