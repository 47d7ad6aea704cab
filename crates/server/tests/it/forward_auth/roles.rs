//! Rules by role, permission, host and method.

use crate::forward_auth::Stage;

#[test]
fn rules_ask_for_roles_permissions_hosts_and_methods() {
    let stage = Stage::ruled(&[
        "GET * /health public",
        "* * /closed/** deny",
        "* admin.example.com /** role:admin",
        "GET * /users/* permission:users:read",
        "* * /users/** any_role:support|admin",
        "GET|POST * /** signed_in",
    ]);
    let (nobody, ada) = (stage.browser(), stage.signed_in("ada"));
    nobody.get("/health").seen();
    nobody.send("POST", "/health", &[], "x").expect(401);
    let on_admin = [("Host", "admin.example.com")];
    for (method, path, status) in [
        ("GET", "/closed", 403),
        ("GET", "/closed/x", 403),
        ("GET", "/users/1", 403),
        ("DELETE", "/users/1", 403),
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("POST", "/", 200),
        ("DELETE", "/", 403),
        ("OPTIONS", "/", 403),
    ] {
        assert_eq!(ada.send(method, path, &[], "").status, status, "{method} {path}");
    }
    ada.send("GET", "/", &on_admin, "").expect(403);
    nobody.send("GET", "/", &on_admin, "").expect(401);
    stage.place.run(&["admin", "grant", "ada"]).well();
    // The token is the one that was issued before; what counts is the user as it is now.
    let seen = ada.send("GET", "/", &on_admin, "").seen();
    assert_eq!(seen.one("gatewright-roles"), "admin");
    for (method, path, status) in [("GET", "/users/1", 200), ("DELETE", "/users/1", 200), ("GET", "/closed", 403)] {
        assert_eq!(ada.send(method, path, &[], "").status, status, "{method} {path}");
    }
    for host in ["ADMIN.example.com", "admin.example.com.", "admin.example.com:8443"] {
        stage.signed_in(&format!("eve{}", host.len())).send("GET", "/", &[("Host", host)], "").expect(403);
    }
}

/// What a person may not see leads nowhere; what was renewed on the way is not lost with the refusal.
#[test]
fn a_refusal_carries_what_was_renewed() {
    let stage = Stage::ruled(&["* * /shut deny", "* * /admin/** role:admin", "* * /** signed_in"]);
    let ada = stage.signed_in("ada");
    let before = ada.cookie("__Host-gw_rt_");
    std::thread::sleep(std::time::Duration::from_millis(5500));
    assert_eq!(ada.visit("/shut").expect(403).tokens_set(), Vec::<&str>::new());
    assert_eq!(ada.visit("/admin").expect(403).tokens_set().len(), 1);
    assert_ne!(ada.cookie("__Host-gw_rt_"), before);
    ada.forget_access();
    ada.get("/").seen();
    assert_eq!(ada.generation(), 2);
}
