//! Runs the checks and shows what was explored: `cargo xtask model [--large]`.
use gatewright_proof::{catalogue::*};
fn main() {
    let k = std::env::args().nth(1).unwrap_or_default();
    let mut total = std::time::Duration::ZERO;
    for run in SMALL.iter().chain(&[SWITCH]).chain(NEEDED).chain(LARGE) {
        if !run.name.contains(&k) { continue; }
        if k != "large" && run.name.contains("large") { continue; }
        let r = run.explore(|_| ());
        total += r.took;
        println!("{:30} {:>9} {:>4} {:?} {:?} {:?}", run.name, r.states, r.depth, r.took, r.missed, r.fall.as_ref().map(|f| (&f.properties, f.steps)));
        if let Some(c) = run.complaint(&r) { println!("  !!! {c}"); }
    }
    println!("{total:?}");
}
