//! Nobody raises himself, gives what he does not have, or acts on somebody who may do more (SECURITY AZ6).

use gatewright_testkit::{TestApp, app::Browser};
use serde_json::{Value, json};

use super::{ALL_RIGHTS, account_id, account_path, give_roles, somebody, user_path, with_role};

/// What a user may do, and what admins see of it.
async fn roles_of(admin: &Browser, user: &Browser) -> Value {
    admin.get(&user_path(&user.user_id())).await.json()["roles"].clone()
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_nobody_gives_himself_a_role_that_gives_more() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let manager = with_role(&app, "manager", &["users:read", "users:write", "sessions:read"]).await;
    admin.put("/admin/v1/roles/keeper").json(json!({"permissions": ["keys:write"]})).await.expect_status(200);
    admin.put("/admin/v1/roles/viewer").json(json!({"permissions": ["users:read"]})).await.expect_status(200);
    let own = manager.user_id();
    for roles in [vec!["manager", "admin"], vec!["admin"], vec!["manager", "keeper"], vec!["manager", "undefined"]] {
        give_roles(&manager, &own, &roles).await.expect_problem(403, "permission_denied");
    }
    // Nor to somebody who would then do it for him.
    let friend = somebody(&app, "friend").await;
    for roles in [["admin"], ["keeper"]] {
        give_roles(&manager, &friend.user_id(), &roles).await.expect_problem(403, "permission_denied");
    }
    assert_eq!(roles_of(&admin, &manager).await, json!(["manager"]));
    assert_eq!(roles_of(&admin, &friend).await, json!([]));
    // What he has he may give, to himself as well, and a name that only an app knows to others.
    give_roles(&manager, &own, &["manager", "viewer"]).await.expect_status(200);
    give_roles(&manager, &friend.user_id(), &["manager", "editor"]).await.expect_status(200);
    for path in ["/auth/me", &format!("/auth/users/{own}")] {
        let body = json!({"roles": ["admin"]});
        manager.patch(path).json(body).await.expect_problem(422, "validation_failed");
    }
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_nobody_defines_a_role_so_that_it_gives_more_than_he_has() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let definer = with_role(&app, "definer", &["roles:read", "roles:write", "users:read", "users:write"]).await;
    let put = |name: &str, permissions: Value| {
        let (definer, path) = (definer.copy(), format!("/admin/v1/roles/{name}"));
        async move { definer.put(&path).json(json!({"permissions": permissions})).await }
    };
    let own = json!(["roles:read", "roles:write", "users:read", "users:write", "keys:write"]);
    put("definer", own).await.expect_problem(403, "permission_denied");
    put("fresh", json!(["keys:write"])).await.expect_problem(403, "permission_denied");
    put("fresh", json!(["orders:write"])).await.expect_problem(403, "permission_denied");
    put("admin", json!(["roles:read"])).await.expect_problem(409, "role_fixed");
    // In two steps: a role that he may define is given to himself, and then made more.
    put("fresh", json!(["users:read"])).await.expect_status(200);
    give_roles(&definer, &definer.user_id(), &["definer", "fresh"]).await.expect_status(200);
    put("fresh", json!(["users:read", "keys:write"])).await.expect_problem(403, "permission_denied");
    // A role that has more than he has he neither changes nor removes: that would end somebody's rights.
    admin.put("/admin/v1/roles/keeper").json(json!({"permissions": ["keys:write"]})).await.expect_status(200);
    put("keeper", json!([])).await.expect_problem(403, "permission_denied");
    definer.delete("/admin/v1/roles/keeper").await.expect_problem(403, "permission_denied");
    definer.get("/admin/v1/keys").await.expect_problem(403, "permission_denied");
    // A name that a user has already, undefined, is nothing that he could fill with what he lacks.
    give_roles(&admin, &definer.user_id(), &["definer", "latent"]).await.expect_status(200);
    put("latent", json!(["accounts:write"])).await.expect_problem(403, "permission_denied");
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_nobody_makes_a_service_key_that_may_more_than_he() {
    let app = TestApp::start().await;
    app.admin().await;
    let clerk = with_role(&app, "clerk", &["service-keys:read", "service-keys:write", "users:read"]).await;
    let make = |by: &Browser, permissions: Value| {
        let by = by.copy();
        async move { by.post("/admin/v1/service-keys").json(json!({"name": "x", "permissions": permissions})).await }
    };
    for more in [json!(["users:write"]), json!(["users:read", "accounts:read"]), json!(ALL_RIGHTS), json!(["a:b"])] {
        make(&clerk, more).await.expect_problem(403, "permission_denied");
    }
    let made = make(&clerk, json!(["service-keys:write", "users:read"])).await.expect_status(201).json();
    // The key makes no stronger one either.
    let program = app.program_with(made["key"].as_str().unwrap());
    make(&program, json!(["service-keys:read"])).await.expect_problem(403, "permission_denied");
    program.get("/admin/v1/users").await.expect_status(200);
    program.get("/admin/v1/service-keys").await.expect_problem(403, "permission_denied");
    // Nor does he revoke one that may do more.
    let strong = app.program(&ALL_RIGHTS).await;
    let all = clerk.get("/admin/v1/service-keys").await.expect_status(200).json();
    let strongest = all["service_keys"].as_array().unwrap().iter();
    let strongest = strongest.max_by_key(|key| key["permissions"].as_array().unwrap().len()).unwrap()["id"].clone();
    let path = format!("/admin/v1/service-keys/{}", strongest.as_str().unwrap());
    clerk.delete(&path).await.expect_problem(403, "permission_denied");
    strong.get("/admin/v1/users").await.expect_status(200);
    // A service key that has every right gives nobody the built-in role: that is more than the sum of them.
    let friend = somebody(&app, "friend").await;
    give_roles(&strong, &friend.user_id(), &["admin"]).await.expect_problem(403, "permission_denied");
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_support_does_not_touch_who_may_do_more() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let rights =
        ["accounts:read", "accounts:write", "accounts:impersonate", "users:read", "users:write", "sessions:write"];
    let support = with_role(&app, "support", &rights).await;
    // Somebody else on the admin's account makes no difference to it.
    admin.post("/auth/users").json(json!({"username": "helper"})).await.expect_status(201);
    let (user, account) = (user_path(&admin.user_id()), account_path(&account_id(&admin)));
    let denied = "permission_denied";
    give_roles(&support, &admin.user_id(), &[]).await.expect_problem(403, denied);
    support.patch(&user).json(json!({"disabled": true})).await.expect_problem(403, denied);
    support.patch(&user).json(json!({"app_metadata": {"x": 1}})).await.expect_problem(403, denied);
    support.delete(&user).await.expect_problem(403, denied);
    support.patch(&account).json(json!({"disabled": true})).await.expect_problem(403, denied);
    support.delete(&account).await.expect_problem(403, denied);
    support.post(&format!("{account}/reset")).await.expect_problem(403, denied);
    let reason = json!({"reason": "curious"});
    support.post(&format!("{user}/impersonate")).json(reason.clone()).await.expect_problem(403, denied);
    let session = format!("/admin/v1/sessions/{}", admin.session_id());
    support.delete(&session).await.expect_problem(403, denied);
    admin.get("/admin/v1/accounts").await.expect_status(200);
    // A colleague and a customer he may.
    let colleague = somebody(&app, "colleague").await;
    give_roles(&support, &colleague.user_id(), &["support"]).await.expect_status(200);
    support.post(&format!("{}/impersonate", user_path(&colleague.user_id()))).json(reason).await.expect_status(201);
    support.delete(&format!("/admin/v1/sessions/{}", colleague.session_id())).await.expect_status(204);
    support.patch(&user_path(&colleague.user_id())).json(json!({"disabled": true})).await.expect_status(200);
    support.delete(&account_path(&account_id(&colleague))).await.expect_status(204);
}

#[tokio::test]
async fn az6_roles_of_the_settings_cannot_be_turned_into_something_else() {
    let role = gatewright::core::model::Role {
        name: "auditor".parse().unwrap(),
        permissions: gatewright::core::model::Permissions::new(vec!["activity:read".parse().unwrap()]),
        changed_at: gatewright::core::model::Timestamp::from_secs(0),
    };
    let setup = gatewright_testkit::app::Setup::default().policy(|policy| policy.roles = vec![role]);
    let app = setup.start().await;
    let admin = app.admin().await;
    for by in [&admin, &app.program(&ALL_RIGHTS).await] {
        for name in ["auditor", "admin"] {
            let path = format!("/admin/v1/roles/{name}");
            by.put(&path).json(json!({"permissions": ["keys:write"]})).await.expect_problem(409, "role_fixed");
            by.delete(&path).await.expect_problem(409, "role_fixed");
        }
    }
    let roles = admin.get("/admin/v1/roles").await.json();
    let sources: Vec<_> =
        roles["roles"].as_array().unwrap().iter().map(|role| (&role["name"], &role["source"])).collect();
    let (name, source) = (json!(["admin", "auditor"]), json!(["built_in", "settings"]));
    assert_eq!(sources, [(&name[0], &source[0]), (&name[1], &source[1])]);
}
