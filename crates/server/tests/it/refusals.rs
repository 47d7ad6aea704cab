//! What `serve` refuses before it listens.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt};

use crate::child::Place;

/// What `serve` says instead of serving.
#[track_caller]
fn refused(place: &Place) -> String {
    let ran = place.run(&["serve"]);
    assert_eq!(ran.code(), 3, "{}", ran.err());
    assert!(!place.data().join("gatewright.db").exists(), "nothing is made before the settings are judged");
    ran.err()
}

#[test]
fn lg9_a_public_address_needs_tls_in_front() {
    let said = refused(&Place::new().with("LISTEN", "0.0.0.0:0").with("PUBLIC_URL", "http://127.0.0.1:8080"));
    assert!(
        said.contains("GATEWRIGHT_LISTEN: 0.0.0.0:0 can be reached by others, and passwords would travel in clear"),
        "{said}"
    );
    for (name, value) in [("PUBLIC_URL", "https://auth.example.test"), ("BEHIND_PROXY", "true")] {
        let place = Place::new().with("LISTEN", "0.0.0.0:0").with("PUBLIC_URL", "http://127.0.0.1:1").with(name, value);
        drop(place.serve());
    }
}

#[test]
fn lg9_plain_cookies_never_leave_this_machine() {
    let said = refused(&Place::new().with("PUBLIC_URL", "http://auth.example.test"));
    assert!(said.contains("GATEWRIGHT_PUBLIC_URL: `http://auth.example.test` is not encrypted"), "{said}");
}

#[test]
fn a_token_needs_an_issuer_that_is_an_address() {
    let said = refused(&Place::new().with("LISTEN", "0.0.0.0:0").with("BEHIND_PROXY", "true"));
    assert!(said.contains("GATEWRIGHT_PUBLIC_URL: is not set"), "{said}");
}

#[test]
fn rate_limits_are_off_on_loopback_only() {
    let public = Place::new().with("LISTEN", "0.0.0.0:0").with("PUBLIC_URL", "https://auth.example.test");
    let said = refused(&public.with("RATE_LIMITS", "off"));
    assert!(said.contains("GATEWRIGHT_RATE_LIMITS: is off"), "{said}");
    drop(Place::new().with("RATE_LIMITS", "off").serve());
}

#[test]
fn jw19_a_key_file_that_everybody_can_read_is_refused_where_others_reach_us() {
    let key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeefe";
    let place = Place::new().with("PUBLIC_URL", "https://auth.example.test");
    let file = place.write("key", key);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let place = place.with("MASTER_KEY_FILE", file.to_str().unwrap());
    let said = refused(&place);
    assert!(said.contains("can be read by every user of this machine (mode 0644); chmod 600"), "{said}");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    drop(place.serve());

    // The one that was made here is no exception.
    let place = Place::new();
    drop(place.serve());
    fs::set_permissions(place.data().join("master.key"), fs::Permissions::from_mode(0o640)).unwrap();
    let place = place.with("PUBLIC_URL", "https://auth.example.test");
    drop(place.serve());
    fs::set_permissions(place.data().join("master.key"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(place.run(&["serve"]).err().contains("master.key can be read by every user"));
}

#[test]
fn jw18_a_weak_master_key_is_refused_without_being_shown() {
    let weak = "1111111111111111111111111111111111111111111111111111111111111111";
    let said = refused(&Place::new().with("MASTER_KEY", weak));
    assert!(said.contains("GATEWRIGHT_MASTER_KEY: a master key is not random") && !said.contains(weak), "{said}");
}

#[test]
fn jw17_a_signing_key_of_another_algorithm_is_refused() {
    let said =
        refused(&Place::new().with("SIGNING_KEY", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"));
    assert!(said.contains("GATEWRIGHT_SIGNING_KEY: "), "{said}");
}

#[test]
fn pw12_weak_password_hashing_is_refused() {
    let ran = Place::new().with("PASSWORD_MEMORY_KIB", "8192").run(&["serve"]);
    assert_eq!(ran.code(), 3, "{}", ran.err());
    assert!(
        ran.err().contains("GATEWRIGHT_PASSWORD_MEMORY_KIB: argon2id with m=8192 KiB and t=2 is weaker"),
        "{}",
        ran.err()
    );
}

#[test]
fn a_port_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(&Place::new().with("LISTEN", &address));
    assert!(said.contains(&format!("GATEWRIGHT_LISTEN: {address} is in use")), "{said}");
    let said = refused(&Place::new().with("OPS_LISTEN", &address));
    assert!(said.contains(&format!("GATEWRIGHT_OPS_LISTEN: {address} is in use")), "{said}");
}

#[test]
fn a_master_key_that_went_missing_is_not_replaced() {
    let place = Place::new();
    drop(place.serve());
    fs::remove_file(place.data().join("master.key")).unwrap();
    let ran = place.run(&["serve"]);
    assert_eq!(ran.code(), 3);
    assert!(ran.err().contains("master.key is missing, while"), "{}", ran.err());
    assert!(!place.data().join("master.key").exists());
}

#[test]
fn what_serve_makes_is_for_its_user_only() {
    let place = Place::new();
    let _server = place.serve();
    let mode = |name: &str| fs::metadata(place.data().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("."), 0o700);
    assert_eq!((mode("master.key"), mode("gatewright.db"), mode("gatewright.db-wal")), (0o600, 0o600, 0o600));
}
