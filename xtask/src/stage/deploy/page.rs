//! `docs/deployment.md`: what it names exists. What must stay true: each metric is one that a real server tells, each variable one
//! that the reference page knows.

use super::{Bench, Findings, sources};
use crate::process::{capture, command};
use crate::serving::{Serving, free_address};
use crate::{Failure, terminal};
use std::collections::BTreeSet;
use std::process::Command;

const PAGE: &str = "docs/deployment.md";

pub(super) fn names(bench: &Bench) -> Result<Findings, Failure> {
    let page = bench.text(PAGE)?;
    let (api, ops) = (free_address()?, free_address()?);
    let mut serve = Command::new(&bench.gatewright);
    serve.arg("serve").env("GATEWRIGHT_LISTEN", api.to_string()).env("GATEWRIGHT_OPS_LISTEN", ops.to_string());
    let serving = Serving::start(serve, &bench.folder.join("page"), api)?;
    // The counters of answers are there after the first one.
    let script = r#"curl -sS -o /dev/null "http://$0/.well-known/jwks.json"; curl -sS "http://$1/metrics""#;
    let told = capture(&mut command(&bench.root, "bash", &["-c", script, &api.to_string(), &ops.to_string()]))?;
    let metrics: BTreeSet<_> = words(&told.stdout).into_iter().collect();
    if metrics.is_empty() {
        terminal::line(&serving.output());
    }
    let is_metric = |name: &str| metrics.contains(name) || metrics.contains(format!("{name}_bucket").as_str());
    let named = words(&page).into_iter();
    let mut findings: Findings = Vec::new();
    findings.extend(named.filter(|name| !is_metric(name)).map(|name| format!("{PAGE}: there is no metric `{name}`")));
    let variables =
        page.split(|c: char| !(c.is_ascii_uppercase() || c == '_')).filter(|word| word.starts_with("GATEWRIGHT_"));
    // One is named as an example of what is refused.
    for variable in variables.filter(|name| *name != "GATEWRIGHT_PORT") {
        if !sources::is_variable(bench, variable)? {
            findings.push(format!("{PAGE}: there is no variable `{variable}`"));
        }
    }
    Ok(findings)
}

/// The names of metrics in a text.
fn words(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("gatewright_")).collect()
}
