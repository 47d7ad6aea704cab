//! How it ends: what has begun is finished.

use std::{
    io::Read,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    child::{PATIENCE, Place},
    client::{Begun, connect, refresh, sign_up},
};

#[test]
fn a_refresh_that_has_begun_is_finished_before_the_end() {
    let place = Place::new().with("REFRESH_MIN_AGE", "0");
    let mut server = place.serve();
    let ada = sign_up(server.api, "ada@example.test");
    let body = json!({ "refresh_token": ada.text("refresh_token") }).to_string();
    let begun = Begun::post(server.api, "/auth/refresh", &body).unwrap();
    let mut idle = connect(server.api).unwrap();
    thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    server.wait_for_line("stopping");
    // Nobody new, and who had not begun is let go.
    let begun_waiting = Instant::now();
    while connect(server.api).is_ok() {
        assert!(begun_waiting.elapsed() < PATIENCE, "it still accepts");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
    let renewed = begun.finish(&body).unwrap().expect(200);
    assert!(server.wait().success());

    let server = place.serve();
    refresh(server.api, &renewed.text("refresh_token")).expect(200);
}

#[test]
fn a_second_signal_leaves_at_once() {
    let mut server = Place::new().serve();
    let begun = Begun::post(server.api, "/auth/refresh", r#"{"refresh_token":"x"}"#).unwrap();
    thread::sleep(Duration::from_millis(200));
    server.signal("INT");
    server.wait_for_line("stopping");
    server.signal("INT");
    assert!(server.wait().success());
    assert!(server.printed().contains("leaving at once"), "{}", server.printed());
    drop(begun);
}
