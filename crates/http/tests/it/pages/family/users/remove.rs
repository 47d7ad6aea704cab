//! `/account/users/{id}/remove`: a user is removed on a page of its own, and an account keeps its last owner.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins, secs},
};
use serde_json::json;

use super::{LIST, id_of, items, page_of, then_said};
use crate::{
    family::{EMAIL, family, grace},
    pages::{
        family::{alarm, leads_to},
        heading, press,
    },
    routes::admin::{account_id, account_path, give_roles},
};

#[tokio::test]
async fn a_user_is_removed_by_the_button_of_a_page_that_says_what_is_lost() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    let id = grace.user_id();
    let path = format!("{}/remove", page_of(&id));
    let page = ada.get(&path).await.expect_status(200);
    assert_eq!(heading(&page), "Remove grace?");
    assert!(page.text().contains("This cannot be undone."), "{}", page.text());
    assert_eq!(items(&ada.get(LIST).await).len(), 3, "looking removes nobody");
    app.clock.advance(mins(5) + secs(1));
    let expected = format!("../../../confirm-identity?next=/account/users/{id}/remove");
    assert_eq!(leads_to(&ada.get(&path).await), expected);
    assert_eq!(leads_to(&press(&ada, &path, &page, &[]).await), expected);
    ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    let page = ada.get(&path).await.expect_status(200);
    let answer = press(&ada, &path, &page, &[]).await;
    assert_eq!(then_said(&ada, &path, answer).await, "The user has been removed.");
    assert_eq!(items(&ada.get(LIST).await).len(), 2);
    grace.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    // Once more, by a form that was open twice.
    assert_eq!(heading(&press(&ada, &path, &page, &[]).await.expect_status(404)), "There is no such page");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let path = format!("{}/remove", page_of(&ada.user_id()));
    let page = ada.get(&path).await.expect_status(200);
    assert!(page.text().contains("This is you. You will be signed out here as well."), "{}", page.text());
    let refused = press(&ada, &path, &page, &[]).await.expect_status(409);
    assert!(alarm(&refused).unwrap().starts_with("This user is the only owner"), "{}", refused.text());
    assert_eq!(id_of(&ada, "ada").await, ada.user_id());
}

/// An account may have several owners, so one of them may go.
#[tokio::test]
async fn an_owner_who_removes_himself_is_signed_out_and_the_account_goes_on() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    app.another_owner(&ada.user_id(), "mary").await;
    let (id, old) = (ada.user_id(), ada.copy());
    let path = format!("{}/remove", page_of(&id));
    let page = ada.get(&path).await.expect_status(200);
    assert!(page.text().contains("This is you. You will be signed out here as well."), "{}", page.text());
    // Of somebody else it is not said.
    let grace_id = id_of(&ada, "grace").await;
    let hers = ada.get(&format!("{}/remove", page_of(&grace_id))).await.expect_status(200);
    assert!(!hers.text().contains("This is you."), "{}", hers.text());
    let answer = press(&ada, &path, &page, &[]).await;
    assert_eq!(leads_to(&answer), "../../../login", "and not to a list that is nobody's any more");
    assert!(!ada.cookie_names().iter().any(|name| name.contains("gw_rt_") || name.contains("gw_at_")));
    old.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    let mary = app.log_in(EMAIL, Some("mary"), "cookie").await;
    assert_eq!(items(&mary.get(LIST).await).len(), 3);
    assert!(!mary.get(LIST).await.text().contains("<bdi>ada</bdi>"));
}

/// docs/attacks.md#the-last-admin
#[tokio::test]
async fn az6_an_owner_is_told_that_a_user_administers_everything_and_stays() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "cookie").await);
    let grace = grace(&app, "body").await;
    give_roles(&admin, &grace.user_id(), &["admin"]).await.expect_status(200);
    grace.delete(&account_path(&account_id(&admin))).await.expect_status(204);
    let path = format!("{}/remove", page_of(&grace.user_id()));
    let page = ada.get(&path).await.expect_status(200);
    let refused = press(&ada, &path, &page, &[]).await.expect_status(409);
    let says = alarm(&refused).unwrap();
    assert!(says.starts_with("This user is the only one who administers"), "{says}");
    assert_eq!(id_of(&ada, "grace").await, grace.user_id());
    grace.get("/admin/v1/accounts").await.expect_status(200);
}
