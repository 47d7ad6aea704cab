//! Where values come from, and what is said of wrong ones.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::child::Place;

#[test]
fn flags_beat_the_environment_beats_the_file_beats_the_default() {
    let place = Place::new().with("ACCESS_TTL", "3m");
    place.write("gatewright.toml", "max_users = 7\n[access]\nttl = \"2m\"\n[session]\nidle = 3600\n");
    let shown = place.run(&["config", "print", "--json"]).well().json();
    assert_eq!(shown["access.ttl"]["value"], "3m");
    assert_eq!(shown["access.ttl"]["from"], "environment");
    assert_eq!(shown["session.idle"]["value"], "3600");
    assert_eq!(shown["session.idle"]["from"], "gatewright.toml");
    assert_eq!(shown["session.absolute"]["from"], "default");

    let place = place.with("LISTEN", "127.0.0.1:1");
    let server = crate::child::Server::start(place.command(&["serve", "--listen", "127.0.0.1:0"]));
    assert_ne!(server.api.port(), 1);
    let answer = crate::client::sign_up(server.api, "ada@example.test");
    assert_eq!(answer.json()["expires_in"], 180);
}

#[test]
fn a_file_that_is_named_has_to_be_there() {
    let place = Place::new();
    let ran = place.run(&["config", "check", "--config", "other.toml"]);
    assert!(ran.code() == 3 && ran.err().contains("other.toml: cannot be read"), "{}", ran.err());
    place.write("other.toml", "max_users = 7");
    place.run(&["config", "check", "--config", "other.toml"]).well();
    let named = place.with("CONFIG", "other.toml").run(&["config", "print", "--json"]).well().json();
    assert_eq!(named["max_users"]["value"], "7");
}

#[test]
fn an_unknown_key_is_refused_with_a_suggestion() {
    let place = Place::new().with("REFRESH_MINAGE", "60").with("MASTER_KEYFILE", "x").with("SMPT_URL", "smtp://x");
    place.write("gatewright.toml", "lsiten = \"x\"\n[refresh]\nmin_aeg = 1\n[mail]\nform = \"x\"\n");
    let ran = place.run(&["serve"]);
    assert_eq!(ran.code(), 3);
    let mut lines: Vec<_> = ran.err().lines().map(str::to_owned).collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @r"
    gatewright: GATEWRIGHT_MASTER_KEYFILE: there is no such key; did you mean `GATEWRIGHT_MASTER_KEY_FILE`?
    gatewright: GATEWRIGHT_REFRESH_MINAGE: there is no such key; did you mean `GATEWRIGHT_REFRESH_MIN_AGE`?
    gatewright: GATEWRIGHT_SMPT_URL: there is no such key; did you mean `GATEWRIGHT_SMTP_URL`?
    gatewright: lsiten in gatewright.toml: there is no such key; did you mean `listen`?
    gatewright: mail.form in gatewright.toml: there is no such key; did you mean `mail.from`?
    gatewright: refresh.min_aeg in gatewright.toml: there is no such key; did you mean `refresh.min_age`?
    ");
}

