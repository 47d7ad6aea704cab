//! `/admin/roles/{name}/remove`.

use serde_json::{Value, json};

use super::{admin, app, clerk, define, done, heading, notice, page_of, permissions_of, press};

#[tokio::test]
async fn a_role_is_removed_after_a_second_look() {
    let app = app().await;
    let admin = admin(&app).await;
    define(&admin, "fan", json!(["users:read"])).await;
    let path = format!("{}/remove", page_of("fan"));
    let page = admin.get(&path).await.expect_status(200);
    assert_eq!(heading(&page), "Remove the role fan?");
    assert_eq!(permissions_of(&admin, "fan").await, json!(["users:read"]));
    let answer = press(&admin, &path, &page, &[]).await;
    assert_eq!(done(&admin, &path, answer).await, "The role is removed.");
    assert_eq!(permissions_of(&admin, "fan").await, Value::Null);
    press(&admin, &path, &page, &[]).await.expect_status(404);
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_a_role_that_gives_more_than_one_has_is_not_removed() {
    let app = app().await;
    let admin = admin(&app).await;
    define(&admin, "keeper", json!(["keys:write"])).await;
    let definer = clerk(&app, "definer", &["roles:read", "roles:write"]).await;
    let path = format!("{}/remove", page_of("keeper"));
    let page = definer.get(&path).await.expect_status(200);
    let refused = press(&definer, &path, &page, &[]).await.expect_status(403);
    let says = "You cannot change or remove this role: it gives what you do not have yourself (keys:write).";
    assert_eq!(notice(&refused, "alert").as_deref(), Some(says));
    assert_eq!(permissions_of(&admin, "keeper").await, json!(["keys:write"]));
}
