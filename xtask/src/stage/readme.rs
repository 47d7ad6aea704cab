//! The stage `readme`: the lines of the README's tour, run as a stranger would type them, against a real server and the
//! real example service. What must stay true: the text under a block of lines is exactly what they print.

use crate::process::{capture, cargo, command, is_installed, run as run_command};
use crate::serving::{Serving, free_address};
use crate::tally::Tally;
use crate::{Ended, Failure, terminal};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Where the tour begins and ends in the README.
const FROM: &str = "\n## Five minutes\n";
const TO: &str = "\n## Going on\n";
/// What the README says, and what runs here instead: two servers on free ports.
const GATE: &str = "http://127.0.0.1:8080";
const SERVICE: &str = "http://127.0.0.1:3000";

/// Lines of the tour with what they print.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    lines: String,
    prints: String,
}

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    let readme = fs::read_to_string(root.join("README.md")).map_err(|error| Failure(format!("README.md: {error}")))?;
    let steps = steps(&readme)?;
    build(root)?;
    let (gate, ops, service) = (free_address()?, free_address()?, free_address()?);
    let (gate_url, service_url) = (format!("http://{gate}"), format!("http://{service}"));
    let folder = root.join("target/readme");

    let mut dev = Command::new(root.join("target/debug/gatewright"));
    dev.args(["dev", "--without-history", "--listen", &gate.to_string()]).env("GATEWRIGHT_OPS_LISTEN", ops.to_string());
    let dev = Serving::start(dev, &folder.join("gate"), gate)?;
    let mut example = Command::new(root.join("target/debug/verify-only"));
    example.args([&gate_url, &service.to_string()]);
    let _service = Serving::start(example, &folder.join("service"), service)?;

    let mut tally = Tally::default();
    // It listens before it has printed everything.
    let told = dev.output_once("Ctrl-C");
    tally.add(printed_lines(root, &told)?);
    let script = script(&steps).replace(GATE, &gate_url).replace(SERVICE, &service_url);
    let ran = capture(&mut command(root, "bash", &["-c", &script]))?;
    let printed: Vec<&str> = ran.stdout.split(MARK).collect();
    for (index, step) in steps.iter().enumerate() {
        let got = printed.get(index).map_or("(nothing: an earlier line failed)", |text| text.trim());
        tally.add(compared(step, got));
    }
    if !ran.succeeded {
        terminal::bad(&format!("the tour broke off: {}", ran.stderr.trim()));
        terminal::line(&dev.output());
        tally.add(Tally::failed(1));
    }
    Ok(tally)
}

/// The binary as the README's first command builds it, and the example with the features of the whole workspace, which the stage `cargo`
/// has built it with: asked for together they would be compiled anew, with everything below them.
fn build(root: &Path) -> Result<(), Failure> {
    for arguments in [&["-p", "gatewright-server"][..], &["--workspace", "--all-features", "--bin", "verify-only"]] {
        if run_command(cargo(root, &["build"]).args(arguments))? == Ended::Badly {
            return Err(Failure("the binary and the example could not be built".into()));
        }
    }
    Ok(())
}

/// The lines that `gatewright dev` prints to try work.
fn printed_lines(root: &Path, output: &str) -> Result<Tally, Failure> {
    let joined = output.replace("\\\n", "");
    let lines: Vec<&str> = joined.lines().map(str::trim).filter(|line| line.starts_with("curl ")).collect();
    if lines.is_empty() {
        terminal::bad(&format!("`gatewright dev` printed no curl line:\n{output}"));
        return Ok(Tally::failed(1));
    }
    let mut tally = Tally::default();
    for line in lines {
        let ran = capture(&mut command(root, "bash", &["-c", line]))?;
        // Both kinds of success; a problem has a number there.
        let works = ran.stdout.contains(r#""status":"signed_in""#) || ran.stdout.contains(r#""status":"select_user""#);
        tally.add(if works {
            Tally::passed(1)
        } else {
            terminal::bad(&format!("the line that `gatewright dev` prints does not work:\n{line}\n{}", ran.stdout));
            Tally::failed(1)
        });
    }
    Ok(tally)
}

fn compared(step: &Step, got: &str) -> Tally {
    if got == step.prints {
        return Tally::passed(1);
    }
    terminal::bad(&format!(
        "these lines of the README:\n{}\nshould print:\n{}\nbut print:\n{got}",
        step.lines, step.prints
    ));
    Tally::failed(1)
}

/// Stands between the outputs of two steps.
const MARK: &str = "\n--- next step ---\n";

fn script(steps: &[Step]) -> String {
    let parts = steps.iter().map(|step| format!("{}\nprintf '%s' '{MARK}'\n", step.lines));
    format!("set -euo pipefail\n{}", parts.collect::<String>())
}

/// The blocks of the tour: a block marked `sh`, and the block marked `text` after it, if there is one before the next.
fn steps(readme: &str) -> Result<Vec<Step>, Failure> {
    let tour = readme.split_once(FROM).and_then(|(_, rest)| rest.split_once(TO));
    let (tour, _) = tour.ok_or_else(|| Failure(format!("README.md has no tour between `{FROM}` and `{TO}`")))?;
    let mut steps: Vec<Step> = Vec::new();
    for fence in tour.split("\n```").collect::<Vec<_>>().chunks(2).filter_map(|pair| pair.get(1)) {
        let (kind, body) = fence.split_once('\n').unwrap_or((fence, ""));
        match (kind, steps.last_mut()) {
            ("sh", _) => steps.push(Step { lines: body.to_owned(), prints: String::new() }),
            ("text", Some(step)) => step.prints = body.trim().to_owned(),
            _ => return Err(Failure(format!("the tour has a block marked `{kind}` in a place where none can be"))),
        }
    }
    if steps.is_empty() || !is_installed("bash") {
        return Err(Failure("the tour needs bash and at least one block of lines".into()));
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tour_is_read_block_by_block() {
        let readme = "# X\n\n## Five minutes\n\n```sh\na=1\n```\n\nThen\n\n```sh\necho $a\n```\n\n```text\n1\n```\n\n## Going on\n";
        let step = |lines: &str, prints: &str| Step { lines: lines.into(), prints: prints.into() };
        assert_eq!(steps(readme).unwrap(), [step("a=1", ""), step("echo $a", "1")]);
        assert!(steps("# X\n").is_err());
    }

    #[test]
    fn a_step_that_prints_something_else_fails() {
        let step = Step { lines: "echo 1".into(), prints: "1".into() };
        assert_eq!(compared(&step, "1"), Tally::passed(1));
        assert_eq!(compared(&step, "2"), Tally::failed(1));
    }
}
