//! What holds for every page and every answer of one: what a browser is told, in which language, and what each method does.

use std::{fmt::Write as _, sync::Arc};

use axum::http::Method;
use gatewright_testkit::{
    TestApp,
    app::{Answer, Setup},
};

use super::{KINDS, PATHS, Scene, encoded, open, press, send};
use crate::security::logging::Panicking;

/// What a browser is told with every page, whatever the status.
#[track_caller]
pub(super) fn check_headers(answer: &Answer, name: &str) {
    let csp = answer.header("content-security-policy").unwrap_or_default();
    let rules: Vec<&str> = csp.split("; ").collect();
    for rule in
        ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]
    {
        assert!(rules.contains(&rule), "{name}: {csp}");
    }
    assert!(!csp.contains("unsafe") && !csp.contains("http") && !csp.contains('*'), "{name}: {csp}");
    for (header, value) in [
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ] {
        assert_eq!(answer.header(header), Some(value), "{name}");
    }
    assert_eq!(answer.header("x-request-id").map(str::len), Some(36), "{name}");
    assert_eq!(answer.header("access-control-allow-origin"), None, "{name}");
    if answer.status == 303 {
        assert!(answer.body.is_empty(), "{name}");
        return;
    }
    assert!(!answer.status.is_redirection(), "{name}: {}", answer.status);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{name}");
    assert_eq!(answer.header("www-authenticate"), None, "{name}");
    check_policy(&rules, name);
    if !answer.body.is_empty() {
        check_page(answer, name);
    }
}

/// What a page may use: what carries the number of this answer.
#[track_caller]
fn check_policy(rules: &[&str], name: &str) {
    let nonce = rules.iter().find_map(|rule| rule.strip_prefix("script-src 'nonce-")?.strip_suffix('\''));
    let nonce = nonce.unwrap_or_else(|| panic!("{name}: {rules:?}"));
    assert_eq!(nonce.len(), 22, "{name}: 128 bits");
    let style = format!("style-src 'nonce-{nonce}'");
    for rule in [&style, "img-src 'self'", "require-trusted-types-for 'script'", "trusted-types 'none'"] {
        assert!(rules.contains(&rule), "{name}: {rule}: {rules:?}");
    }
    assert_eq!(rules.len(), 10, "{name}: {rules:?}");
}

/// What every page has, and what none has.
#[track_caller]
fn check_page(answer: &Answer, name: &str) {
    let text = answer.text();
    let language = answer.header("content-language").unwrap();
    assert!(text.starts_with(&format!("<!DOCTYPE html>\n<html lang=\"{language}\" dir=\"ltr\">\n")), "{name}: {text}");
    for wanted in [
        "<meta charset=\"utf-8\">",
        "name=\"viewport\"",
        "<title>",
        "<main ",
        "</html>",
        "<script ",
        "rel=\"stylesheet\"",
        "<header>",
    ] {
        assert_eq!(text.matches(wanted).count(), 1, "{name}: {wanted}: {text}");
    }
    assert_eq!(text.matches("<h1>").count(), 1, "{name}");
    let csp = answer.header("content-security-policy").unwrap();
    let nonce = csp.split_once("script-src 'nonce-").and_then(|(_, rest)| rest.split_once('\'')).unwrap().0;
    for tag in text.split('<').skip(1).map(|rest| format!("<{}", rest.split('>').next().unwrap())) {
        let is_handler = |part: &str| part.starts_with("on") && part.contains('=');
        assert!(!tag.split_whitespace().any(is_handler), "{name}: {tag}");
        // What is filled in is a text, and may be an address.
        let (before, rest) = tag.split_once(" value=\"").unwrap_or((&tag, ""));
        let bare = format!("{before}{}", rest.split_once('"').map_or("", |(_, after)| after));
        for unwanted in ["javascript:", "style=", "<style", "<iframe", "<object", "url(", "http:", "https:", "//"] {
            assert!(!bare.contains(unwanted), "{name}: {unwanted} in {tag}");
        }
        let tag = tag.replace("&#x2f;", "/");
        if tag.starts_with("<script") {
            assert!(
                tag.contains("assets/page-") && tag.ends_with(&format!(".js\" nonce=\"{nonce}\" defer")),
                "{name}: {tag}"
            );
        }
        if tag.contains("stylesheet") {
            assert!(
                tag.contains("assets/page-") && tag.ends_with(&format!(".css\" nonce=\"{nonce}\"")),
                "{name}: {tag}"
            );
        }
    }
    let script = text.split_once("<script ").unwrap().1;
    assert!(script.split_once('>').unwrap().1.starts_with("</script>"), "{name}: a script is a file");
    check_ids(&text, name);
    // Each field has its label, and what describes it is there.
    for part in text.split("<input id=\"").skip(1) {
        let id = part.split('"').next().unwrap();
        assert!(text.contains(&format!("<label for=\"{id}\">")), "{name}: {id}");
        let tag = part.split('>').next().unwrap();
        let described = tag.split_once("aria-describedby=\"").map_or("", |(_, rest)| rest.split('"').next().unwrap());
        for one in described.split_whitespace() {
            assert_eq!(text.matches(&format!("id=\"{one}\"")).count(), 1, "{name}: {one}");
        }
    }
}

