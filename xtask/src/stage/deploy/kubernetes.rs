//! Rules of our own for `deploy/kubernetes/gatewright.yaml`: that its parts fit each other and Gatewright.

use super::facts::Facts;
use super::{Bench, Findings, sources, unless};
use crate::Failure;

const FILE: &str = "deploy/kubernetes/gatewright.yaml";
const POD: [&str; 4] = ["Deployment", "spec", "template", "spec"];
const CONTAINER: [&str; 6] = ["Deployment", "spec", "template", "spec", "containers", "0"];

struct Manifest(Facts);

impl Manifest {
    fn read(bench: &Bench) -> Result<Self, Failure> {
        Facts::read(bench, FILE).map(Self)
    }

    fn pod(&self, keys: &[&str]) -> Option<&str> {
        self.0.at(&[&POD, keys].concat())
    }

    fn container(&self, keys: &[&str]) -> Option<&str> {
        self.0.at(&[&CONTAINER, keys].concat())
    }

    /// The members of each entry of a list of the container.
    fn entries(&self, list: &str, members: [&str; 2]) -> Vec<(&str, &str)> {
        let indices = self.0.below(&[&CONTAINER, &[list][..]].concat());
        let member = |index, name| self.container(&[list, index, name]).unwrap_or_default();
        indices.into_iter().map(|index| (member(index, members[0]), member(index, members[1]))).collect()
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.entries("env", ["name", "value"]).into_iter().find(|(one, _)| *one == name).map(|(_, value)| value)
    }
}

pub(super) fn wiring(bench: &Bench) -> Result<Findings, Failure> {
    let manifest = Manifest::read(bench)?;
    let facts = &manifest.0;
    let mut findings = Vec::new();
    let ports = manifest.entries("ports", ["name", "containerPort"]);
    let port =
        |name: &str| ports.iter().find(|(one, _)| *one == name).and_then(|(_, number)| number.parse::<u64>().ok());
    for (name, variable) in [("api", "GATEWRIGHT_LISTEN"), ("ops", "GATEWRIGHT_OPS_LISTEN")] {
        let listens = manifest.variable(variable).and_then(sources::port_of);
        findings.extend(unless(
            listens.is_some() && listens == port(name),
            format!("port `{name}` is not that of {variable}"),
        ));
    }
    let paths = sources::ops_paths(bench)?;
    for (probe, expected) in
        [("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")]
    {
        let asked = manifest.container(&[probe, "httpGet", "path"]).unwrap_or_default();
        findings.extend(unless(
            asked == expected && paths.iter().any(|path| path == asked),
            format!("{probe} asks for `{asked}`"),
        ));
        findings.extend(unless(
            manifest.container(&[probe, "httpGet", "port"]) == Some("ops"),
            format!("{probe} does not ask the ops port"),
        ));
    }
    let targets: Vec<_> = facts
        .all_under(&["Service"])
        .into_iter()
        .filter(|(key, _)| *key == "targetPort")
        .map(|(_, value)| value)
        .collect();
    findings.extend(unless(targets == ["api"], format!("the Service leads to {targets:?} and not to the API alone")));
    let label = ["app.kubernetes.io/name"];
    let labelled = facts.at(&[&["Deployment", "spec", "template", "metadata", "labels"], &label[..]].concat());
    for selector in [
        &["Deployment", "spec", "selector", "matchLabels"][..],
        &["Service", "spec", "selector"],
        &["PodDisruptionBudget", "spec", "selector", "matchLabels"],
        &["NetworkPolicy", "spec", "podSelector", "matchLabels"],
    ] {
        let selected = facts.at(&[selector, &label[..]].concat());
        findings.extend(unless(
            selected.is_some() && selected == labelled,
            format!("{} does not select the pods", selector.join(".")),
        ));
    }
    for (_, named) in
        facts.all_under(&["NetworkPolicy", "spec", "ingress"]).into_iter().filter(|(key, _)| *key == "port")
    {
        findings.extend(unless(
            port(named).is_some(),
            format!("the NetworkPolicy lets in to port `{named}`, which there is not"),
        ));
    }
    Ok(findings)
}

