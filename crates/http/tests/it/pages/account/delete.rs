//! `/account/delete`: deleting the account.

use gatewright_testkit::{TestApp, app::ADMIN_EMAIL};
use serde_json::json;

use super::{alarm, error_at, follow, grow_stale, heading, leads_to};
use crate::{
    family::{EMAIL, family, grace},
    mail::{is_signed_in, log_in},
    pages::press,
};

const PATH: &str = "/account/delete";

#[tokio::test]
async fn an_owner_who_means_it_deletes_the_account_and_nothing_is_left() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    let page = ada.get(PATH).await.expect_status(200);
    assert_eq!(heading(&page), "Delete the account");
    for user in ["ada", "grace", "kid"] {
        assert!(page.text().contains(&format!("<bdi>{user}</bdi>")), "{}", page.text());
    }
    for typed in ["", "yes", "eve@example.test", "ada"] {
        let refused = press(&ada, PATH, &page, &[("email", typed)]).await.expect_status(422);
        assert_eq!(error_at(&refused, "email").as_deref(), Some("This is not the e-mail address of this account."));
        assert!(typed.is_empty() || refused.text().contains(&format!("value=\"{typed}\"")));
    }
    assert!(is_signed_in(&ada).await && is_signed_in(&grace).await);
    let answer = press(&ada, PATH, &page, &[("email", " Ada@Example.test ")]).await;
    assert_eq!(leads_to(&answer), "../account/deleted");
    assert_eq!(answer.header("clear-site-data"), Some("\"cookies\", \"storage\""));
    assert!(!ada.cookie_names().iter().any(|name| name.contains("gw_rt_") || name.contains("gw_at_")));
    let page = follow(&ada, PATH, &answer).await.expect_status(200);
    assert_eq!(heading(&page), "The account is deleted");
    assert!(!is_signed_in(&grace).await);
    assert_eq!(log_in(&app, EMAIL, gatewright_testkit::app::PASSWORD).await.status, 401);
    assert_eq!(leads_to(&ada.get("/account").await), "login?next=/account");
}

#[tokio::test]
async fn another_session_of_the_browser_stays_signed_in() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let eve = app.sign_up_in("cookie", super::EVE).await;
    let other: Vec<String> = eve.cookie_header().unwrap().split("; ").map(str::to_owned).collect();
    let page = ada.get(PATH).await.expect_status(200);
    let cookies = format!("{}; {}", ada.cookie_header().unwrap(), other.join("; "));
    let fields = [("form_token", &*crate::pages::form_token(&page)), ("email", EMAIL)];
    let body = crate::pages::encoded(&fields);
    // Eve's session is the newer one; the browser has chosen Ada's.
    let answer = ada
        .post(PATH)
        .cookies(cookies)
        .header("gatewright-session", ada.tag())
        .raw("application/x-www-form-urlencoded", body)
        .await
        .expect_status(303);
    assert_eq!(answer.header("clear-site-data"), None, "it would sign Eve out");
    assert!(answer.set_cookies().iter().all(|line| line.contains(&ada.tag())), "{:?}", answer.set_cookies());
    assert!(is_signed_in(&eve).await);
}

#[tokio::test]
async fn a_member_is_told_that_only_owners_do_it() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    let page = grace.get(PATH).await.expect_status(403);
    assert!(page.text().contains("Only an owner of this account can do this."), "{}", page.text());
    assert!(!page.text().contains("<form"), "{}", page.text());
    assert!(is_signed_in(&ada).await);
}

#[tokio::test]
async fn the_last_administrator_is_told_why_it_cannot_go() {
    let app = TestApp::start().await;
    let root = app.admin_in("cookie").await;
    let page = root.get(PATH).await.expect_status(200);
    let refused = press(&root, PATH, &page, &[("email", ADMIN_EMAIL)]).await.expect_status(409);
    assert!(alarm(&refused).unwrap().starts_with("This account has the last administrator"), "{}", refused.text());
    assert!(is_signed_in(&root).await);
}

#[tokio::test]
async fn au9_an_old_proof_is_renewed_before_anything_is_typed_or_done() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await.expect_status(200);
    grow_stale(&app);
    assert_eq!(leads_to(&ada.get(PATH).await), "../confirm-identity?next=/account/delete");
    let answer = press(&ada, PATH, &page, &[("email", EMAIL)]).await;
    assert_eq!(leads_to(&answer), "../confirm-identity?next=/account/delete");
    assert!(is_signed_in(&ada).await);
    ada.post("/auth/reauthenticate")
        .json(json!({"password": gatewright_testkit::app::PASSWORD}))
        .await
        .expect_status(200);
    ada.get(PATH).await.expect_status(200);
}
