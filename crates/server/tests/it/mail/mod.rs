//! Mail from the binary, as an SMTP server gets it and as an operator sees it.

mod commands;
mod mailbox;
mod nodes;
mod restarts;
mod secrets;
mod sending;
mod settings;

use std::{
    thread,
    time::{Duration, Instant},
};

use gatewright_testkit::servers::{SmtpLetter, SmtpServer};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::{
    child::{PATIENCE, Place},
    client::{get, post},
};

/// A place whose server sends through `smtp`.
fn sending(smtp: &SmtpServer) -> Place {
    through(&smtp.url())
}

fn through(url: &str) -> Place {
    Place::new().with("SMTP_URL", url).with("MAIL_FROM", "Example <no-reply@example.test>")
}

/// Waits until `found` gives something.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} does not come");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A header of a letter, as it stands on one line.
fn header(letter: &SmtpLetter, name: &str) -> String {
    let text = String::from_utf8_lossy(&letter.data).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))
}

/// The letter with the breaks of quoted-printable lines taken out.
pub(crate) fn text(letter: &SmtpLetter) -> String {
    String::from_utf8_lossy(&letter.data).replace("=\r\n", "").replace("=3D", "=")
}

/// The link that carries a token.
pub(crate) fn link(letter: &SmtpLetter) -> String {
    let text = text(letter);
    let link = text.split_whitespace().find(|word| word.starts_with("http") && word.contains("?token="));
    link.unwrap_or_else(|| panic!("no link in {text}")).to_owned()
}

/// Asks for a mail that anybody can ask for.
fn forget(to: std::net::SocketAddr, email: &str) {
    post(to, "/auth/password/forgot", &json!({ "email": email })).expect(202);
}

/// The outbox, newest first.
fn listed(place: &Place) -> Vec<Value> {
    place.run(&["mail", "list", "--json"]).well().json()["letters"].as_array().unwrap().clone()
}

/// Waits until each letter of the outbox is in one of these states.
#[track_caller]
fn wait_until_all_are(place: &Place, state: &str) -> Vec<Value> {
    eventually(state, || Some(listed(place)).filter(|all| all.iter().all(|letter| letter["state"] == state)))
}

/// The value of a metric without labels.
fn metric(ops: std::net::SocketAddr, name: &str) -> u64 {
    let text = get(ops, "/metrics").expect(200).body;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {text}"))
}

/// Makes all letters that wait due, as if their time had come. Nobody else may have the database open.
fn time_passes(place: &Place) {
    let path = place.data().join("gatewright.db");
    let layer = gatewright_store::sqlite::layer();
    let connection = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), layer).unwrap();
    connection.execute("UPDATE outbox SET due_at = written_at WHERE due_at IS NOT NULL", []).unwrap();
}
