//! `/admin/users/{id}`: its roles.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser},
};
use serde_json::{Value, json};

use super::super::{admin, clerk, done, error_at, hidden, notice, press_act, send, somebody, user_page};
use crate::{
    pages::form_token,
    routes::admin::{give_roles, user_path},
};

/// Ticks these roles and types these, and presses the button.
async fn save(by: &Browser, page: &Answer, path: &str, ticked: &[&str], typed: &str) -> Answer {
    let seen = hidden(page, "roles", "seen");
    let names: Vec<String> = ticked.iter().map(|name| format!("role.{name}")).collect();
    let mut fields = vec![("seen", seen.as_str()), ("more", typed)];
    fields.extend(names.iter().zip(ticked).map(|(name, value)| (name.as_str(), *value)));
    press_act(by, page, path, ("roles", ""), &fields).await
}

async fn roles_of(admin: &Browser, user: &str) -> Value {
    admin.get(&user_path(user)).await.json()["roles"].clone()
}

#[tokio::test]
async fn roles_are_given_by_ticks_and_names_of_applications_by_typing() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    admin.put("/admin/v1/roles/support").json(json!({"permissions": ["users:read"]})).await.expect_status(200);
    let path = user_page(&ada.user_id());
    let page = admin.get(&path).await.expect_status(200);
    let answer = save(&admin, &page, &path, &["support"], " editor \n\nfan\r\n").await;
    assert_eq!(done(&admin, &path, answer).await, "The roles are saved.");
    assert_eq!(roles_of(&admin, &ada.user_id()).await, json!(["editor", "fan", "support"]));
    // What is ticked now is what it has; what is left out is taken away.
    let page = admin.get(&path).await.expect_status(200);
    for (name, is_on) in [("admin", false), ("support", true), ("editor", true), ("fan", true)] {
        let ticked = format!("name=\"role.{name}\" value=\"{name}\" checked");
        assert_eq!(page.text().contains(&ticked), is_on, "{name}");
    }
    let answer = save(&admin, &page, &path, &["editor"], "").await;
    assert_eq!(done(&admin, &path, answer).await, "The roles are saved.");
    assert_eq!(roles_of(&admin, &ada.user_id()).await, json!(["editor"]));
}

#[tokio::test]
async fn what_is_no_role_is_said_where_it_was_typed() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let path = user_page(&ada.user_id());
    let page = admin.get(&path).await;
    let refused = save(&admin, &page, &path, &["admin"], "editor\nNo Role").await.expect_status(422);
    let said = error_at(&refused, "roles-more").unwrap();
    assert!(said.starts_with("“No Role” is no role name"), "{said}");
    let text = refused.text();
    assert!(text.contains("editor\nNo Role</textarea>"), "what was typed stays: {text}");
    assert!(text.contains("name=\"role.admin\" value=\"admin\" checked"), "what was ticked stays: {text}");
    let many: String = (0..33).map(|number| format!("role{number}\n")).collect();
    let refused = save(&admin, &page, &path, &[], &many).await.expect_status(422);
    assert_eq!(error_at(&refused, "roles-role").as_deref(), Some("A user has at most 32 roles."));
    assert_eq!(roles_of(&admin, &ada.user_id()).await, json!([]));
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_who_gives_what_he_does_not_have_is_told_which_role_it_was() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    for (name, may) in [("keeper", "keys:write"), ("viewer", "users:read")] {
        let body = json!({"permissions": [may]});
        admin.put(&format!("/admin/v1/roles/{name}")).json(body).await.expect_status(200);
    }
    let manager = clerk(&app, "manager", &["users:read", "users:write", "roles:read"]).await;
    let friend = somebody(&app, "friend").await;
    let path = user_page(&friend.user_id());
    let page = manager.get(&path).await.expect_status(200);
    let refused = save(&manager, &page, &path, &["viewer", "keeper", "admin"], "").await.expect_status(403);
    let says = "You cannot give: admin, keeper. One gives only roles whose rights one has oneself.";
    assert_eq!(error_at(&refused, "roles-role").as_deref(), Some(says));
    let answer = save(&manager, &page, &path, &["viewer"], "fan").await;
    assert_eq!(done(&manager, &path, answer).await, "The roles are saved.");
    // To himself not even a name that only applications know.
    let own = user_page(&manager.user_id());
    let page = manager.get(&own).await.expect_status(200);
    let refused = save(&manager, &page, &own, &["manager"], "fan").await.expect_status(403);
    let says = "You cannot give: fan. One gives only roles whose rights one has oneself.";
    assert_eq!(error_at(&refused, "roles-role").as_deref(), Some(says));
    assert_eq!(roles_of(&admin, &manager.user_id()).await, json!(["manager"]));
    // Who may do more is touched by nobody who may do less.
    let other = user_page(&admin.user_id());
    let page = manager.get(&other).await.expect_status(200);
    let refused = save(&manager, &page, &other, &["admin", "viewer"], "").await.expect_status(403);
    let says = "Nothing was done: this would touch somebody who may do more here than you.";
    assert_eq!(notice(&refused, "alert").as_deref(), Some(says));
}

/// Two admins at the same page: what the second one has not seen he does not overwrite.
#[tokio::test]
async fn az9_roles_that_were_changed_meanwhile_are_shown_and_not_overwritten() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    admin.put("/admin/v1/roles/brief").json(json!({"permissions": []})).await.expect_status(200);
    let path = user_page(&ada.user_id());
    let page = admin.get(&path).await;
    give_roles(&admin, &ada.user_id(), &["editor"]).await.expect_status(200);
    let refused = save(&admin, &page, &path, &["brief"], "").await.expect_status(409);
    let says = "Nothing was done: somebody has changed this meanwhile. This is how it is now.";
    assert_eq!(notice(&refused, "alert").as_deref(), Some(says));
    assert!(refused.text().contains("value=\"editor\" checked") && !refused.text().contains("value=\"brief\" checked"));
    assert_eq!(roles_of(&admin, &ada.user_id()).await, json!(["editor"]));
    // A role that was ticked and is none any more.
    admin.delete("/admin/v1/roles/brief").await.expect_status(204);
    save(&admin, &refused, &path, &["brief", "editor"], "").await.expect_status(409);
    assert_eq!(roles_of(&admin, &ada.user_id()).await, json!(["editor"]));
    // Nor is anything taken from a form that has lost a part on its way.
    let token = form_token(&refused);
    let bare = [("form_token", token.as_str()), ("act", "roles")];
    send(&admin, &path, &bare).await.expect_status(409);
    assert_eq!(roles_of(&admin, &ada.user_id()).await, json!(["editor"]));
}
