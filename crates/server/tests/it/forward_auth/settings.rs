//! What cannot work, or would not keep out whom it was to keep out, does not start.

use crate::child::Place;

/// Words that must stand in the refusal.
fn refusal(settings: &[(&str, &str)]) -> String {
    let place = settings.iter().fold(Place::new(), |place, (name, value)| place.with(name, value));
    let ran = place.run(&["config", "check"]);
    assert_ne!(ran.code(), 0, "{}", ran.out());
    let served = place.run(&["serve"]);
    assert_ne!(served.code(), 0, "{}", served.out());
    format!("{}{}", ran.out(), ran.err())
}

#[test]
fn a_rule_that_cannot_be_read_is_named_and_refuses_to_start() {
    let proxies = ("TRUSTED_PROXIES", "127.0.0.1/32");
    for (rules, says) in [
        ("* * /** signed_in, GET * /admin role:Admin", "in rule 2, `GET * /admin role:Admin`"),
        ("* * /../x public", "in rule 1, `* * /../x public`"),
        ("signed_in", "four words"),
        ("* * /** everybody", "the requirement is one of `public`"),
    ] {
        let said = refusal(&[("FORWARD_AUTH_RULES", rules), proxies]);
        assert!(said.contains("GATEWRIGHT_FORWARD_AUTH_RULES") && said.contains(says), "{said}");
    }
}

#[test]
fn rules_that_could_never_be_asked_refuse_to_start() {
    let said = refusal(&[("FORWARD_AUTH_RULES", "* * /** signed_in")]);
    assert!(said.contains("GATEWRIGHT_TRUSTED_PROXIES"), "{said}");
}

#[test]
fn a_login_page_is_an_address() {
    for bad in ["login", "//evil.example/login", "javascript:alert(1)", "/login#x", "ftp://example.com"] {
        let said = refusal(&[("FORWARD_AUTH_LOGIN_URL", bad)]);
        assert!(
            said.contains("GATEWRIGHT_FORWARD_AUTH_LOGIN_URL") && said.contains("no address of a login page"),
            "{said}"
        );
    }
    let place = Place::new().with("FORWARD_AUTH_LOGIN_URL", "https://app.example.com/sign-in?x=1");
    place.run(&["config", "check"]).well();
}

#[test]
fn rules_are_a_list_in_the_file() {
    let place = Place::new();
    let rules = "[forward_auth]\nrules = [\"GET|HEAD * /health public\", \"* * /a%2Cb/** any_role:a|b\"]\n";
    let file = place.write("rules.toml", &format!("trusted_proxies = [\"10.0.0.1\"]\n{rules}"));
    let shown = place.run(&["config", "print", "--config", &file.display().to_string()]).well().out();
    assert!(shown.contains("GET|HEAD * /health public") && shown.contains("/a%2Cb/**"), "{shown}");
}
