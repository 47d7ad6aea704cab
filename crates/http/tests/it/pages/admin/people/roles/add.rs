//! `/admin/add-role`.

use serde_json::{Value, json};

use super::{ADD, admin, app, clerk, define, done, error_at, permissions_of, save};

#[tokio::test]
async fn a_role_is_defined_by_ticks_and_lines() {
    let app = app().await;
    let admin = admin(&app).await;
    let page = admin.get(ADD).await.expect_status(200);
    assert!(page.text().contains("See accounts"), "rights are explained: {}", page.text());
    let answer =
        save(&admin, ADD, &page, Some(" shop "), &["users:read", "accounts:read"], "orders:read\r\n\r\n").await;
    assert_eq!(done(&admin, ADD, answer).await, "The role is saved. It counts from now on.");
    assert_eq!(permissions_of(&admin, "shop").await, json!(["accounts:read", "orders:read", "users:read"]));
}

#[tokio::test]
async fn what_is_wrong_with_a_role_is_said_at_its_field() {
    let app = app().await;
    let admin = admin(&app).await;
    define(&admin, "taken", json!(["users:read"])).await;
    let page = admin.get(ADD).await;
    let many: String = (0..201).map(|number| format!("a:b{number}\n")).collect();
    for (name, typed, status, field, says) in [
        ("", "", 422, "name", "This is no role name"),
        ("No Role", "", 422, "name", "This is no role name"),
        ("taken", "orders:read", 409, "name", "There is a role of this name."),
        ("admin", "", 409, "name", "There is a role of this name."),
        ("auditor", "", 409, "name", "There is a role of this name."),
        ("fresh", "orders:read\norders", 422, "more", "“orders” is no permission."),
        ("fresh", &many, 422, "more", "A role has at most 200 permissions"),
    ] {
        let refused = save(&admin, ADD, &page, Some(name), &["keys:read"], typed).await.expect_status(status);
        let said = error_at(&refused, field).unwrap_or_else(|| panic!("nothing at {field}: {}", refused.text()));
        assert!(said.starts_with(says), "{said}");
        let text = refused.text();
        assert!(text.contains("name=\"right.keys:read\" value=\"keys:read\" checked"), "what was ticked stays: {text}");
    }
    assert_eq!(permissions_of(&admin, "fresh").await, Value::Null);
    assert_eq!(permissions_of(&admin, "taken").await, json!(["users:read"]));
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_who_puts_into_a_role_what_he_does_not_have_is_told_what_it_was() {
    let app = app().await;
    let admin = admin(&app).await;
    let definer = clerk(&app, "definer", &["roles:read", "roles:write", "users:read"]).await;
    let page = definer.get(ADD).await.expect_status(200);
    for (ticked, typed, field, names) in [
        (vec!["users:read", "keys:write"], "", "right", "keys:write"),
        (vec!["users:read"], "orders:write", "more", "orders:write"),
    ] {
        let refused = save(&definer, ADD, &page, Some("fresh"), &ticked, typed).await.expect_status(403);
        let says = format!("You cannot put this into a role: {names}. One gives only what one has oneself.");
        assert_eq!(error_at(&refused, field), Some(says));
    }
    assert_eq!(permissions_of(&admin, "fresh").await, Value::Null);
    let answer = save(&definer, ADD, &page, Some("fresh"), &["users:read"], "").await;
    assert_eq!(done(&definer, ADD, answer).await, "The role is saved. It counts from now on.");
}
