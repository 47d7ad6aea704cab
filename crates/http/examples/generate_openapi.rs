//! Generates `docs/openapi.json`: the description of the HTTP API, as `GET /auth/openapi.json` gives it.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let text = serde_json::to_string_pretty(&gatewright::openapi())?;
    writeln!(io::stdout(), "{text}")
}
