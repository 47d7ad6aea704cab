//! What an operator types.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    child::{PATIENCE, Place},
    client::{PASSWORD, get, post, refresh, sign_up},
};

#[test]
fn the_help_is_a_map_of_the_commands() {
    let ran = Place::new().run(&["--help"]).well();
    insta::assert_snapshot!(ran.out(), @r"
    Accounts, users, sessions and tokens for your own applications

    Usage: gatewright <COMMAND> [OPTIONS]

    Serve:
      dev          Try it here and now: a demo account on this machine, nothing to set up
      serve        Serve the API; without any configuration on loopback

    Look after it:
      doctor       Say in plain words what is wrong with this installation
      config       Check, print or explain the configuration
      backup       Copy the SQLite database while it is in use
      copy         Move the database to another place; nobody is logged out
      keys         List or rotate the signing keys
      activity     Verify, sign or export the activity log
      mail         Send a test mail, list what waits or was sent, export the templates
      pages        Write out the templates and words of the pages, to change them

    Help somebody:
      account      Create, show, disable, enable or unlock an account
      session      End a session

    Say who may do what:
      admin        Make the first admin; list admins; make or unmake one
      service-key  Make, list or revoke keys for programs

    Your shell:
      completions  Print completions for your shell
      man          Print the manual page

    Options:
      -c, --config <FILE>  The configuration file [default: gatewright.toml, if it is there]
      -h, --help           Print help
      -V, --version        Print version

    Exit codes: 0 done · 1 not done, the message says why · 2 wrong command line · 3 wrong or unsafe configuration
    Every setting is a key of the TOML file and a variable GATEWRIGHT_…; `gatewright config template` shows them all.
    ");
}

#[test]
fn the_version_is_one_line() {
    let ran = Place::new().run(&["--version"]).well();
    assert_eq!(ran.out(), format!("gatewright {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_command_explains_itself() {
    let place = Place::new();
    for command in [
        "dev",
        "serve",
        "doctor",
        "config",
        "backup",
        "copy",
        "keys",
        "activity",
        "mail",
        "pages",
        "account",
        "session",
        "admin",
        "service-key",
        "completions",
        "man",
    ] {
        assert!(place.run(&[command, "--help"]).well().out().contains("Usage: gatewright"), "{command}");
    }
    assert!(place.run(&["completions", "bash"]).well().out().contains("_gatewright"));
    assert!(place.run(&["man"]).well().out().starts_with(".ie"), "a manual page is roff");
}

#[test]
fn a_slip_on_the_command_line_is_told_with_exit_code_two() {
    let ran = Place::new().run(&["acount"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.err().contains("account"), "{}", ran.err());
}

#[test]
fn an_account_is_created_shown_disabled_and_enabled_while_the_server_runs() {
    let place = Place::new();
    let server = place.serve();
    let create = ["account", "create", "--email", "ada@example.test", "--username", "ada", "--json"];
    let created = place.run_with_input(&create, &format!("{PASSWORD}\n")).well().json();
    assert_eq!(created["user"]["username"], "ada");
    assert_eq!(created["user"]["roles"], json!([]));

    let login = json!({ "login": "ada", "password": PASSWORD, "transport": "body" });
    let token = post(server.api, "/auth/login", &login).expect(200).text("refresh_token");
    let shown = place.run(&["account", "show", "ada@example.test", "--json"]).well().json();
    assert_eq!(shown["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(shown["account"]["id"], created["account"]["id"]);

    assert!(place.run(&["account", "disable", "ada"]).well().out().ends_with("is disabled.\n"));
    post(server.api, "/auth/login", &login).expect_problem(401, "invalid_credentials");
    refresh(server.api, &token).expect_problem(401, "refresh_token_invalid");
    assert!(place.run(&["account", "enable", "ada"]).well().out().ends_with("is enabled.\n"));
    post(server.api, "/auth/login", &login).expect(200);
}

#[test]
fn au1_an_account_that_wrong_passwords_have_shut_is_unlocked_while_the_server_runs() {
    let place = Place::new();
    let server = place.serve();
    let create = ["account", "create", "--email", "ada@example.test", "--username", "ada"];
    place.run_with_input(&create, &format!("{PASSWORD}\n")).well();
    let login = |password: &str| json!({ "login": "ada", "password": password, "transport": "body" });
    for _ in 0..5 {
        post(server.api, "/auth/login", &login("a wrong guess")).expect_problem(401, "invalid_credentials");
    }
    post(server.api, "/auth/login", &login(PASSWORD)).expect_problem(429, "rate_limited");
    assert!(place.run(&["account", "unlock", "ada@example.test"]).well().out().ends_with("is unlocked.\n"));
    post(server.api, "/auth/login", &login(PASSWORD)).expect(200);
}

#[test]
fn an_account_is_not_created_with_a_bad_password_or_twice() {
    let place = Place::new();
    let _server = place.serve();
    let create = |input: &str| place.run_with_input(&["account", "create", "--email", "ada@example.test"], input);
    for (input, says) in [("", "no password"), ("short\n", "at least 8 characters"), ("password123\n", "common")] {
        let ran = create(input);
        assert_eq!(ran.code(), 1);
        assert!(ran.err().contains(says), "{}", ran.err());
    }
    create(&format!("{PASSWORD}\n")).well();
    let ran = create(&format!("{PASSWORD}\n"));
    assert!(ran.code() == 1 && ran.err().contains("taken"), "{}", ran.err());
    assert!(!ran.err().contains(PASSWORD));
}

#[test]
fn a_session_is_ended_from_the_command_line() {
    let place = Place::new();
    let server = place.serve();
    let ada = sign_up(server.api, "ada@example.test");
    let session = ada.json()["session"]["id"].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["session", "end", &session, "--json"]).well().json()["ended_now"], true);
    assert_eq!(place.run(&["session", "end", &session, "--json"]).well().json()["ended_now"], false);
    refresh(server.api, &ada.text("refresh_token")).expect_problem(401, "refresh_token_invalid");
    let nobody = place.run(&["session", "end", "01890000-0000-7000-8000-000000000000"]);
    assert!(nobody.code() == 1 && nobody.err().contains("there is no session"), "{}", nobody.err());
}

#[test]
fn a_running_server_takes_over_keys_that_were_rotated_by_hand() {
    let place = Place::new();
    let server = place.serve();
    let ada = sign_up(server.api, "ada@example.test");
    let listed = |arguments: &[&str]| place.run(arguments).well().json()["keys"].clone();
    let signing = |keys: &serde_json::Value| {
        keys.as_array().unwrap().iter().find(|key| key["state"] == "signing").unwrap()["kid"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let before = signing(&listed(&["keys", "list", "--json"]));
    let refused = place.run(&["keys", "rotate"]);
    assert!(refused.code() == 1 && refused.err().contains("verifiers may not know"), "{}", refused.err());
    let after = signing(&listed(&["keys", "rotate", "--force", "--json"]));
    assert_ne!(before, after);

    let begun = Instant::now();
    let mut token = ada.text("refresh_token");
    loop {
        let renewed = refresh(server.api, &token).expect(200);
        token = renewed.text("refresh_token");
        if kid(&renewed.text("access_token")) == after {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the server still signs with the old key");
        std::thread::sleep(Duration::from_millis(500));
    }
    // What the old key signed stays good.
    let old = format!("Bearer {}", ada.text("access_token"));
    crate::client::request(server.api, "GET", "/auth/me", &[("Authorization", &old)], "").unwrap().expect(200);
    assert!(get(server.api, "/.well-known/jwks.json").body.contains(&before));
}

fn kid(token: &str) -> String {
    let head = token.split('.').next().unwrap();
    let head = data_encoding::BASE64URL_NOPAD.decode(head.as_bytes()).unwrap();
    let head: serde_json::Value = serde_json::from_slice(&head).unwrap();
    head["kid"].as_str().unwrap().to_owned()
}

#[test]
fn lg11_a_backup_restores_accounts_and_no_session() {
    let place = Place::new();
    let server = place.serve();
    let ada = sign_up(server.api, "ada@example.test");
    let copy = place.path().join("copy.db");
    let copy = copy.to_str().unwrap();
    place.run(&["backup", copy]).well();
    assert_eq!(fs::metadata(copy).unwrap().permissions().mode() & 0o777, 0o600);
    let again = place.run(&["backup", copy]);
    assert_eq!(again.code(), 1, "a backup never overwrites");
    drop(server);

    let place = place.with("STORE", &format!("sqlite://{copy}"));
    let restored = place.serve();
    refresh(restored.api, &ada.text("refresh_token")).expect_problem(401, "refresh_token_invalid");
    let login = json!({ "login": "ada@example.test", "password": PASSWORD });
    post(restored.api, "/auth/login", &login).expect(200);
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let place = Place::new();
    drop(place.serve());
    let well = place.run(&["doctor"]).well();
    assert!(well.out().contains("✓ permissions"), "{}", well.out());
    assert!(!well.out().contains('✗'), "{}", well.out());

    let key = place.data().join("master.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let place = place
        .with("BEHIND_PROXY", "true")
        .with("PUBLIC_URL", "https://auth.example.test")
        .with("REFRESH_LOST_WINDOW", "60s");
    let ill = place.run(&["doctor", "--json"]);
    assert_eq!(ill.code(), 1);
    let bad: Vec<_> = ill.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["mark"] == "bad")
        .map(|finding| finding["about"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(bad, ["configuration", "permissions", "proxy", "refresh"]);
    assert!(ill.out().contains("chmod 600"), "{}", ill.out());
}

#[test]
fn the_doctor_notices_a_session_that_ends_before_its_token_can_rotate() {
    let place = Place::new().with("SESSION_IDLE", "5m");
    let ran = place.run(&["doctor"]);
    assert!(ran.code() == 1 && ran.out().contains("make session.idle longer"), "{}", ran.out());
}

#[test]
fn the_doctor_notices_another_master_key() {
    let place = Place::new();
    drop(place.serve());
    let other = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeefe";
    let place = place.with("MASTER_KEY", other);
    let ill = place.run(&["doctor"]);
    assert!(ill.code() == 1 && ill.out().contains("GATEWRIGHT_MASTER_KEY: it does not open"), "{}", ill.out());
    assert_eq!(place.run(&["serve"]).code(), 3);
}

#[test]
fn commands_do_not_make_a_database_by_accident() {
    let place = Place::new();
    for arguments in [&["keys", "list"][..], &["account", "show", "ada"], &["backup", "x.db"]] {
        let ran = place.run(arguments);
        assert!(ran.code() == 1 && ran.err().contains("there is no database"), "{}", ran.err());
    }
    assert!(!place.data().exists());
}