#[test]
fn a_wrong_role_is_told_with_its_entry() {
    let place = Place::new();
    place.write("gatewright.toml", "roles = [\"editor=pages:write\", \"admin=pages:write\", \"support=everything\"]");
    let ran = place.run(&["serve"]);
    assert_eq!(ran.code(), 3);
    insta::assert_snapshot!(ran.err(), @r"
    gatewright: roles in gatewright.toml: in the entry `admin=pages:write`, `admin` is built in: what it may do is no setting; write `editor=pages:read pages:write`
    gatewright: roles in gatewright.toml: in the entry `support=everything`, `everything`: a permission is `noun:verb`, each 1 to 32 of `a-z 0-9 _ -`, starting with a letter; write `editor=pages:read pages:write`
    ");
}

#[test]
fn pw19_the_secret_of_the_first_admin_is_a_secret() {
    let secret = "canary of a bootstrap secret 7319";
    let place = Place::new().with("BOOTSTRAP_SECRET", secret);
    for arguments in [&["config", "print"][..], &["config", "print", "--json"], &["config", "check"], &["doctor"]] {
        let ran = place.run(arguments).well();
        assert!(!ran.out().contains("canary") && !ran.err().contains("canary"), "{arguments:?}");
    }
    let shown = place.run(&["config", "print", "--json"]).well().json();
    assert_eq!(shown["bootstrap_secret"]["value"], "[secret]");
    let in_file = Place::new();
    let file = in_file.write("secret", &format!("{secret}\n"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let in_file = in_file.with("BOOTSTRAP_SECRET_FILE", file.to_str().unwrap()).with("BEHIND_PROXY", "true");
    let ran = in_file.with("PUBLIC_URL", "https://auth.example.test").run(&["serve"]);
    assert!(ran.code() == 3 && ran.err().contains("can be read by every user of this machine"), "{}", ran.err());
    assert!(ran.err().contains("GATEWRIGHT_BOOTSTRAP_SECRET: "), "{}", ran.err());
    let short = Place::new().with("BOOTSTRAP_SECRET", "canary").run(&["serve"]);
    assert!(short.code() == 3 && short.err().contains("fewer than 16 bytes"), "{}", short.err());
    assert!(!short.err().contains("canary"), "{}", short.err());
}

#[test]
fn a_wrong_value_is_told_with_its_key_and_the_remedy() {
    let place = Place::new()
        .with("ACCESS_TTL", "5 parsecs")
        .with("LISTEN", "everywhere")
        .with("STORE", "mysql://gate:canary@localhost/x")
        .with("STORE_CONNECTIONS", "1")
        .with("PASSWORD_MIN_LENGTH", "4")
        .with("SIGNING_ALG", "none")
        .with("BEHIND_PROXY", "yes")
        .with("TRUSTED_PROXIES", "10.0.0.0/8,nonsense");
    let ran = place.run(&["config", "check"]);
    assert_eq!(ran.code(), 3);
    insta::assert_snapshot!(ran.err(), @r"
    gatewright: GATEWRIGHT_LISTEN: `everywhere` is not an address with a port; write it like `127.0.0.1:8080`
    gatewright: GATEWRIGHT_BEHIND_PROXY: `yes` is not true or false; the default is `false`
    gatewright: GATEWRIGHT_TRUSTED_PROXIES: `10.0.0.0/8,nonsense` is not a list of networks, such as `10.0.0.0/8`; separate several with commas
    gatewright: GATEWRIGHT_STORE: names no database that this version knows; write `sqlite:///path` or `postgres://user:password@host:5432/database`
    gatewright: GATEWRIGHT_STORE_CONNECTIONS: `1` is not a whole number from 2 to 1000; the default is `16`
    gatewright: GATEWRIGHT_ACCESS_TTL: `5 parsecs` is not a duration above zero; write seconds (`90`) or `90s`, `10m`, `12h`, `14d`
    gatewright: GATEWRIGHT_SIGNING_ALG: `none` is not one of ES256, EdDSA, RS256, HS256; the default is `ES256`
    gatewright: GATEWRIGHT_PASSWORD_MIN_LENGTH: `4` is not a whole number from 8 to 64; the default is `8`
    ");
}

/// docs/attacks.md#webhook-into-our-own-network
#[test]
fn what_webhooks_may_call_and_believe_is_refused_where_it_cannot_be_meant() {
    let refused = |place: Place, says: &str| {
        for arguments in [&["config", "check"][..], &["serve"]] {
            let ran = place.run(arguments);
            assert!(ran.code() == 3 && ran.err().contains(says), "{arguments:?}: {}", ran.err());
        }
    };
    refused(
        Place::new().with("WEBHOOKS_ALLOW", "10.0.0.0/33"),
        "GATEWRIGHT_WEBHOOKS_ALLOW: `10.0.0.0/33` is not a list of networks",
    );
    refused(Place::new().with("WEBHOOKS_ALLOW", "hooks.internal"), "is not a list of networks");
    refused(
        Place::new().with("WEBHOOKS_CA_FILE", "nowhere.pem"),
        "GATEWRIGHT_WEBHOOKS_CA_FILE: nowhere.pem cannot be read",
    );
    let place = Place::new();
    place.write("empty.pem", "canary");
    refused(
        place.with("WEBHOOKS_CA_FILE", "empty.pem"),
        "GATEWRIGHT_WEBHOOKS_CA_FILE: empty.pem: it holds no certificate",
    );

    let place = Place::new().with("WEBHOOKS_ALLOW", "127.0.0.1, fd00::/8").with("WEBHOOKS_ALLOW_HTTP", "true");
    place.run(&["config", "check"]).well();
    drop(place.serve());
}

#[test]
fn a_secret_is_shown_by_no_command() {
    let secret = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeefe";
    let place = Place::new().with("MASTER_KEY", secret);
    let pepper = place.write("pepper", secret);
    fs::set_permissions(&pepper, fs::Permissions::from_mode(0o600)).unwrap();
    let place = place.with("PASSWORD_PEPPER_FILE", pepper.to_str().unwrap());
    drop(place.serve());
    for arguments in
        [&["config", "print"][..], &["config", "print", "--json"], &["config", "check"], &["doctor"], &["keys", "list"]]
    {
        let ran = place.run(arguments).well();
        assert!(!ran.out().contains(secret) && !ran.err().contains(secret), "{arguments:?}");
    }
    let shown = place.run(&["config", "print", "--json"]).well().json();
    assert_eq!(shown["master_key"]["value"], "[secret]");
    assert_eq!(shown["password.pepper"]["value"], "[secret]");
}

#[test]
fn a_broken_file_is_told_without_its_contents() {
    let place = Place::new();
    place.write("gatewright.toml", "listen = \"127.0.0.1:0\"\nmaster_key = \"canary\nx");
    let ran = place.run(&["config", "check"]);
    assert!(ran.code() == 3 && ran.err().contains("gatewright.toml: is not TOML (line "), "{}", ran.err());
    assert!(!ran.err().contains("canary"), "{}", ran.err());
}

#[test]
fn the_printed_template_is_a_good_configuration() {
    let place = Place::new();
    let template = place.run(&["config", "template"]).well().out();
    place.write("gatewright.toml", &template);
    place.run(&["config", "check"]).well();
    place.run(&["config", "schema"]).well().json();
}

#[test]
fn a_secret_given_twice_or_empty_is_refused() {
    let place = Place::new().with("MASTER_KEY", "x").with("MASTER_KEY_FILE", "/nonexistent");
    let ran = place.run(&["config", "check"]);
    assert!(
        ran.code() == 3 && ran.err().contains("GATEWRIGHT_MASTER_KEY_FILE: /nonexistent cannot be read"),
        "{}",
        ran.err()
    );
    let empty = Place::new().with("MASTER_KEY", "").run(&["config", "check"]);
    assert!(empty.err().contains("GATEWRIGHT_MASTER_KEY: is set but empty"), "{}", empty.err());
}

#[test]
fn a_script_learns_what_is_wrong_as_json() {
    let place =
        Place::new().with("LISTEN", "0.0.0.0:8080").with("RATE_LIMITS", "off").with("PUBLIC_URL", "http://x.test");
    let ran = place.run(&["config", "check", "--json"]);
    assert_eq!(ran.code(), 3);
    let keys: Vec<_> = ran.json()["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["GATEWRIGHT_LISTEN", "GATEWRIGHT_PUBLIC_URL", "GATEWRIGHT_RATE_LIMITS"]);
    let good = Place::new().run(&["config", "check", "--json"]).well();
    assert_eq!(good.json()["ok"], true);
}
