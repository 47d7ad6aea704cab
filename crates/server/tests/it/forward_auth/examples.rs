//! The files of `examples/forward-auth` for proxies that do not run here: they are read as what they are, and name every header.

use std::{fs, path::Path};

const IDENTITY: [&str; 6] = [
    "gatewright-user-id",
    "gatewright-account-id",
    "gatewright-session-id",
    "gatewright-username",
    "gatewright-roles",
    "gatewright-jwt",
];

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/forward-auth");
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_example_names_every_header_that_says_who_it_is() {
    for file in ["nginx/app.conf", "traefik/gatewright.toml", "caddy/Caddyfile", "envoy/envoy.yaml"] {
        let text = text(file).to_ascii_lowercase();
        for name in IDENTITY {
            assert!(text.contains(name), "{file} says nothing of {name}");
        }
    }
}

#[test]
fn the_file_for_traefik_asks_where_a_renewal_is_a_redirect_and_lets_no_spelling_pass() {
    let file: toml::Table = text("traefik/gatewright.toml").parse().unwrap();
    let http = &file["http"];
    let asks = &http["middlewares"]["gatewright"]["forwardAuth"];
    assert!(asks["address"].as_str().unwrap().ends_with("/auth/verify?renewal=redirect"));
    assert_eq!(asks["trustForwardHeader"].as_bool(), Some(false));
    let told: Vec<_> =
        asks["authResponseHeaders"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(told.iter().map(|name| name.to_lowercase()).collect::<Vec<_>>(), IDENTITY);
    let removed =
        http["middlewares"]["without-made-up-identities"]["headers"]["customRequestHeaders"].as_table().unwrap();
    for name in told {
        let hyphens: Vec<usize> = name.match_indices('-').map(|(at, _)| at).collect();
        for choice in 1..1_usize << hyphens.len() {
            let mut spelling = name.to_owned();
            for (_, at) in hyphens.iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1) {
                spelling.replace_range(*at..=*at, "_");
            }
            assert_eq!(removed[&spelling].as_str(), Some(""), "{spelling}");
        }
    }
    let first = http["routers"]["application"]["middlewares"].as_array().unwrap()[0].as_str();
    assert_eq!(first, Some("without-made-up-identities"), "before the question, which sets them");
}

/// A reader of the little YAML that the file needs: mappings and lists by indentation. It fails where one of Envoy's would.
#[test]
fn the_file_for_envoy_is_what_it_seems() {
    let text = text("envoy/envoy.yaml");
    let mut open: Vec<usize> = Vec::new();
    let mut leads_deeper = true;
    for (number, line) in
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.trim().starts_with('#'))
    {
        let at = format!("line {}: {line}", number + 1);
        let indent = line.len() - line.trim_start_matches(' ').len();
        assert!(indent % 2 == 0 && !line.contains('\t') && line.matches('"').count() % 2 == 0, "{at}");
        assert_eq!(line.matches(['{', '[']).count(), line.matches(['}', ']']).count(), "{at}");
        while open.last().is_some_and(|last| *last > indent) {
            open.pop();
        }
        if open.last() != Some(&indent) {
            assert!(leads_deeper, "nothing leads to {at}");
            open.push(indent);
        }
        let item = line.trim().strip_prefix("- ");
        if item.is_some() {
            open.push(indent + 2);
        }
        let entry = item.unwrap_or(line.trim());
        leads_deeper = entry.ends_with(':') || item.is_some();
        assert!(entry.ends_with(':') || entry.contains(": "), "{at}");
    }
    for needed in
        ["failure_mode_allow: false", "path_prefix: /auth/verify", "path_with_escaped_slashes_action: REJECT_REQUEST"]
    {
        assert!(text.contains(needed), "{needed}");
    }
}

#[test]
fn the_braces_of_the_caddyfile_match() {
    let mut depth = 0_i32;
    for line in text("caddy/Caddyfile").lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        depth += i32::from(line.ends_with('{')) - i32::from(line == "}");
        assert!(depth >= 0, "{line}");
    }
    assert_eq!(depth, 0);
}
