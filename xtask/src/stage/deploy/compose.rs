//! Rules of our own for `deploy/compose.yaml`: that what it names is there, and that the nodes are what nginx and Gatewright
//! take them for.

use super::facts::Facts;
use super::{Bench, Findings, container, sources, unless};
use crate::Failure;
use crate::process::{capture, command};
use std::fs;
use std::path::PathBuf;

const FILE: &str = "deploy/compose.yaml";
/// The service that faces the world.
const PROXY: &str = "nginx";
/// Brought by whoever runs it.
const BROUGHT: &[&str] = &["./tls"];

/// The services that run Gatewright.
fn node_names(facts: &Facts) -> Vec<&str> {
    let services = facts.below(&["services"]);
    services.into_iter().filter(|name| facts.at(&["services", name, "build", "dockerfile"]).is_some()).collect()
}

/// Secrets, networks, volumes, files and services: what a service names is declared, and what is declared is used.
pub(super) fn names(bench: &Bench) -> Result<Findings, Failure> {
    let facts = Facts::read(bench, FILE)?;
    let services = facts.below(&["services"]);
    let mut findings = Vec::new();
    let mut used: Vec<(&str, &str)> = Vec::new();
    for service in &services {
        let at = |key| ["services", service, key];
        used.extend(facts.values(&at("secrets")).into_iter().map(|name| ("secrets", name)));
        let networks = facts.below(&at("networks"));
        let is_list = networks.iter().all(|key| key.parse::<usize>().is_ok());
        let networks = if is_list { facts.values(&at("networks")) } else { networks };
        used.extend(networks.into_iter().map(|name| ("networks", name)));
        for volume in facts.values(&at("volumes")) {
            let source = volume.split(':').next().unwrap_or_default();
            if source.starts_with('.') {
                let is_there = BROUGHT.contains(&source) || bench.root.join("deploy").join(source).exists();
                findings.extend(unless(is_there, format!("{service}: there is no {source}")));
            } else {
                used.push(("volumes", source));
            }
        }
        for (_, value) in facts.all_under(&["services", service]) {
            let secret = value.strip_prefix("/run/secrets/");
            let is_given = secret.is_none_or(|name| facts.values(&at("secrets")).contains(&name));
            findings.extend(unless(is_given, format!("{service} reads {value} and is not given it")));
        }
        for wanted in facts.below(&at("depends_on")) {
            let has_probe = facts.at(&["services", wanted, "build", "dockerfile"]).is_some()
                && container::has_probe(bench)?
                || !facts.below(&["services", wanted, "healthcheck"]).is_empty();
            findings.extend(unless(
                services.contains(&wanted),
                format!("{service} waits for {wanted}, which is no service"),
            ));
            findings.extend(unless(has_probe, format!("{service} waits for {wanted}, which has no probe")));
        }
    }
    for kind in ["secrets", "networks", "volumes"] {
        let declared = facts.below(&[kind]);
        let named: Vec<_> = used.iter().filter(|(one, _)| *one == kind).map(|(_, name)| *name).collect();
        findings.extend(
            named.iter().filter(|name| !declared.contains(name)).map(|name| format!("{kind}: {name} is not declared")),
        );
        findings.extend(
            declared.iter().filter(|name| !named.contains(name)).map(|name| format!("{kind}: {name} is not used")),
        );
    }
    Ok(findings)
}

