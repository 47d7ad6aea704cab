//! Where somebody is led who is not signed in and waits for a page.

use gatewright::Pages;
use gatewright_testkit::app::{Answer, Call, mins};

use super::{PROXY, asks, behind_proxy, ruled};
use crate::family::EMAIL;

const HTML: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

fn as_page(call: Call<'_>) -> Call<'_> {
    call.header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document").header("accept", HTML)
}

/// Where the page leads by itself.
fn leads_to(answer: &Answer) -> Option<String> {
    let text = answer.text();
    let (_, rest) = text.split_once("<meta http-equiv=\"refresh\" content=\"0; url=")?;
    let (url, _) = rest.split_once('"')?;
    Some(url.replace("&amp;", "&").replace("&#x2f;", "/").replace("&#x27;", "'"))
}

#[tokio::test]
async fn a_person_is_led_to_the_login_page_and_a_script_is_told() {
    let app = behind_proxy().start().await;
    let nobody = app.browser();
    let answer = as_page(asks(&nobody, "GET", "/a?b=c")).await.expect_status(401);
    let login = "https://auth.example.test/login?next=https%3A//app.example.test/a%3Fb%3Dc";
    assert_eq!(answer.header("location"), Some(login));
    assert_eq!(leads_to(&answer).as_deref(), Some(login));
    assert!(answer.text().replace("&#x2f;", "/").contains(&format!("<a href=\"{login}\">")), "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("script"), "{policy}");
    assert!(answer.header("x-request-id").is_some() && answer.header("cache-control") == Some("no-store"));
    // No Fetch Metadata: an old browser, or curl with this header.
    as_told_by_accept(asks(&nobody, "HEAD", "/").header("accept", HTML)).await;
    for (call, why) in [
        (asks(&nobody, "GET", "/").header("sec-fetch-mode", "cors").header("accept", HTML), "a script"),
        (asks(&nobody, "GET", "/").header("accept", "*/*"), "a program"),
        (as_page(asks(&nobody, "POST", "/")), "a form, whose contents would be lost"),
    ] {
        let answer = call.await.expect_problem(401, "access_token_invalid");
        assert_eq!(answer.header("location"), None, "{why}");
    }
}

async fn as_told_by_accept(call: Call<'_>) {
    let answer = call.await.expect_status(401);
    assert!(answer.header("location").is_some() && leads_to(&answer).is_some());
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_browser_and_stands_without_the_others() {
    let app = behind_proxy().http(|http| http.pages = Pages::Off).start().await;
    let answer = as_page(asks(&app.browser(), "GET", "/")).header("accept-language", "de").await.expect_status(401);
    assert_eq!(answer.header("content-language"), Some("de"));
    assert!(answer.text().contains("Bitte zuerst anmelden"), "{}", answer.text());
}

/// docs/attacks.md#open-redirect-of-forward-auth
#[tokio::test]
async fn oa5_the_way_back_is_a_path_only_at_our_own_origin_and_never_another_host() {
    let app = behind_proxy().start().await;
    let nobody = app.browser();
    let next = async |uri: &str, host: &str, scheme: &str| {
        let call =
            nobody.get("/auth/verify").from(PROXY).header("x-original-method", "GET").header("x-original-uri", uri);
        let answer = as_page(call.header("x-forwarded-host", host).header("x-forwarded-proto", scheme)).await;
        let location = answer.expect_status(401).header("location").unwrap().to_owned();
        location.strip_prefix("https://auth.example.test/login").unwrap().to_owned()
    };
    let own = "auth.example.test";
    assert_eq!(next("/a/b?c=d&e", own, "https").await, "?next=/a/b%3Fc%3Dd%26e");
    assert_eq!(next("/", "AUTH.example.test", "wss").await, "?next=/");
    assert_eq!(next("//evil.test/x", own, "https").await, "?next=https%3A//auth.example.test//evil.test/x");
    assert_eq!(next("/x", "auth.example.test:8443", "https").await, "?next=https%3A//auth.example.test%3A8443/x");
    assert_eq!(next("/x", "app.example.test", "http").await, "?next=http%3A//app.example.test/x");
    assert_eq!(next("/x", "app.example.test", "gopher").await, "?next=https%3A//app.example.test/x");
    for uri in ["/\\evil.test", "/..//evil.test", "/%5cevil.test", "@evil.test", "https://evil.test/", "/x#y"] {
        assert_eq!(next(uri, own, "https").await, "", "{uri}");
    }
    for host in ["evil.test, auth.example.test", "auth.example.test/evil", "user@evil.test", "evil.test\"><script>"] {
        assert_eq!(next("/x", host, "https").await, "", "{host}");
    }
    // Nobody's word is taken for it.
    let stranger = as_page(asks(&nobody, "GET", "/x").from("203.0.113.7")).await.expect_status(401);
    assert_eq!(stranger.header("location"), Some("https://auth.example.test/login"));
}

#[tokio::test]
async fn wb10_nothing_of_the_address_is_anything_but_an_address_on_the_page() {
    let app = behind_proxy()
        .http(|http| http.login_url = Some("https://app.example.test/in?a=b&c".parse().unwrap()))
        .start()
        .await;
    let nobody = app.browser();
    let answer = as_page(asks(&nobody, "GET", "/x?%22%3E%3Cscript%3E&\"><script>alert(1)</script>'"));
    let answer = answer.await.expect_status(401);
    let text = answer.text();
    assert!(!text.contains("<script"), "{text}");
    let login = "https://app.example.test/in?a=b&c&next=https%3A//app.example.test/x%3F%2522%253E%253Cscript%253E%26%22%3E%3Cscript%3Ealert%281%29%3C/script%3E%27";
    assert_eq!(answer.header("location"), Some(login));
    assert_eq!(leads_to(&answer).as_deref(), Some(login));
}

/// A link of another site carries no strict cookie: the page asks for itself once more, which is of its own site, and no oftener.
#[tokio::test]
async fn who_followed_a_link_of_another_site_is_asked_once_more_before_signing_in() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    app.clock.advance(mins(11));
    let linked = as_page(asks(&ada, "GET", "/a?b")).without_cookies().fetch_site(Some("cross-site"));
    let answer = linked.await.expect_status(401);
    assert_eq!(leads_to(&answer).as_deref(), Some("https://app.example.test/a?b"));
    assert!(answer.header("location").unwrap().starts_with("https://auth.example.test/login?next="));
    let again = as_page(asks(&ada, "GET", "/a?b")).fetch_site(Some("same-origin")).await.expect_status(200);
    assert_eq!(again.set_cookies().len(), 2);
    let stranger = as_page(asks(&app.browser(), "GET", "/a?b")).fetch_site(Some("same-origin")).await;
    assert!(leads_to(&stranger.expect_status(401)).unwrap().contains("/login?next="));
}

#[tokio::test]
async fn what_a_rule_keeps_anybody_from_leads_nowhere() {
    let app = ruled(&["* * /shut deny", "* * /** signed_in"]).await;
    let nobody = app.browser();
    let answer = as_page(asks(&nobody, "GET", "/shut")).await.expect_problem(403, "permission_denied");
    assert_eq!(answer.header("location"), None);
    as_page(asks(&nobody, "GET", "/x")).await.expect_status(401);
}
