//! `/admin/roles`.

use serde_json::json;

use super::{LIST, admin, app, clerk, define, heading, plain};

#[tokio::test]
async fn roles_are_listed_with_what_they_give_and_who_defined_them() {
    let app = app().await;
    let admin = admin(&app).await;
    define(&admin, "support", json!(["users:read", "orders:write"])).await;
    define(&admin, "fan", json!([])).await;
    let page = admin.get(LIST).await.expect_status(200);
    assert_eq!(heading(&page), "Roles");
    let text = plain(&page);
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what}: {text}"));
    assert!(at("Built in") < at("From the settings") && at("From the settings") < at("Defined here"));
    for expected in ["everything here", "activity:read", "orders:write, users:read", "nothing", "admin/add-role\""] {
        at(expected);
    }
    assert!(at("role=admin") > 0, "who administers is one click away");
    let reader = clerk(&app, "reader", &["roles:read"]).await;
    let text = plain(&reader.get(LIST).await.expect_status(200));
    assert!(text.contains("support") && !text.contains("add-role") && !text.contains("role=admin"), "{text}");
}
