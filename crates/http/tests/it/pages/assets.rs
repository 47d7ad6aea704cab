//! The files that pages refer to: what they weigh, how long they are kept, and that each answer lets in no others.

use std::{io::Write as _, process::Command};

use axum::http::Method;
use gatewright::{Accent, Logo, PageFile, PageFiles, PageLook, PageSettings, Pages};
use gatewright_testkit::{
    TestApp,
    app::{Answer, Setup},
};

/// The addresses that a page refers to, from the root.
fn referred(page: &Answer) -> Vec<String> {
    let text = page.text().replace("&#x2f;", "/");
    let address = |rest: &str| format!("/auth/assets/{}", rest.split('"').next().unwrap());
    text.split("\"auth/assets/").skip(1).map(address).collect()
}

async fn page(app: &TestApp) -> Answer {
    app.browser().get("/magic-link?done=signed-in").await.expect_status(200)
}

fn looking(look: PageLook) -> Setup {
    Setup::default().http(|http| http.pages = Pages::On(PageSettings { look, ..PageSettings::default() }))
}

#[tokio::test]
async fn a_page_refers_to_files_that_are_kept_for_ever() {
    let app = TestApp::start().await;
    let addresses = referred(&page(&app).await);
    let kinds = [".svg", "image/svg+xml", ".css", "text/css; charset=utf-8", ".js", "text/javascript; charset=utf-8"];
    assert_eq!(addresses.len(), 3, "{addresses:?}");
    for (address, kind) in addresses.iter().zip(kinds.chunks(2)) {
        // As a browser asks for what a page refers to: without credentials of anybody, and that changes nothing.
        let answer = app.browser().get(address).fetch_site(Some("same-origin")).await.expect_status(200);
        assert!(address.ends_with(kind[0]), "{address}");
        assert_eq!(answer.header("content-type"), Some(kind[1]));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"), "{address}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        assert!(answer.set_cookies().is_empty() && !answer.body.is_empty());
        app.browser().request(Method::POST, address).await.expect_problem(405, "method_not_allowed");
    }
    for unknown in [
        "/auth/assets/",
        "/auth/assets/page.css",
        "/auth/assets/page-1.txt",
        "/auth/assets/logo-1.svg",
        "/auth/assets/x/page-1.css",
    ] {
        app.browser().get(unknown).await.expect_problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_page_of_another_version_is_dressed_too_but_nothing_is_kept_under_its_name() {
    let app = TestApp::start().await;
    let answer = app.browser().get("/auth/assets/page-0123456789abcdef.css").await.expect_status(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("text/css; charset=utf-8"));
}

#[tokio::test]
async fn stylesheet_and_script_together_weigh_less_than_30_kb() {
    let app = TestApp::start().await;
    let mut weight = 0;
    for address in referred(&page(&app).await).iter().filter(|address| !address.ends_with(".svg")) {
        let body = app.browser().get(address).await.expect_status(200).body;
        weight += gzipped(&body);
    }
    assert!((1_000..30_000).contains(&weight), "{weight} bytes");
}

/// How long it is, as a proxy sends it.
fn gzipped(bytes: &[u8]) -> usize {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let packed = Command::new("gzip").arg("-c").arg(file.path()).output().expect("there is gzip");
    assert!(packed.status.success() && packed.stdout.len() > 100, "{packed:?}");
    packed.stdout.len()
}

/// docs/attacks.md#script-by-a-name
#[tokio::test]
async fn wb7_each_answer_lets_in_files_by_a_number_of_its_own() {
    let app = TestApp::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..8 {
        let policy = page(&app).await.header("content-security-policy").unwrap().to_owned();
        assert!(seen.insert(policy), "a number came twice");
    }
    // What goes wrong is a page with a number, too, and not with that of another.
    let wrong = app.browser().get("/account/nothing").await;
    let policy = wrong.header("content-security-policy").unwrap();
    let nonce = policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).unwrap().0;
    assert_eq!(wrong.text().matches(&format!("nonce=\"{nonce}\"")).count(), if wrong.status == 303 { 0 } else { 2 });
}

/// docs/attacks.md#rendering-an-answer
#[tokio::test]
async fn wb7_forms_go_to_us_and_nowhere_else_wherever_a_page_may_lead() {
    let settings = PageSettings {
        home: Some("https://home.example.test/in?x=1".to_owned()),
        next_origins: vec!["https://app.example.test".parse().unwrap()],
        ..PageSettings::default()
    };
    let app = Setup::default().http(|http| http.pages = Pages::On(settings)).start().await;
    let policy = page(&app).await.header("content-security-policy").unwrap().to_owned();
    assert!(policy.ends_with("; form-action 'self'"), "{policy}");
}

#[tokio::test]
async fn wb7_an_operators_logo_can_do_nothing() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let look = PageLook { logo: Some(Logo::new(svg).unwrap()), ..PageLook::default() };
    let app = looking(look).start().await;
    let page = page(&app).await;
    assert!(page.text().contains("<img class=\"logo\""), "{}", page.text());
    let addresses = referred(&page);
    let pictures: Vec<&String> = addresses.iter().filter(|one| one.ends_with(".svg")).collect();
    assert_eq!(pictures.len(), 2, "{addresses:?}");
    for address in pictures {
        let answer = app.browser().get(address).await.expect_status(200);
        assert_eq!(answer.text(), svg);
        let policy = answer.header("content-security-policy");
        assert_eq!(policy, Some("default-src 'none'; style-src 'unsafe-inline'; sandbox"));
    }
}

#[tokio::test]
async fn an_operator_chooses_colour_templates_and_words() {
    let file = |path: &str, text: &str| PageFile { path: path.to_owned(), text: text.to_owned() };
    let shipped = PageFiles::shipped().find(|file| file.path == "page.html").unwrap().text;
    let page_html = shipped.replace("</main>", "<p>Imprint of {{ product }}</p>\n</main>");
    let files = PageFiles::read([
        file("page.html", &page_html),
        file("en/base.txt", "# ours\ndone_signed_in: Welcome to {{ product }}\ndir: rtl\n"),
        file("more.css", "h1 { color: rebeccapurple }"),
    ]);
    let accent = Some(Accent::parse("#005ea5", None).unwrap());
    let app = looking(PageLook { accent, files: files.unwrap(), logo: None }).start().await;
    let page = page(&app).await;
    assert_eq!(super::heading(&page), "Welcome to auth.example.test");
    assert!(page.text().contains("<html lang=\"en\" dir=\"rtl\">"), "{}", page.text());
    assert!(page.text().contains("<p>Imprint of auth.example.test</p>"));
    // A line that is not there stays ours, and so does every other language.
    let german = app.browser().get("/magic-link?done=signed-in").header("accept-language", "de").await;
    assert!(german.text().contains("dir=\"ltr\"") && super::heading(&german) == "Sie sind angemeldet");
    let style = referred(&page).into_iter().find(|address| address.ends_with(".css")).unwrap();
    let plain = TestApp::start().await;
    assert!(!referred(&self::page(&plain).await).contains(&style), "another stylesheet has another name");
    let style = app.browser().get(&style).await.expect_status(200).text();
    assert!(style.contains("--accent: #005ea5; --on-accent: #ffffff;"), "{style}");
    assert!(style.ends_with("h1 { color: rebeccapurple }"), "what the operator adds comes last");
}

#[tokio::test]
async fn without_pages_there_are_no_files_either() {
    let app = Setup::default().http(|http| http.pages = Pages::Off).start().await;
    app.browser().get("/auth/assets/page-0123456789abcdef.css").await.expect_problem(404, "not_found");
}
