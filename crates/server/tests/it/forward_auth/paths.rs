//! Rules and the many ways to write a path, as nginx and an application read them.

use crate::forward_auth::Stage;

const RULES: [&str; 3] = ["* * /open/** public", "* * /admin/** role:admin", "* * /** signed_in"];

/// docs/attacks.md#paths-in-disguise
#[test]
fn oa10_no_spelling_of_a_path_gets_around_its_rule() {
    let stage = Stage::ruled(&RULES);
    let (nobody, ada) = (stage.browser(), stage.signed_in("ada"));
    for path in [
        "/admin",
        "/admin/",
        "/admin?x",
        "/admin/users/1",
        "//admin",
        "/.//admin",
        "/./admin",
        "/%61dmin",
        "/%61%64%6d%69%6e",
        "/admin%2f",
        "/admin%2fusers",
        "/admin%2Fusers",
        "/admin/%2e",
        "/admin;x=1",
        "/admin;x=1/users",
        "/;/admin",
        "/admin%3b",
        "/admin%3Fx",
        "/admin%3fx=/open/",
        "/admin%23",
        "/admin#/open",
        "/open/../admin",
        "/open/%2e%2e/admin",
        "/open/.%2e/admin",
        "/open/%2E%2E/admin",
        "/open/..%2fadmin",
        "/open/..%2Fadmin",
        "/open%2f..%2fadmin",
        "/open/%2e%2e%2fadmin",
        "/open/..;/admin",
        "/open/..;x=y/admin",
        "/open/%252e%252e/admin",
        "/open/..%252fadmin",
        "/open/..%5cadmin",
        "/open/..\\admin",
        "/open\\..\\admin",
        "/open/%c0%ae%c0%ae/admin",
        "/open/..%c0%afadmin",
        "/open/x/../../admin",
        "/open/%00/../admin",
        "/open/x%00",
        "/open/%0d%0aX:%20y",
        "/../admin",
        "/..%2f..%2fadmin",
        "/%2e%2e/admin",
        "http://app.example.com/admin",
        "http://app.example.com/open/../admin",
    ] {
        for browser in [&nobody, &ada] {
            let before = stage.application.requests();
            let reply = browser.get(path);
            assert!([400, 401, 403].contains(&reply.status), "{path}: {} {}", reply.status, reply.body);
            assert_eq!(stage.application.requests(), before, "{path} has reached the application");
        }
    }
}

#[test]
fn what_everybody_reads_alike_gets_through() {
    let stage = Stage::ruled(&RULES);
    let nobody = stage.browser();
    for path in [
        "/open",
        "/open/",
        "/open/x?y=/../admin",
        "/open/x?y=%2e%2e%2f&z=%00",
        "//open///x",
        "/open/./x",
        "/%6fpen/x",
        "/open/caf%C3%A9",
        "/open/a%20b",
        "/open/100%25",
        "/open/why%3F",
        "/open/a;b=c",
        "/open/...",
        "/open/~x/@y/a+b,c",
    ] {
        let seen = nobody.get(path).seen();
        assert_eq!(seen.line, format!("GET {path} HTTP/1.1"), "the application reads what the browser wrote");
    }
    for path in ["/Open", "/opened", "/openly/x", "/"] {
        nobody.get(path).expect(401);
    }
    nobody.send("GET", "/open/x", &[("Host", "other.example.com")], "").seen();
}
