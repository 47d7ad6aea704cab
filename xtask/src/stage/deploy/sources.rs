//! What the sources and the pages of Gatewright say that the files of `deploy/` rely on.

use super::{Bench, Findings, compose};
use crate::Failure;
use crate::process::{capture, command};

/// How long a server that is told to stop waits for what has begun.
pub(super) fn drain_secs(bench: &Bench) -> Result<u64, Failure> {
    let source = bench.text("crates/server/src/serve/mod.rs")?;
    number_after(&source, "const DRAIN: Duration = Duration::from_secs(")
        .ok_or_else(|| Failure("crates/server/src/serve/mod.rs no longer says how long it drains (`DRAIN`)".into()))
}

/// The paths of the ops listener.
pub(super) fn ops_paths(bench: &Bench) -> Result<Vec<String>, Failure> {
    let source = bench.text("crates/server/src/serve/ops.rs")?;
    let paths: Vec<_> =
        source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
    if paths.is_empty() {
        return Err(Failure("crates/server/src/serve/ops.rs no longer names its routes".into()));
    }
    Ok(paths)
}

/// True for a variable of the reference page.
pub(super) fn is_variable(bench: &Bench, name: &str) -> Result<bool, Failure> {
    Ok(bench.text("docs/configuration.md")?.contains(&format!("`{name}`")))
}

/// Looks at variables for a server: each is one, no secret stands in clear, and `gatewright config check` finds them good.
pub(super) fn judge_variables(bench: &Bench, variables: &[(&str, &str)]) -> Result<Findings, Failure> {
    let page = bench.text("docs/configuration.md")?;
    let is_known = |name: &str| page.contains(&format!("`{name}`"));
    let mut findings = Vec::new();
    let secrets = compose::made_secrets(bench)?;
    let mut check = command(&bench.root, &bench.gatewright.to_string_lossy(), &["config", "check"]);
    check.current_dir(&secrets);
    for (name, value) in variables.iter().filter(|(name, _)| name.starts_with("GATEWRIGHT_")) {
        if page.contains(&format!("`{name}_FILE`")) {
            findings.push(format!("{name} is a secret: use {name}_FILE"));
        } else if is_known(name) {
            let file = value.rsplit('/').next().filter(|_| value.starts_with("/run/secrets/"));
            check.env(name, file.map_or_else(|| (*value).to_owned(), |file| secrets.join(file).display().to_string()));
        } else {
            findings.push(format!("{name} is no key of docs/configuration.md"));
        }
    }
    let checked = capture(&mut check)?;
    if !checked.succeeded {
        findings.push(format!("`gatewright config check` refuses the variables: {}{}", checked.stdout, checked.stderr));
    }
    Ok(findings)
}

/// The port of `address:port`.
pub(super) fn port_of(address: &str) -> Option<u64> {
    address.rsplit_once(':')?.1.parse().ok()
}

/// The first number after `words`.
pub(super) fn number_after(text: &str, words: &str) -> Option<u64> {
    let (_, rest) = text.split_once(words)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_where_they_stand() {
        assert_eq!(number_after("x = Duration::from_secs(30);", "from_secs("), Some(30));
        assert_eq!(number_after("TimeoutStopSec=40s\n", "TimeoutStopSec="), Some(40));
        assert_eq!((number_after("a", "b"), number_after("a: x", "a: ")), (None, None));
        assert_eq!((port_of("0.0.0.0:8080"), port_of("8080")), (Some(8080), None));
    }
}
