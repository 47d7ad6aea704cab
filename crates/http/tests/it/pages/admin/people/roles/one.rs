//! `/admin/roles/{name}`.

use serde_json::json;

use super::{
    admin, app, clerk, define, done, error_at, follow, heading, notice, of_settings, page_of, permissions_of, plain,
    press, save,
};

#[tokio::test]
async fn a_role_is_changed_where_it_stands() {
    let app = app().await;
    let admin = admin(&app).await;
    define(&admin, "add:role.x_y-z", json!(["users:read", "orders:read"])).await;
    let path = page_of("add:role.x_y-z");
    let page = admin.get(&path).await.expect_status(200);
    assert_eq!(heading(&page), "Role add:role.x_y-z");
    let text = plain(&page);
    assert!(text.contains("value=\"users:read\" checked") && text.contains("orders:read</textarea>"), "{text}");
    assert!(text.contains("/remove\""), "{text}");
    let answer = save(&admin, &path, &page, None, &["keys:read"], "orders:write").await;
    let list = follow(&admin, &path, &answer.expect_status(303)).await.expect_status(200);
    assert_eq!(notice(&list, "status").as_deref(), Some("The role is saved. It counts from now on."));
    assert_eq!(permissions_of(&admin, "add:role.x_y-z").await, json!(["keys:read", "orders:write"]));
    // The same form once more: somebody has changed it since, if only oneself.
    let refused = save(&admin, &path, &page, None, &[], "").await.expect_status(409);
    assert!(notice(&refused, "alert").unwrap().starts_with("Nothing was done: somebody has changed this meanwhile."));
    assert!(refused.text().contains("orders:write</textarea>"), "{}", refused.text());
}

#[tokio::test]
async fn what_cannot_be_changed_here_says_why() {
    let app = app().await;
    let admin = admin(&app).await;
    for (name, says) in [
        ("admin", "This role is built in: it may do everything here, always, and nobody can change or remove it."),
        ("auditor", "This role comes from the operator’s settings and is changed there, not here."),
    ] {
        for path in [page_of(name), format!("{}/remove", page_of(name))] {
            let text = admin.get(&path).await.expect_status(200).text();
            assert!(text.contains(says) && !text.contains("<form"), "{text}");
        }
    }
    for nothing in ["nothing", "No%20Role", "%00", "1x"] {
        admin.get(&page_of(nothing)).await.expect_status(404);
        admin.get(&format!("{}/remove", page_of(nothing))).await.expect_status(404);
    }
    let reader = clerk(&app, "reader", &["roles:read"]).await;
    let text = plain(&reader.get(&page_of("reader")).await.expect_status(200));
    assert!(text.contains("roles:read") && !text.contains("<form") && !text.contains("/remove"), "{text}");
}

/// The token of one role's page is none for another's.
#[tokio::test]
async fn wb6_the_form_of_one_role_changes_no_other() {
    let app = app().await;
    let admin = admin(&app).await;
    define(&admin, "stored", json!([])).await;
    let page = admin.get(&page_of("stored")).await.expect_status(200);
    let refused = save(&admin, &page_of("auditor"), &page, None, &[], "").await.expect_status(403);
    assert_eq!(heading(&refused), super::super::STALE);
    assert_eq!(permissions_of(&admin, "auditor").await, json!(["activity:read"]));
}

/// While a change of the settings goes round the nodes, a form comes from one that does not know of it yet.
#[tokio::test]
async fn a_role_that_the_settings_define_meanwhile_is_refused_in_words() {
    let app = app().await;
    let admin = admin(&app).await;
    define(&admin, "stored", json!(["activity:read"])).await;
    let newer = app.another_node_with(|policy| policy.roles.push(of_settings("stored"))).await;
    let there = admin.at(&newer);
    let page = admin.get(&page_of("stored")).await.expect_status(200);
    let refused = save(&there, &page_of("stored"), &page, None, &["users:write"], "").await.expect_status(409);
    let fixed = "Nothing was done: this role is built in or comes from the operator’s settings.";
    assert_eq!(notice(&refused, "alert").as_deref(), Some(fixed));
    assert!(!refused.text().contains("<form"), "there is nothing to change: {}", refused.text());
    let path = format!("{}/remove", page_of("stored"));
    let page = admin.get(&path).await.expect_status(200);
    let refused = press(&there, &path, &page, &[]).await.expect_status(409);
    assert_eq!(notice(&refused, "alert").as_deref(), Some(fixed));
    assert_eq!(permissions_of(&admin, "stored").await, json!(["activity:read"]));
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_a_role_that_gives_more_than_one_has_is_neither_changed_nor_filled() {
    let app = app().await;
    let admin = admin(&app).await;
    define(&admin, "keeper", json!(["keys:write"])).await;
    define(&admin, "viewer", json!(["users:read"])).await;
    let definer = clerk(&app, "definer", &["roles:read", "roles:write", "users:read"]).await;
    let path = page_of("keeper");
    let page = definer.get(&path).await.expect_status(200);
    let refused = save(&definer, &path, &page, None, &[], "").await.expect_status(403);
    let says = "You cannot change or remove this role: it gives what you do not have yourself (keys:write).";
    assert_eq!(notice(&refused, "alert").as_deref(), Some(says));
    let path = page_of("viewer");
    let page = definer.get(&path).await.expect_status(200);
    let refused = save(&definer, &path, &page, None, &["users:read", "keys:write"], "").await.expect_status(403);
    let says = "You cannot put this into a role: keys:write. One gives only what one has oneself.";
    assert_eq!(error_at(&refused, "right").as_deref(), Some(says));
    let answer = save(&definer, &path, &page, None, &[], "").await;
    assert_eq!(done(&definer, &path, answer).await, "The role is saved. It counts from now on.");
    assert_eq!(permissions_of(&admin, "keeper").await, json!(["keys:write"]));
}
