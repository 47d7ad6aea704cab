//! `/account/users/{id}/remove`: a user is removed on a page of its own, and an account keeps its last owner.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins, secs},
};
use serde_json::json;

use super::{LIST, id_of, items, page_of, then_said};
use crate::{
    family::{family, grace},
    pages::{
        family::{alarm, leads_to},
        heading, press,
    },
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