/// No id stands twice.
#[track_caller]
fn check_ids(text: &str, name: &str) {
    let ids: Vec<&str> = text.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    for id in &ids {
        assert_eq!(ids.iter().filter(|one| *one == id).count(), 1, "{name}: {id}");
    }
}

/// docs/attacks.md#rendering-an-answer
#[tokio::test]
async fn wb7_every_answer_of_a_page_has_the_headers_that_protect_a_browser() {
    for (kind, path) in KINDS {
        let Scene { app, asker, mail } = Scene::of(kind).await;
        let page = open(&asker, &mail).await;
        check_headers(&page.clone().expect_status(200), kind);
        check_headers(&open(&app.browser(), &mail).await, kind);
        check_headers(&asker.get(&format!("{path}?token=x")).await.expect_status(303), kind);
        check_headers(&asker.get(path).await.expect_status(400), kind);
        check_headers(&asker.get(path).await.expect_status(200), kind);
    }
    let app = TestApp::start().await;
    let nobody = app.browser();
    let form = "application/x-www-form-urlencoded";
    for path in PATHS {
        let twice = "__Host-gw_form=a; __Host-gw_form=b";
        let answers = [
            (400, nobody.get(path).cookies(twice).await),
            (403, send(&nobody, path, &[("form_token", "x")]).await),
            (403, nobody.post(path).raw(form, "").fetch_site(Some("cross-site")).await),
            (405, nobody.request(Method::PUT, path).await),
            (405, nobody.request(Method::from_bytes(b"FOO").unwrap(), path).await),
            (413, nobody.post(path).raw(form, "a=".to_owned() + &"x".repeat(20_000)).await),
            (415, nobody.post(path).raw("application/json", "{}").await),
            (415, nobody.post(path).undeclared("a=b").await),
            (422, nobody.post(path).raw(form, "a=1&a=2").await),
            (if path == "/select" { 400 } else { 200 }, nobody.get(&format!("{path}?done=signed-in")).await),
        ];
        for (status, answer) in answers {
            check_headers(&answer.expect_status(status), &format!("{path} {status}"));
        }
        let refused = nobody.request(Method::PUT, path).await;
        assert!(refused.header("allow").is_some_and(|allow| allow.contains("POST")), "{path}");
        // Elsewhere problems stay problems.
        nobody.get(&format!("{path}/")).await.expect_problem(404, "not_found");
    }
    app.fuse.blow_after(0);
    let planted = format!("__Host-gw_mail_reset_password={}", Scene::of("reset_password").await.mail.token());
    let outage = nobody.get("/reset-password").cookies(planted).await.expect_status(503);
    check_headers(&outage, "503");
    assert_eq!(outage.header("retry-after"), Some("1"));
    assert!(outage.text().contains(outage.header("x-request-id").unwrap()), "{}", outage.text());
}

