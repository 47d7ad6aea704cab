//! The password of the database stands in a URL, and URLs are what programs like to print.

use gatewright_testkit::servers::{POSTGRES_PASSWORD, Postgres};

use super::{fresh_place, place};
use crate::{
    child::Ran,
    client::{get, refresh, sign_up},
};

#[track_caller]
fn says_nothing(ran: &Ran, secret: &str) {
    assert!(!ran.out().contains(secret) && !ran.err().contains(secret), "{}{}", ran.out(), ran.err());
}

#[test]
fn lg2_the_password_of_the_database_is_shown_nowhere() {
    let place = fresh_place().with("LOG_LEVEL", "debug");
    let mut server = place.serve();
    refresh(server.api, &sign_up(server.api, "ada@example.test").text("refresh_token")).expect(200);
    let line = server.wait_for_line("\"serving\"");
    assert!(line.contains(r#""database":"postgres://127.0.0.1:"#), "{line}");
    let metrics = get(server.ops, "/metrics").body;
    assert!(metrics.contains("gatewright_build_info") && !metrics.contains(POSTGRES_PASSWORD), "{metrics}");
    for (arguments, expected) in [
        (&["config", "print"][..], "postgres://127.0.0.1:"),
        (&["config", "print", "--json"], "postgres://127.0.0.1:"),
        (&["config", "check"], "good"),
        (&["doctor"], "postgres://127.0.0.1:"),
        (&["doctor", "--json"], "postgres://127.0.0.1:"),
        (&["backup", "copy.db"], "postgres://127.0.0.1:"),
    ] {
        let ran = place.run(arguments);
        assert!(format!("{}{}", ran.out(), ran.err()).contains(expected), "{arguments:?}");
        says_nothing(&ran, POSTGRES_PASSWORD);
    }
    assert!(!server.printed().contains(POSTGRES_PASSWORD), "{}", server.printed());
}

#[test]
fn lg2_a_database_that_refuses_is_told_at_once_and_without_the_password() {
    let database = Postgres::shared().fresh_database();
    let url = database.url();
    let secret = "canary-7319";
    let wrong = url.replace(POSTGRES_PASSWORD, secret);
    let unknown_host = wrong.replace("127.0.0.1", "database.invalid");
    let unknown_name = url.replace(database.name(), "not_here");
    for (url, command, code, says) in [
        (&wrong, "serve", 1, "password authentication failed"),
        (&wrong, "doctor", 1, "password authentication failed"),
        (&unknown_name, "serve", 1, "\"not_here\" does not exist"),
        (&unknown_host, "doctor", 1, "database.invalid"),
        (&format!("{wrong}?sslmode=perhaps"), "serve", 3, "sslmode is verify-full or disable"),
        (&wrong.replace(secret, &format!("x?{secret}=1")), "serve", 3, "write them as %3F"),
    ] {
        let ran = place(&database).with("STORE", url).run(&[command]);
        let said = format!("{}{}", ran.out(), ran.err());
        assert!(ran.code() == code && said.contains(says), "{command}: {said}");
        says_nothing(&ran, secret);
        says_nothing(&ran, POSTGRES_PASSWORD);
        assert!(!said.contains("trying again"), "{said}");
    }
}
