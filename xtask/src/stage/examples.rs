//! The stage `examples`: the app that embeds Gatewright, run as its first lines say. (`verify-only` runs in the stage
//! `readme`.)

use crate::process::{capture, cargo, command, run as run_command};
use crate::serving::{Serving, free_address};
use crate::tally::Tally;
use crate::{Ended, Failure, terminal};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Signs up, then asks the app's own handlers with and without the token. `$0` is the app's address.
const LINES: &str = r#"
set -euo pipefail
signed=$(curl -sS --fail-with-body "$0/accounts/auth/signup" -H 'Content-Type: application/json' \
  -d '{"email":"ada@example.test","password":"difference engine no. 2","username":"ada","transport":"body"}')
token=$(echo "$signed" | jq -er .access_token)
curl -sS --fail-with-body "$0/hello" -H "Authorization: Bearer $token" | jq -er .hello
curl -sS --fail-with-body "$0/vault" -H "Authorization: Bearer $token" | jq -er '.vault | length'
curl -sS "$0/hello" | jq -er '.status, .code'
"#;
const PRINTS: &str = "ada\n36\n401\naccess_token_invalid";

pub(super) fn run(root: &Path) -> Result<Tally, Failure> {
    // With the features that the stage `cargo` has built it with.
    let mut build = cargo(root, &["build", "--workspace", "--all-features", "--bin", "embed-axum"]);
    if run_command(&mut build)? == Ended::Badly {
        return Err(Failure("the example could not be built".into()));
    }
    let address = free_address()?;
    let data = root.join("target/examples/data");
    let key = capture(&mut command(root, "openssl", &["rand", "-hex", "32"]))?;
    let made = fs::remove_dir_all(&data).or(Ok(())).and_then(|()| fs::create_dir_all(&data));
    made.and_then(|()| fs::write(data.join("master.key"), key.stdout))
        .map_err(|error| Failure(format!("the example's data folder: {error}")))?;
    let mut app = Command::new(root.join("target/debug/embed-axum"));
    app.arg(address.to_string()).arg(&data);
    let app = Serving::start(app, &root.join("target/examples/embed-axum"), address)?;
    let ran = capture(&mut command(root, "bash", &["-c", LINES, &format!("http://{address}")]))?;
    if ran.succeeded && ran.stdout.trim() == PRINTS {
        return Ok(Tally::passed(1));
    }
    terminal::bad(&format!("embed-axum answered\n{}{}{}", ran.stdout, ran.stderr, app.output()));
    Ok(Tally::failed(1))
}