/// docs/attacks.md#rendering-an-answer
#[tokio::test]
async fn wb7_a_panic_at_a_page_is_a_page_that_tells_nothing() {
    // The session of a sign-up for an app is ended at once, and cannot even be looked up here.
    let setup = super::verified_first(Setup::default().sessions(|inner| Arc::new(Panicking(inner))));
    let app = setup.start().await;
    let asker = app.browser();
    let body = crate::mail::sign_up_body(crate::family::EMAIL, gatewright_testkit::app::PASSWORD);
    asker.post("/auth/signup").json(body).await.expect_status(202);
    let page = open(&asker, &app.letter("sign_up", crate::family::EMAIL).await).await;
    let broken = press(&asker, "/verify-email", &page, &[]).await.expect_status(500);
    check_headers(&broken, "500");
    assert!(!broken.text().contains("canary"), "{}", broken.text());
}

#[tokio::test]
async fn every_page_speaks_the_language_that_the_browser_asks_for() {
    let mut seen = std::collections::BTreeSet::new();
    for language in ["en", "de", "fr"] {
        for (kind, path) in KINDS {
            let Scene { app, asker, mail } = Scene::of(kind).await;
            asker.get(&super::path_of(&mail)).await.expect_status(303);
            for reader in [&asker, &app.browser()] {
                let page = reader.get(path).header("accept-language", language).await.expect_status(200);
                assert_eq!(page.header("content-language"), Some(language));
                check_page(&page, path);
                seen.insert((path, page.text().contains("name=\"email\""), language, super::heading(&page)));
                let body = encoded(&[("form_token", "x")]);
                let call = reader.post(path).raw("application/x-www-form-urlencoded", body);
                let stale = call.header("accept-language", language).await.expect_status(403);
                assert_eq!(stale.header("content-language"), Some(language));
            }
        }
    }
    let titles = |language: &str| seen.iter().filter(|one| one.2 == language).map(|one| &one.3).collect::<Vec<_>>();
    for (one, other) in [("en", "de"), ("de", "fr"), ("fr", "en")] {
        assert_eq!(titles(one).len(), titles(other).len());
        assert!(!titles(one).iter().any(|title| titles(other).contains(title)), "{one}, {other}: {seen:?}");
    }
}

/// The statuses of every page and method, for a browser that has nothing: a new page is a new line here.
#[tokio::test]
async fn the_table_of_pages() {
    let app = TestApp::start().await;
    let mut table = String::new();
    for path in PATHS {
        write!(table, "{path:<16}").unwrap();
        for (name, method, query, site) in [
            ("get", "GET", "", "none"),
            ("head", "HEAD", "", "none"),
            ("link", "GET", "?token=gwm_x", "cross-site"),
            ("done", "GET", "?done=signed-in", "none"),
            ("post", "POST", "", "same-origin"),
            ("foreign", "POST", "", "cross-site"),
            ("near", "POST", "", "same-site"),
            ("put", "PUT", "", "same-origin"),
            ("delete", "DELETE", "", "same-origin"),
        ] {
            let browser = app.browser();
            let call = browser.request(method.parse().unwrap(), &format!("{path}{query}")).fetch_site(Some(site));
            let call = call.raw("application/x-www-form-urlencoded", "");
            write!(table, " {name} {}", call.await.status.as_u16()).unwrap();
        }
        table.push('\n');
    }
    insta::assert_snapshot!(table, @"
    /verify-email    get 200 head 200 link 303 done 200 post 403 foreign 403 near 403 put 405 delete 405
    /reset-password  get 200 head 200 link 303 done 200 post 403 foreign 403 near 403 put 405 delete 405
    /magic-link      get 200 head 200 link 303 done 200 post 403 foreign 403 near 403 put 405 delete 405
    /confirm-email   get 200 head 200 link 303 done 200 post 403 foreign 403 near 403 put 405 delete 405
    /undo-email      get 200 head 200 link 303 done 200 post 403 foreign 403 near 403 put 405 delete 405
    /invitation      get 200 head 200 link 303 done 200 post 403 foreign 403 near 403 put 405 delete 405
    /select          get 400 head 400 link 400 done 400 post 403 foreign 403 near 403 put 405 delete 405
    ");
}