/// The nodes: their variables, the proxy that they trust, the time that they are given, and that only the proxy is published.
pub(super) fn nodes(bench: &Bench) -> Result<Findings, Failure> {
    let facts = Facts::read(bench, FILE)?;
    let mut findings = Vec::new();
    let nodes = node_names(&facts);
    findings.extend(unless(nodes.len() >= 2, "there are not two nodes"));
    let image = container::variables(bench)?;
    let port =
        image.iter().find(|(name, _)| name == "GATEWRIGHT_LISTEN").and_then(|(_, value)| sources::port_of(value));
    let upstream = bench.text("deploy/nginx/gatewright.conf")?;
    let proxy = facts.at(&["services", PROXY, "networks", "front", "ipv4_address"]).unwrap_or_default();
    let drain = sources::drain_secs(bench)?;
    for node in &nodes {
        let at = |key| facts.at(&["services", node, key]);
        let asked = port.map(|port| format!("server {node}:{port} "));
        findings
            .extend(unless(asked.is_some_and(|asked| upstream.contains(&asked)), format!("nginx does not ask {node}")));
        let environment = ["services", node, "environment"];
        let mut variables: Vec<_> = image.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        variables.extend(facts.all_under(&environment));
        findings.extend(sources::judge_variables(bench, &variables)?);
        let trusts = facts.at(&["services", node, "environment", "GATEWRIGHT_TRUSTED_PROXIES"]);
        findings.extend(unless(
            trusts.map(|trusts| trusts == format!("{proxy}/32")),
            format!("{node} does not trust {PROXY} alone"),
        ));
        let grace = at("stop_grace_period").and_then(|time| time.strip_suffix('s')?.parse::<u64>().ok());
        findings.extend(unless(
            grace.is_some_and(|grace| grace > drain),
            format!("{node} is killed before it has drained"),
        ));
    }
    let asked = upstream.lines().filter_map(|line| line.trim().strip_prefix("server ")?.split_once(':'));
    findings.extend(
        asked.filter(|(host, _)| !nodes.contains(host)).map(|(host, _)| format!("nginx asks {host}, which is no node")),
    );
    for service in facts.below(&["services"]) {
        let published = facts.values(&["services", service, "ports"]);
        findings.extend(unless(service == PROXY || published.is_empty(), format!("{service} is published")));
        let variables = facts.all_under(&["services", service]);
        let clear = variables.into_iter().filter(|(name, _)| name.ends_with("_PASSWORD") || name.ends_with("_SECRET"));
        findings.extend(clear.map(|(name, _)| format!("{service}: {name} stands in clear")));
    }
    Ok(findings)
}

/// Every secret is a file that `deploy/secrets.sh` makes, with the mode that Gatewright asks for, and a second run keeps it.
pub(super) fn secrets(bench: &Bench) -> Result<Findings, Failure> {
    use std::os::unix::fs::PermissionsExt;
    let facts = Facts::read(bench, FILE)?;
    let _absent = fs::remove_dir_all(bench.folder.join("secrets"));
    let folder = made_secrets(bench)?;
    let read = |name: &str| fs::read_to_string(folder.join(name));
    let mut findings = Vec::new();
    let mut first = Vec::new();
    for name in facts.below(&["secrets"]) {
        let file = facts.at(&["secrets", name, "file"]).unwrap_or_default();
        findings.extend(unless(file == format!("./secrets/{name}"), format!("{name} is kept in {file}")));
        match fs::metadata(folder.join(name)) {
            Ok(made) => findings.extend(unless(
                made.permissions().mode() & 0o777 == 0o400,
                format!("{name} has another mode than 0400"),
            )),
            Err(error) => findings.push(format!("secrets.sh does not make {name}: {error}")),
        }
        first.push((name, read(name).ok()));
    }
    made_secrets(bench)?;
    findings.extend(
        first
            .iter()
            .filter(|(name, text)| read(name).ok() != *text)
            .map(|(name, _)| format!("a second run changes {name}")),
    );
    let ignored = capture(&mut command(
        &bench.root,
        "git",
        &["check-ignore", "deploy/secrets/master-key", "deploy/tls/privkey.pem"],
    ))?;
    findings.extend(unless(ignored.stdout.lines().count() == 2, "git would take the secrets: add them to .gitignore"));
    Ok(findings)
}

/// A folder with secrets as `deploy/secrets.sh` makes them; the same ones each time.
pub(super) fn made_secrets(bench: &Bench) -> Result<PathBuf, Failure> {
    let folder = bench.folder.join("secrets");
    let made = capture(&mut command(&bench.root, "bash", &["deploy/secrets.sh", &folder.to_string_lossy()]))?;
    if !made.succeeded {
        return Err(Failure(format!("deploy/secrets.sh failed: {}{}", made.stdout, made.stderr)));
    }
    Ok(folder)
}
