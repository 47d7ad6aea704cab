//! The stage `openapi`: schemathesis makes requests from `docs/openapi.json`, sensible and absurd ones, against a real server.
//! What must stay true: no answer is a defect of ours (5xx), and none has a status, content type or shape that the document
//! does not tell.

use crate::process::{capture, cargo, command, run as run_command};
use crate::python;
use crate::serving::{Serving, free_address};
use crate::tally::Tally;
use crate::{Ended, Failure, terminal};
use std::path::Path;
use std::process::Command;

/// The pinned packages, from the repository's root.
const PACKAGES: &str = "xtask/schemathesis.txt";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// What would end the very session that the requests are made with.
const ENDS_THE_SESSION: &[&str] =
    &["/auth/logout", "/auth/switch", "/auth/reauthenticate", "/auth/account", "/auth/sessions/{id}"];
/// Signs an owner up and prints its access token.
const SIGN_UP: &str = r#"curl -sS --fail-with-body "$0/auth/signup" -H 'Content-Type: application/json' \
  -d '{"email":"owner@example.test","password":"a long enough secret","username":"owner","transport":"body"}' | jq -er .access_token"#;

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    let schemathesis = python::programs(root, "schemathesis", PACKAGES)?.join("schemathesis");
    if run_command(&mut cargo(root, &["build", "-p", "gatewright-server"]))? == Ended::Badly {
        return Err(Failure("the binary could not be built".into()));
    }
    let (gate, ops) = (free_address()?, free_address()?);
    let url = format!("http://{gate}");
    let mut serve = Command::new(root.join("target/debug/gatewright"));
    serve.arg("serve").env("GATEWRIGHT_LISTEN", gate.to_string()).env("GATEWRIGHT_OPS_LISTEN", ops.to_string());
    // Thousands of requests from one source within minutes, by one session that is to stay fresh.
    serve.env("GATEWRIGHT_RATE_LIMITS", "off").env("GATEWRIGHT_FRESH_WINDOW", "1h").env("GATEWRIGHT_ACCESS_TTL", "1h");
    let serving = Serving::start(serve, &root.join("target/openapi"), gate)?;

    let mut tally = Tally::default();
    let mut request = |who: &str, arguments: &[&str]| -> Result<(), Failure> {
        terminal::line(&format!("requests of {who}"));
        let mut schemathesis =
            command(root, &schemathesis.to_string_lossy(), &["run", "docs/openapi.json", "--url", &url]);
        schemathesis.args([
            "--checks",
            CHECKS,
            "--seed",
            "1",
            "--max-examples",
            "20",
            "--no-color",
            "--warnings",
            "off",
        ]);
        schemathesis.args(["--continue-on-failure", "--generation-database", "none"]).args(arguments);
        tally.add(match run_command(&mut schemathesis)? {
            Ended::Well => Tally::passed(1),
            Ended::Badly => Tally::failed(1),
        });
        Ok(())
    };
    request("nobody", &[])?;
    let token = capture(&mut command(root, "bash", &["-c", SIGN_UP, &url]))?;
    if !token.succeeded {
        return Err(Failure(format!("signing up failed: {}{}", token.stdout, token.stderr)));
    }
    let header = format!("Authorization: Bearer {}", token.stdout.trim());
    let mut arguments = vec!["--header", header.as_str()];
    ENDS_THE_SESSION.iter().for_each(|path| arguments.extend(["--exclude-path", path]));
    request("an owner", &arguments)?;
    if serving.output().contains("panicked") {
        terminal::bad(&serving.output());
        tally.add(Tally::failed(1));
    }
    Ok(tally)
}