pub(super) fn restarts(bench: &Bench) -> Result<Findings, Failure> {
    let manifest = Manifest::read(bench)?;
    let facts = &manifest.0;
    let rolling = ["Deployment", "spec", "strategy", "rollingUpdate"];
    let number = |keys: &[&str]| facts.number(keys);
    let grace = number(&[&POD, &["terminationGracePeriodSeconds"][..]].concat());
    let leaves = number(&[&CONTAINER, &["lifecycle", "preStop", "sleep", "seconds"][..]].concat());
    let drain = sources::drain_secs(bench)?;
    let noticed = number(&[&CONTAINER, &["readinessProbe", "timeoutSeconds"][..]].concat());
    let patience = sources::number_after(
        &bench.text("crates/server/src/serve/ops.rs")?,
        "const PATIENCE: Duration = Duration::from_secs(",
    );
    let findings = [
        unless(number(&["Deployment", "spec", "replicas"]) >= Some(2), "there are not two nodes"),
        unless(
            number(&[&rolling[..], &["maxUnavailable"]].concat()) == Some(0),
            "an old node goes before a new one is ready",
        ),
        unless(leaves >= Some(5), "a node stops listening before the balancers have heard of it"),
        unless(
            leaves.zip(grace).is_some_and(|(leaves, grace)| grace > leaves + drain),
            "a node is killed before it has drained",
        ),
        unless(noticed > patience && patience.is_some(), "the readiness probe gives up before /readyz has an answer"),
    ];
    Ok(findings.into_iter().flatten().collect())
}

pub(super) fn variables(bench: &Bench) -> Result<Findings, Failure> {
    let manifest = Manifest::read(bench)?;
    let facts = &manifest.0;
    let mut findings = Vec::new();
    let variables = manifest.entries("env", ["name", "value"]);
    findings.extend(sources::judge_variables(bench, &variables)?);
    let mounts = manifest.entries("volumeMounts", ["name", "mountPath"]);
    let keys = facts.below(&["Secret", "stringData"]);
    let folder =
        mounts.iter().find(|(name, _)| *name == "secrets").map(|(_, path)| format!("{path}/")).unwrap_or_default();
    for (name, value) in variables.iter().filter(|(name, _)| name.ends_with("_FILE")) {
        let key = value.strip_prefix(&folder);
        findings
            .extend(unless(key.map(|key| keys.contains(&key)), format!("{name}: no member of the secret is {value}")));
    }
    for (key, value) in facts.all_under(&["Secret", "stringData"]) {
        findings.extend(unless(value.contains("REPLACE"), format!("the secret's `{key}` looks like a real one")));
        let certificate = value.split_once("sslrootcert=").map(|(_, path)| path);
        let is_there = certificate.is_none_or(|path| path.strip_prefix(&folder).is_some_and(|key| keys.contains(&key)));
        findings.extend(unless(is_there, format!("the secret's `{key}` names a certificate that is not mounted")));
    }
    let volumes: Vec<_> =
        facts.all_under(&POD).into_iter().filter(|(key, _)| *key == "secretName").map(|(_, value)| value).collect();
    findings.extend(unless(
        volumes == [facts.at(&["Secret", "metadata", "name"]).unwrap_or_default()],
        "the secret is not mounted",
    ));
    // As the file itself says: a Service of that name makes variables that Gatewright refuses.
    findings.extend(unless(manifest.pod(&["enableServiceLinks"]) == Some("false"), "enableServiceLinks is not off"));
    findings.extend(unless(
        manifest.pod(&["automountServiceAccountToken"]) == Some("false"),
        "a token of the cluster is mounted",
    ));
    Ok(findings)
}
