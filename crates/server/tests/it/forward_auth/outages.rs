//! When Gatewright does not answer, or not as it should, nobody gets through.

use crate::forward_auth::Stage;

#[test]
fn without_an_answer_nobody_passes() {
    let mut stage = Stage::ruled(&["* * /open/** public", "* * /** signed_in"]);
    let ada = stage.signed_in("ada");
    ada.get("/").seen();
    let before = stage.application.requests();
    stage.server.signal("STOP");
    ada.get("/").expect(500);
    stage.server.signal("CONT");
    ada.get("/").seen();
    stage.server.kill();
    for path in ["/", "/open/x"] {
        ada.get(path).expect(500);
        ada.visit(path).expect(500);
        stage.browser().get(path).expect(500);
    }
    assert_eq!(stage.application.requests(), before + 1);
}

#[test]
fn large_heads_are_read_or_refused_and_never_let_through_unread() {
    let stage = Stage::start();
    let ada = stage.signed_in("ada");
    let padding = |length: usize| format!("{}; pad={}", ada.cookies(), "x".repeat(length));
    assert_eq!(ada.send("GET", "/", &[("Cookie", &padding(8000))], "").seen().one("gatewright-username"), "ada");
    for length in [14_000, 15_900] {
        let reply = ada.send("GET", "/", &[("Cookie", &padding(length))], "");
        assert!([200, 400, 500].contains(&reply.status), "{length}: {}", reply.status);
        if reply.status == 200 {
            assert_eq!(reply.seen().one("gatewright-username"), "ada");
        }
    }
    ada.send("GET", "/", &[("Cookie", &padding(40_000))], "").expect(400);
    let many: Vec<_> = (0..200).map(|number| (format!("X-{number}"), "y".repeat(40))).collect();
    let many: Vec<_> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // Gatewright is told nothing of them, the application gets them all.
    assert_eq!(ada.send("GET", "/", &many, "").seen().all("x-199").len(), 1);
    stage.browser().send("GET", "/", &many, "").expect(401);
    ada.send("GET", &format!("/{}", "a".repeat(7000)), &[], "").seen();
    stage.browser().visit(&format!("/{}", "a".repeat(7000))).expect(303);
    assert!(!stage.nginx.errors().contains("[emerg]"), "{}", stage.nginx.errors());
}
