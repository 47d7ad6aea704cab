//! `/admin/users/{id}`: what admins note about it.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser},
};
use serde_json::{Value, json};

use super::super::{admin, done, error_at, hidden, notice, press_act, somebody, unescaped, user_page};
use crate::routes::admin::user_path;

async fn save(by: &Browser, page: &Answer, path: &str, text: &str) -> Answer {
    let seen = hidden(page, "notes", "seen");
    press_act(by, page, path, ("notes", ""), &[("seen", &seen), ("notes", text)]).await
}

async fn notes_of(admin: &Browser, user: &str) -> Value {
    admin.get(&user_path(user)).await.json()["app_metadata"].clone()
}

/// What stands in the field.
fn typed(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("<textarea id=\"notes-notes\"").unwrap();
    let (_, rest) = rest.split_once(">\n").unwrap();
    unescaped(rest.split("</textarea>").next().unwrap())
}

#[tokio::test]
async fn notes_are_edited_as_one_text() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let path = user_page(&ada.user_id());
    for (text, expected) in [
        (
            "{\"plan\": \"gold\", \"seats\": {\"paid\": 3, \"free\": 1}}",
            json!({"plan": "gold", "seats": {"paid": 3, "free": 1}}),
        ),
        (
            "{\"seats\": {\"paid\": 4}, \"note\": \"</textarea><script>\"}",
            json!({"seats": {"paid": 4}, "note": "</textarea><script>"}),
        ),
        ("{\"seats\": [null, {\"a\": \"é\"}]}", json!({"seats": [null, {"a": "é"}]})),
        ("  ", json!({})),
    ] {
        let page = admin.get(&path).await.expect_status(200);
        let answer = save(&admin, &page, &path, text).await;
        assert_eq!(done(&admin, &path, answer).await, "The notes are saved.");
        assert_eq!(notes_of(&admin, &ada.user_id()).await, expected);
        let shown: Value = serde_json::from_str(&typed(&admin.get(&path).await)).unwrap();
        assert_eq!(shown, expected);
    }
}

#[tokio::test]
async fn what_is_no_object_of_json_is_said_at_the_field() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let path = user_page(&ada.user_id());
    let page = admin.get(&path).await;
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(30), "]".repeat(30));
    let long = format!("{{\"a\": \"{}\"}}", "x".repeat(4096));
    for (text, says) in [
        ("{\"a\": 1,\n \"b\" 2}", "This is no JSON: look at line 2, column 6."),
        ("{", "This is no JSON: look at line 1, column 1."),
        ("[]", "This has to be one JSON object"),
        ("null", "This has to be one JSON object"),
        ("{\"a\": 1, \"a\": 2}", "This has to be one JSON object"),
        (&deep, "This has to be one JSON object"),
        (&long, "This is too long: at most 4096 bytes."),
    ] {
        let refused = save(&admin, &page, &path, text).await.expect_status(422);
        let said = error_at(&refused, "notes-notes").unwrap_or_else(|| panic!("nothing: {}", refused.text()));
        assert!(said.starts_with(says), "{said}");
        assert_eq!(typed(&refused), text, "what was typed stays");
    }
    assert_eq!(notes_of(&admin, &ada.user_id()).await, json!({}));
}

#[tokio::test]
async fn az9_notes_that_were_changed_meanwhile_are_shown_and_not_overwritten() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let path = user_page(&ada.user_id());
    let page = admin.get(&path).await;
    let patch = json!({"app_metadata": {"plan": "gold"}});
    admin.patch(&user_path(&ada.user_id())).json(patch).await.expect_status(200);
    let refused = save(&admin, &page, &path, "{\"seats\": 1}").await.expect_status(409);
    let says = "Nothing was done: somebody has changed this meanwhile. This is how it is now.";
    assert_eq!(notice(&refused, "alert").as_deref(), Some(says));
    assert!(typed(&refused).contains("gold"), "{}", refused.text());
    assert_eq!(notes_of(&admin, &ada.user_id()).await, json!({"plan": "gold"}));
}

#[tokio::test]
async fn the_longest_notes_go_through_the_form_and_back() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let path = user_page(&ada.user_id());
    let many: Value = (0..200)
        .map(|number| (format!("k{number:03}"), json!({"é": number})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    assert!(many.to_string().len() > 3000, "near to what a user may have");
    let body = json!({"app_metadata": many});
    admin.patch(&user_path(&ada.user_id())).json(body).await.expect_status(200);
    let page = admin.get(&path).await.expect_status(200);
    let text = typed(&page).replace("\"k000\"", "\"k\"");
    let answer = save(&admin, &page, &path, &text.replace('\n', "\r\n")).await;
    assert_eq!(done(&admin, &path, answer).await, "The notes are saved.");
    let now = notes_of(&admin, &ada.user_id()).await;
    assert_eq!((now["k"]["é"].clone(), now.get("k000")), (json!(0), None));
    assert_eq!(now.as_object().unwrap().len(), 200);
}
