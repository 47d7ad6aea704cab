//! `/account/users/add`, `/account/users/{id}` and `/account/users/invite`: adding, changing and inviting.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, Setup, mins, secs},
};
use serde_json::json;

use super::{LIST, id_of, items, page_of, then_said};
use crate::{
    family::{PIN, family, grace},
    pages::{
        GUEST, error_at,
        family::{alarm, leads_to},
        press,
    },
};

const ADD: &str = "/account/users/add";
const INVITE: &str = "/account/users/invite";

#[tokio::test]
async fn an_owner_adds_a_user_with_a_pin_or_without() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(ADD).await.expect_status(200);
    let fields = [("username", "Tim"), ("display_name", " Tiny Tim "), ("pin", PIN)];
    let answer = press(&ada, ADD, &page, &fields).await;
    assert_eq!(then_said(&ada, ADD, answer).await, "The user has been added.");
    let page = ada.get(ADD).await.expect_status(200);
    let answer = press(&ada, ADD, &page, &[("username", "zoë"), ("display_name", ""), ("pin", "")]).await;
    then_said(&ada, ADD, answer).await;
    let users = ada.get("/auth/users").await.expect_status(200).json();
    let of = |at: usize| {
        let user = &users["users"][at];
        (user["username"].clone(), user["profile"]["display_name"].clone(), user["pin_required"].clone())
    };
    assert_eq!(of(3), (json!("tim"), json!("Tiny Tim"), json!(true)));
    assert_eq!(of(4), (json!("zoë"), json!(null), json!(false)));
    let list = ada.get(LIST).await.expect_status(200);
    assert!(items(&list)[3].contains("<bdi>Tiny Tim</bdi>") && items(&list)[3].contains(">PIN</span>"));
}

#[tokio::test]
async fn what_cannot_be_added_is_said_at_its_field_and_typed_only_once() {
    let app = Setup::default().policy(|policy| policy.max_users = 4).start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(ADD).await.expect_status(200);
    let long = "x".repeat(300);
    for (fields, status, at, says) in [
        (
            [("username", "grace"), ("display_name", "G"), ("pin", "")],
            409,
            "username",
            "This username is taken. Choose another.",
        ),
        (
            [("username", "a b"), ("display_name", "G"), ("pin", "")],
            422,
            "username",
            "This cannot be a username. Use letters and digits, no blanks and no @.",
        ),
        ([("username", &long), ("display_name", "G"), ("pin", "")], 422, "username", "This username is too long."),
        ([("username", "tim"), ("display_name", &long), ("pin", "")], 422, "display_name", "This name is too long."),
        (
            [("username", "tim"), ("display_name", "a\u{202e}b"), ("pin", "")],
            422,
            "display_name",
            "This name has signs in it that cannot be shown.",
        ),
        (
            [("username", "tim"), ("display_name", "G"), ("pin", "97531x")],
            422,
            "pin",
            "A PIN has four to eight digits.",
        ),
    ] {
        let refused = press(&ada, ADD, &page, &fields).await.expect_status(status);
        assert_eq!(error_at(&refused, at).as_deref(), Some(says));
        assert_eq!(alarm(&refused).as_deref(), Some("Nothing was done yet. Please look at what is marked."));
        assert_eq!(refused.text().matches("class=\"error\"").count(), 1, "{}", refused.text());
        assert!(refused.text().contains(&format!("value=\"{}\"", fields[0].1)), "{}", refused.text());
        assert!(!refused.text().contains("97531"), "a PIN is never shown again");
    }
    press(&ada, ADD, &page, &[("username", "tim"), ("display_name", ""), ("pin", "")]).await.expect_status(303);
    let full =
        press(&ada, ADD, &page, &[("username", "tom"), ("display_name", ""), ("pin", "")]).await.expect_status(422);
    let says = "This account has 4 users, which is as many as it can have.";
    assert_eq!(error_at(&full, "username").as_deref(), Some(says));
}

