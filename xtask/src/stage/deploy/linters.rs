//! The linters, each on the file whose format it knows. What must stay true: a linter that finds something ends with a status
//! other than 0, and its words are told.

use super::{Bench, Findings};
use crate::Failure;
use crate::process::{capture, command};

/// A program of the virtual environment with what it is given.
const LINTERS: &[(&str, &[&str])] = &[
    ("hadolint", &["--no-color", "deploy/Containerfile"]),
    ("check-jsonschema", &["--builtin-schema", "vendor.compose-spec", "deploy/compose.yaml"]),
    ("compose-lint", &["--fail-on", "high", "deploy/compose.yaml"]),
    // The oldest version that the file says it is for, and the newest that the package knows.
    (
        "kubernetes-validate",
        &["--strict", "--quiet", "--kubernetes-version", "1.30", "deploy/kubernetes/gatewright.yaml"],
    ),
    ("kubernetes-validate", &["--strict", "--quiet", "deploy/kubernetes/gatewright.yaml"]),
    ("gixy", &["deploy/nginx/gatewright.conf"]),
];

pub(super) fn check(bench: &Bench) -> Result<Findings, Failure> {
    let mut findings = Vec::new();
    for (linter, arguments) in LINTERS {
        let program = bench.linters.join(linter);
        let ran = capture(&mut command(&bench.root, &program.to_string_lossy(), arguments))?;
        if !ran.succeeded {
            findings.push(format!("{linter} {}:\n{}{}", arguments.join(" "), ran.stdout, ran.stderr));
        }
    }
    let script = capture(&mut command(&bench.root, "bash", &["-n", "deploy/secrets.sh"]))?;
    if !script.succeeded {
        findings.push(script.stderr);
    }
    Ok(findings)
}
