//! `/admin/v1/roles`.

use gatewright_testkit::TestApp;
use serde_json::json;

use super::{each, noted, with_role};
use crate::routes::{expect_field, refuses_members, refuses_other_bodies};

const ROLES: &str = "/admin/v1/roles";

#[tokio::test]
async fn what_no_role_can_be_is_told_by_its_member() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let put = || admin.put("/admin/v1/roles/editor");
    refuses_other_bodies(put).await;
    let many: Vec<_> = (0..201).map(|at| format!("p{at}:read")).collect();
    let invalid = "validation_failed";
    let table = [
        (json!({}), invalid, "permissions"),
        (json!({"permissions": "pages:read"}), invalid, "permissions"),
        (json!({"permissions": ["pages"]}), invalid, "permissions"),
        (json!({"permissions": ["*:*"]}), invalid, "permissions"),
        (json!({"permissions": ["Pages:read"]}), invalid, "permissions"),
        (json!({"permissions": many}), invalid, "permissions"),
        (json!({"permissions": [], "name": "other"}), invalid, "name"),
    ];
    refuses_members(put, table).await;
    for name in ["Editor", "1st", "a%20b", &"x".repeat(65), "%C3%A4"] {
        let refused = admin.put(&format!("{ROLES}/{name}")).json(json!({"permissions": []})).await;
        expect_field(refused, invalid, "name");
        admin.delete(&format!("{ROLES}/{name}")).await.expect_problem(404, "not_found");
    }
    assert_eq!(each(&admin.get(ROLES).await.json()["roles"], "name"), ["admin"]);
}

#[tokio::test]
async fn a_role_is_defined_anew_and_removed() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let editor = format!("{ROLES}/editor");
    let body = json!({"permissions": ["pages:write", "accounts:read", "pages:write"]});
    let made = admin.put(&editor).json(body).await.expect_status(200).json();
    assert_eq!(made["permissions"], json!(["accounts:read", "pages:write"]));
    assert_eq!(made["source"], "stored");
    admin.put(&editor).json(json!({"permissions": ["pages:read"]})).await.expect_status(200);
    let all = admin.get(ROLES).await.expect_status(200).json();
    assert_eq!(each(&all["roles"], "name"), ["admin", "editor"]);
    assert_eq!(each(&all["roles"], "source"), ["built_in", "stored"]);
    assert_eq!(all["roles"][0]["permissions"], json!(super::ALL_RIGHTS));
    assert_eq!(all["roles"][1]["permissions"], json!(["pages:read"]));
    admin.delete(&editor).await.expect_status(204);
    admin.delete(&editor).await.expect_problem(404, "not_found");
    let noted = noted(&admin, "role_changed,role_removed").await;
    let acts = each(&json!(noted), "act");
    assert_eq!(acts, ["role_removed", "role_changed", "role_changed"]);
    assert_eq!(noted[1]["detail"], json!({"role": "editor", "permissions": ["pages:read"]}));
    assert_eq!(noted[1]["account_id"], json!(null));
    assert_eq!(noted[1]["actor"], json!({"kind": "admin", "id": admin.user_id()}));
}

#[tokio::test]
async fn a_removed_role_gives_nothing_any_more_and_its_name_stays() {
    let app = TestApp::start().await;
    let support = with_role(&app, "support", &["accounts:read"]).await;
    support.get("/admin/v1/accounts").await.expect_status(200);
    let admin = app.admin().await;
    admin.delete(&format!("{ROLES}/support")).await.expect_status(204);
    support.get("/admin/v1/accounts").await.expect_problem(403, "permission_denied");
    assert_eq!(support.get("/auth/me").await.json()["user"]["roles"], json!(["support"]));
}