#[tokio::test]
async fn an_owner_changes_name_picture_language_and_username_of_anybody() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let path = page_of(&id_of(&ada, "grace").await);
    let page = ada.get(&path).await.expect_status(200);
    let fields =
        [("username", "hopper"), ("display_name", "Grace Hopper"), ("avatar", "/pictures/grace.png"), ("locale", "fr")];
    let answer = press(&ada, &path, &page, &fields).await;
    assert_eq!(then_said(&ada, &path, answer).await, "The changes are saved.");
    let user = ada.get("/auth/users").await.json()["users"][1].clone();
    assert_eq!(user["username"], "hopper");
    assert_eq!(user["profile"]["avatar_url"], "/pictures/grace.png");
    assert_eq!(user["profile"]["locale"], "fr");
    let list = ada.get(LIST).await.expect_status(200);
    let hopper = &items(&list)[1];
    assert!(hopper.contains("<bdi>Grace Hopper</bdi>") && hopper.contains("<bdi>hopper</bdi>"), "{hopper}");
    assert!(hopper.contains("<img src=\"/pictures/grace.png\" alt=\"\""), "{hopper}");
    // Empty takes away.
    let page = ada.get(&path).await.expect_status(200);
    let fields = [("username", "hopper"), ("display_name", ""), ("avatar", ""), ("locale", "")];
    press(&ada, &path, &page, &fields).await.expect_status(303);
    let user = ada.get("/auth/users").await.json()["users"][1].clone();
    assert_eq!((&user["profile"]["display_name"], &user["profile"]["avatar_url"]), (&json!(null), &json!(null)));
}

#[tokio::test]
async fn what_cannot_be_changed_is_said_at_its_field() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let path = page_of(&id_of(&ada, "grace").await);
    let page = ada.get(&path).await.expect_status(200);
    for (name, value, status, says) in [
        ("username", "kid", 409, "This username is taken. Choose another."),
        ("username", "", 422, "This cannot be a username. Use letters and digits, no blanks and no @."),
        ("display_name", "a\u{2028}b", 422, "This name has signs in it that cannot be shown."),
        (
            "avatar",
            "javascript:alert(1)",
            422,
            "This cannot be a picture of this site. Begin with one slash, such as &#x2f;pictures&#x2f;ada.png.",
        ),
        (
            "avatar",
            "//evil.test/x.png",
            422,
            "This cannot be a picture of this site. Begin with one slash, such as &#x2f;pictures&#x2f;ada.png.",
        ),
        ("locale", "not a tag", 422, "Choose a language from the list."),
    ] {
        let fields = [("username", "grace"), ("display_name", "Grace"), ("avatar", ""), ("locale", "de")];
        let fields = fields.map(|(field, old)| (field, if field == name { value } else { old }));
        let refused = press(&ada, &path, &page, &fields).await.expect_status(status);
        assert_eq!(error_at(&refused, name).as_deref(), Some(says), "{}", refused.text());
        assert!(name == "display_name" || refused.text().contains("value=\"Grace\""), "what was typed is kept");
    }
    assert_eq!(ada.get("/auth/users").await.json()["users"][1]["profile"]["display_name"], json!(null));
}

#[tokio::test]
async fn an_owner_invites_by_mail_after_a_fresh_proof() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    app.letters().await;
    app.clock.advance(mins(5) + secs(1));
    assert_eq!(leads_to(&ada.get(INVITE).await), "../../confirm-identity?next=/account/users/invite");
    ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    let page = ada.get(INVITE).await.expect_status(200);
    let refused = press(&ada, INVITE, &page, &[("email", "bob")]).await.expect_status(422);
    assert_eq!(error_at(&refused, "email").as_deref(), Some("Type the whole address, such as ada@example.com."));
    assert!(refused.text().contains("value=\"bob\""), "{}", refused.text());
    let answer = press(&ada, INVITE, &page, &[("email", GUEST)]).await;
    let said = then_said(&ada, INVITE, answer).await;
    assert_eq!(said, "If the address can be reached, an invitation is on its way.");
    let mail = app.letter("invitation", GUEST).await;
    assert!(mail.link().contains("/invitation?token="));
    // Stale by the time the button is pressed: nothing is sent, and the way back is known.
    app.clock.advance(mins(5) + secs(1));
    let late = press(&ada, INVITE, &page, &[("email", "late@example.test")]).await;
    assert_eq!(leads_to(&late), "../../confirm-identity?next=/account/users/invite");
    assert!(app.letters().await.is_empty());
    let grace = grace(&app, "cookie").await;
    grace.get(INVITE).await.expect_status(403);
}
