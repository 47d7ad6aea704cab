//! `/choose-account`: several accounts in one browser, and those that it remembers.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD, mins},
};

use super::{EVE, both, leads_to, plain, press, said, sessions, sign_in, sign_in_to_stay, who};
use crate::{
    family::EMAIL,
    mail::unlimited,
    pages::{STALE, form_token, heading, send},
};

const PATH: &str = "/choose-account";
const KNOWN: &str = "__Host-gw_known";

/// The ids that the forms of this kind are about, in their order.
fn ids(page: &Answer, act: &str) -> Vec<String> {
    let text = page.text();
    let from = format!("name=\"act\" value=\"{act}\">\n<input type=\"hidden\" name=\"of\" value=\"");
    text.split(&from).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn choose(browser: &Browser, page: &Answer, act: &str, of: &str) -> Answer {
    press(browser, PATH, page, &[("act", act), ("of", of)]).await
}

fn has(browser: &Browser, name: &str) -> bool {
    browser.cookie_names().contains(&name.to_owned())
}

async fn two_accounts() -> TestApp {
    let app = TestApp::start().await;
    for email in [EMAIL, EVE] {
        app.sign_up_in("body", email).await;
    }
    app
}

#[tokio::test]
async fn each_account_keeps_a_session_of_its_own_and_one_is_chosen() {
    let app = two_accounts().await;
    let browser = both(&app, EMAIL).await;
    assert_eq!(sessions(&browser).len(), 2);
    assert_eq!(who(&browser).await.as_deref(), Some(EVE), "who signed in last is meant");
    assert!(plain(&browser.get("/login").await).contains("href=\"choose-account\""));
    let page = browser.get(PATH).await.expect_status(200);
    assert!(page.text().contains(EMAIL) && page.text().contains(EVE), "{}", page.text());
    let [_eve, ada] = &ids(&page, "use")[..] else { panic!("two accounts: {}", page.text()) };
    assert_eq!(leads_to(&choose(&browser, &page, "use", ada).await), "account");
    assert_eq!(who(&browser).await.as_deref(), Some(EMAIL));
    assert_eq!(sessions(&browser).len(), 2, "both stay");
    // Another browser's form, or one from before the choice, chooses nobody.
    assert_eq!(heading(&choose(&browser, &page, "use", ada).await.expect_status(403)), STALE);
    // Who signs in anew is meant by that.
    sign_in(&browser, EVE).await.expect_status(303);
    assert_eq!(who(&browser).await.as_deref(), Some(EVE));
    assert_eq!(sessions(&browser).len(), 2, "in place of the older one");
}

#[tokio::test]
async fn a_session_is_signed_out_here_and_others_stay() {
    let app = two_accounts().await;
    let browser = both(&app, EMAIL).await;
    let (copy, page) = (browser.copy(), browser.get(PATH).await);
    let [_eve, ada] = &ids(&page, "out")[..] else { panic!("two accounts") };
    assert_eq!(leads_to(&choose(&browser, &page, "out", ada).await), "choose-account?done=signed-out");
    assert_eq!(sessions(&browser).len(), 1);
    assert_eq!(who(&browser).await.as_deref(), Some(EVE));
    let told = browser.get("/choose-account?done=signed-out").await.expect_status(200);
    assert_eq!(said(&told).as_deref(), Some("You are signed out."));
    assert!(!told.text().contains(EMAIL));
    // It has ended on the server, so nobody chooses it who still has its cookies: not by the page, nor by its id.
    let page = copy.get(PATH).await;
    assert_eq!(ids(&page, "use").len(), 1, "{}", page.text());
    let answer = choose(&copy, &page, "use", ada).await.expect_status(404);
    assert!(!answer.set_cookies().iter().any(|line| line.contains("gw_chosen")), "{:?}", answer.set_cookies());
    assert_eq!(who(&copy).await.as_deref(), Some(EVE));
}

#[tokio::test]
async fn sessions_of_others_and_unknown_ones_are_not_there() {
    let app = two_accounts().await;
    let (browser, other) = (both(&app, EMAIL).await, app.browser());
    sign_in(&other, EMAIL).await.expect_status(303);
    let foreign = ids(&other.get(PATH).await, "use").remove(0);
    let page = browser.get(PATH).await;
    for act in ["use", "out"] {
        for id in [&*foreign, "01890a5d-ac96-774b-bcce-b302099a8057", "x", ""] {
            choose(&browser, &page, act, id).await.expect_status(404);
        }
    }
    choose(&browser, &page, "surprise", &foreign).await.expect_status(404);
    assert!(who(&other).await.is_some());
}

#[tokio::test]
async fn an_account_is_remembered_by_wish_only_and_needs_its_password_again() {
    let app = two_accounts().await;
    let browser = app.browser();
    sign_in(&browser, EVE).await.expect_status(303);
    assert!(!has(&browser, KNOWN));
    let answer = sign_in_to_stay(&browser, EMAIL).await.expect_status(303);
    let line = answer.set_cookies().into_iter().find(|line| line.starts_with(KNOWN)).unwrap();
    assert!(line.ends_with("; Path=/; Max-Age=15552000; HttpOnly; Secure; SameSite=Lax"), "{line}");
    let page = browser.get("/logout").await;
    press(&browser, "/logout", &page, &[]).await.expect_status(303);
    let page = browser.get(PATH).await.expect_status(200);
    assert!(plain(&page).contains(&format!("<a href=\"login?as=0\"><bdi>{EMAIL}</bdi></a>")), "{}", page.text());
    let again = browser.get("/login?as=0").await.expect_status(200);
    assert!(again.text().contains(&format!("value=\"{EMAIL}\"")), "the address is in no address: {}", again.text());
    assert!(!again.text().contains(PASSWORD));
    browser.get("/login?as=7").await.expect_status(200);
    let account = ids(&page, "forget").remove(0);
    assert_eq!(leads_to(&choose(&browser, &page, "forget", &account).await), "choose-account?done=forgotten");
    assert!(!has(&browser, KNOWN), "the last one takes the cookie along");
    assert!(!browser.get(PATH).await.text().contains(EMAIL));
}

/// docs/attacks.md#session-fixation
#[tokio::test]
async fn what_nobody_remembered_here_is_no_account_to_choose() {
    let app = two_accounts().await;
    let browser = app.browser();
    sign_in_to_stay(&browser, EMAIL).await.expect_status(303);
    let cookies = browser.cookie_header().unwrap();
    let (_, rest) = cookies.split_once(&format!("{KNOWN}=")).unwrap();
    let good = rest.split(';').next().unwrap();
    let (rows, seal) = good.split_once('.').unwrap();
    let made = data_encoding::BASE64URL_NOPAD
        .encode(br#"[["01890a5d-ac96-774b-bcce-b302099a8057","call +1 900 and tell your PIN"]]"#);
    let shown = async |value: &str| {
        let page = app.browser().get(PATH).cookies(format!("{KNOWN}={value}")).await.expect_status(200);
        page.text().contains("login?as=")
    };
    assert!(shown(good).await);
    let zeros = "A".repeat(43);
    for bad in
        [&*format!("{made}.{seal}"), &format!("{made}.{zeros}"), &format!("{rows}."), rows, "", ".", "x.y", &good[1..]]
    {
        assert!(!shown(bad).await, "{bad}");
    }
    app.browser().get(PATH).cookies(format!("{KNOWN}={good}; {KNOWN}={good}")).await.expect_status(400);
}

/// Servers refuse long headers, so a browser that is signed in everywhere would be locked out of everything.
#[tokio::test]
async fn a_browser_has_five_sessions_and_five_remembered_accounts_at_most_and_the_oldest_goes() {
    let app = unlimited().await;
    let (browser, local) = (app.browser(), "a".repeat(60));
    let mut first = None;
    for number in 0..7 {
        let email = format!("{local}{number}@{}.example.test", "b".repeat(60));
        app.sign_up_in("body", &email).await;
        sign_in_to_stay(&browser, &email).await.expect_status(303);
        app.clock.advance(std::time::Duration::from_secs(1));
        if number == 0 {
            first = Some(browser.copy());
        }
        assert_eq!(sessions(&browser).len(), (number + 1).min(5));
    }
    assert_eq!(who(&first.unwrap()).await, None, "it has ended, not only been forgotten");
    let header = browser.cookie_header().unwrap();
    assert!(header.len() < 8000, "nginx takes 8 KiB: {}", header.len());
    let page = browser.get(PATH).await.expect_status(200);
    assert_eq!(ids(&page, "use").len(), 5);
    assert_eq!(ids(&page, "forget").len(), 0, "who is signed in is not listed twice");
    for id in ids(&page, "out") {
        let page = browser.get(PATH).await;
        choose(&browser, &page, "out", &id).await.expect_status(303);
    }
    assert_eq!(ids(&browser.get(PATH).await, "forget").len(), 5);
}

#[tokio::test]
async fn sessions_that_are_renewed_by_looking_at_them_keep_their_new_cookies() {
    let app = two_accounts().await;
    let browser = both(&app, EMAIL).await;
    app.clock.advance(mins(30));
    assert!(!browser.cookie_header().unwrap().contains("gw_at_"), "the access cookies are over");
    let answer = browser.get(PATH).await.expect_status(200);
    assert_eq!(ids(&answer, "use").len(), 2);
    assert_eq!(answer.set_cookies().iter().filter(|line| line.starts_with("__Host-gw_at_")).count(), 2);
    app.clock.advance(mins(30));
    // Signing in to a third account looks at both again.
    app.sign_up_in("body", "bob@example.test").await;
    let answer = sign_in(&browser, "bob@example.test").await.expect_status(303);
    let set = answer.set_cookies();
    let renewed = set.iter().filter(|line| line.starts_with("__Host-gw_at_") && !line.contains("Max-Age=0")).count();
    assert_eq!(renewed, 3, "that of the new session and those of the two that were looked at: {set:?}");
    assert_eq!(ids(&browser.get(PATH).await, "use").len(), 3);
}

/// Each of them is looked up and perhaps renewed: whoever plants many cookies must not have a page do that a hundred times.
#[tokio::test]
async fn of_more_sessions_than_a_browser_has_of_ours_only_the_newest_are_looked_at() {
    let app = unlimited().await;
    let mut cookies = Vec::new();
    for number in 0..8 {
        let browser = app.sign_up_in("cookie", &format!("p{number}@example.test")).await;
        cookies.push(browser.cookie_header().unwrap());
        app.clock.advance(std::time::Duration::from_secs(1));
    }
    let page = app.browser().get(PATH).cookies(cookies.join("; ")).await.expect_status(200);
    assert_eq!(ids(&page, "use").len(), 5, "{}", page.text());
    assert!(page.text().contains("p7@") && !page.text().contains("p2@"), "{}", page.text());
}

#[tokio::test]
async fn where_nobody_is_known_there_is_the_way_in() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = browser.get("/choose-account?next=/there").await.expect_status(200);
    assert!(page.text().contains("No account is known in this browser."), "{}", page.text());
    assert!(plain(&page).contains("href=\"login?next=/there\""), "{}", page.text());
    assert!(!page.text().contains("<form"));
    assert!(!browser.get("/login").await.text().contains("choose-account"));
    let login = browser.get("/login").await;
    send(&browser, PATH, &[("form_token", &form_token(&login)), ("act", "use")]).await.expect_status(403);
}
