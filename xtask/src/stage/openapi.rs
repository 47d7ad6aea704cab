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

/// The secret with which the first admin is made.
const BOOTSTRAP_SECRET: &str = "only for this one run";
/// Makes the first admin and prints its access token.
const BOOTSTRAP: &str = r#"curl -sS --fail-with-body "$0/admin/v1/bootstrap" -H 'Content-Type: application/json' \
  -d '{"secret":"only for this one run","email":"admin@example.test","password":"a long enough secret","transport":"body"}' | jq -er .access_token"#;
/// Makes a service key that may do everything, and prints it.
const MAKE_KEY: &str = r#"curl -sS --fail-with-body "$0/admin/v1/service-keys" -H 'Content-Type: application/json' \
  -H "Authorization: Bearer $1" -d "{\"name\":\"schemathesis\",\"permissions\":$(curl -sS --fail-with-body "$0/admin/v1/roles" \
  -H "Authorization: Bearer $1" | jq -ec '.roles[] | select(.name == "admin") | .permissions')}" | jq -er .key"#;
/// What admins and programs of the operator are for.
const OF_ADMINS: &str = "^/(admin/|auth/(introspect|revoke|verify)$)";

/// A rule that was made a moment ago, is needed, and leads nowhere, is rightly a 503 of whatever issues a token.
const ASKS_RULES: &str = "/admin/v1/users/{id}/impersonate";

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
    serve.env("GATEWRIGHT_BOOTSTRAP_SECRET", BOOTSTRAP_SECRET);
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
    let printed = |script: &str, arguments: &[&str]| -> Result<String, Failure> {
        let printed = capture(&mut command(root, "bash", &[&["-c", script, &url], arguments].concat()))?;
        match printed.succeeded {
            true => Ok(printed.stdout.trim().to_owned()),
            false => Err(Failure(format!("a call failed: {}{}", printed.stdout, printed.stderr))),
        }
    };
    let header = |token: &str| format!("Authorization: Bearer {token}");
    let owner = header(&printed(SIGN_UP, &[])?);
    let mut arguments = vec!["--header", owner.as_str()];
    ENDS_THE_SESSION.iter().for_each(|path| arguments.extend(["--exclude-path", path]));
    request("an owner", &arguments)?;
    let admin = printed(BOOTSTRAP, &[])?;
    let key = header(&printed(MAKE_KEY, &[&admin])?);
    let of_admins = ["--include-path-regex", OF_ADMINS, "--exclude-path", ASKS_RULES];
    request("an admin", &[&["--header", &header(&admin)], &of_admins[..]].concat())?;
    request("a service", &[&["--header", &key], &of_admins[..]].concat())?;
    if serving.output().contains("panicked") {
        terminal::bad(&serving.output());
        tally.add(Tally::failed(1));
    }
    Ok(tally)
}
