//! What is the same for all of these pages: who gets in, with which right, how fresh, and with whose form.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser},
};

use super::{
    STALE, account_id, account_page, admin, clerk, expect_confirmation, expect_lacking, form_token, grow_stale,
    heading, nobody, send, somebody, user_page,
};
use crate::routes::admin::ALL_RIGHTS;

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Each page about Ada with the rights that reading it and acting on it take, the rightmost of which is missed first, and the fields of one
/// of its forms.
fn pages(account: &str, user: &str) -> Vec<(String, &'static [&'static str], Option<Act>)> {
    let (account, user) = (account_page(account), user_page(user));
    let act = |right, fields| Some(Act { right, fields });
    vec![
        ("/admin/accounts".to_owned(), &["accounts:read"], None),
        (
            "/admin/accounts/add".to_owned(),
            &["accounts:write"],
            act("accounts:write", &[("email", "new@example.test")]),
        ),
        (account.clone(), &["accounts:read"], act("accounts:write", &[("act", "disable")])),
        (
            format!("{account}/delete"),
            &["accounts:read", "accounts:write"],
            act("accounts:write", &[("email", "ada@example.test")]),
        ),
        ("/admin/users".to_owned(), &["users:read"], None),
        (user.clone(), &["users:read"], act("users:write", &[("act", "disable")])),
        (format!("{user}/remove"), &["users:read", "users:write"], act("users:write", &[])),
        (
            format!("{user}/impersonate"),
            &["users:read", "accounts:impersonate"],
            act("accounts:impersonate", &[("reason", "help"), ("minutes", "5")]),
        ),
        ("/admin/roles".to_owned(), &["roles:read"], None),
        ("/admin/add-role".to_owned(), &["roles:write"], act("roles:write", &[("name", "fresh")])),
        ("/admin/roles/some".to_owned(), &["roles:read"], act("roles:write", &[("seen", "users:read")])),
        ("/admin/roles/some/remove".to_owned(), &["roles:read", "roles:write"], act("roles:write", &[])),
    ]
}

/// A form of the page, with the right that it takes.
struct Act {
    right: &'static str,
    fields: &'static [(&'static str, &'static str)],
}

async fn acted(browser: &Browser, path: &str, token: &str, act: &Act) -> Answer {
    let mut fields = vec![("form_token", token)];
    fields.extend(act.fields);
    send(browser, path, &fields).await
}

/// Ada, and a role that there is.
async fn world(app: &TestApp) -> (Browser, Browser) {
    let (admin, ada) = (admin(app).await, somebody(app, "ada").await);
    let body = serde_json::json!({"permissions": ["users:read"]});
    admin.put("/admin/v1/roles/some").json(body).await.expect_status(200);
    (admin, ada)
}

/// Nothing of what the forms ask for was done.
async fn expect_untouched(admin: &Browser, ada: &Browser) {
    ada.get("/auth/me").await.expect_status(200);
    let roles = admin.get("/admin/v1/roles").await.json().to_string();
    assert!(roles.contains("\"some\"") && !roles.contains("\"fresh\""), "{roles}");
    let accounts = admin.get("/admin/v1/accounts?search=new").await.json();
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 0);
}

/// Lets whoever has the role `worker` do exactly this from now on.
async fn let_do(admin: &Browser, rights: &[&str]) {
    let body = serde_json::json!({"permissions": rights});
    admin.put("/admin/v1/roles/worker").json(body).await.expect_status(200);
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az1_each_page_takes_the_rights_of_what_it_shows_and_each_form_that_of_what_it_does() {
    let app = TestApp::start().await;
    let (admin, ada) = world(&app).await;
    let (nobody, worker) = (nobody(&app, "nobody").await, clerk(&app, "worker", &ALL_RIGHTS).await);
    let all_but = |missing: &str| ALL_RIGHTS.into_iter().filter(|right| *right != missing).collect::<Vec<_>>();
    for (path, rights, act) in pages(&account_id(&ada), &ada.user_id()) {
        nobody.get(&path).await.expect_status(403);
        // With every right but one of these it is that one which is missed.
        for missing in rights {
            let_do(&admin, &all_but(missing)).await;
            expect_lacking(worker.get(&path).await, missing);
        }
        let_do(&admin, rights).await;
        let page = worker.get(&path).await.expect_status(200);
        let Some(act) = act else { continue };
        if !rights.contains(&act.right) {
            assert!(!page.text().contains("name=\"form_token\""), "{path} has no form for who only reads it");
        }
        // Who had the right when the page was opened, and has it no more.
        let_do(&admin, &ALL_RIGHTS).await;
        let token = form_token(&worker.get(&path).await.expect_status(200));
        let_do(&admin, &all_but(act.right)).await;
        expect_lacking(acted(&worker, &path, &token, &act).await, act.right);
    }
    expect_untouched(&admin, &ada).await;
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_where_that_is_done() {
    let app = TestApp::start().await;
    let (admin, ada) = world(&app).await;
    for (path, _, act) in pages(&account_id(&ada), &ada.user_id()) {
        let answer = app.browser().get(&path).await.expect_status(303);
        assert!(answer.header("location").unwrap().contains("login?next="), "{path}");
        if let Some(act) = act {
            let answer = acted(&app.browser(), &path, "", &act).await.expect_status(303);
            assert!(answer.header("location").unwrap().contains("login?next="), "{path}");
        }
    }
    expect_untouched(&admin, &ada).await;
}

#[tokio::test]
async fn whose_last_proof_is_old_proves_himself_first_and_comes_back() {
    let app = TestApp::start().await;
    let (admin, ada) = world(&app).await;
    let pages = pages(&account_id(&ada), &ada.user_id());
    let mut tokens = Vec::new();
    for (path, _, act) in &pages {
        let page = admin.get(path).await.expect_status(200);
        tokens.push(act.as_ref().map(|_| form_token(&page)));
    }
    grow_stale(&app);
    for ((path, _, act), token) in pages.iter().zip(tokens) {
        expect_confirmation(admin.get(path).await, path);
        if let (Some(act), Some(token)) = (act, token) {
            expect_confirmation(acted(&admin, path, &token, act).await, path);
        }
    }
    expect_untouched(&app.admin().await, &ada).await;
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb6_a_form_is_good_for_its_page_its_thing_and_its_session() {
    let app = TestApp::start().await;
    let (admin, ada) = world(&app).await;
    let bob = somebody(&app, "bob").await;
    let second = app.admin_in("cookie").await;
    let theirs = pages(&account_id(&bob), &bob.user_id());
    for ((path, _, act), (other, _, _)) in pages(&account_id(&ada), &ada.user_id()).into_iter().zip(theirs) {
        let Some(act) = act else { continue };
        let mut foreign = vec![String::new(), "x".repeat(43)];
        // Of the same page about somebody else, of the same page in another browser, and of another page.
        if other != path {
            foreign.push(form_token(&admin.get(&other).await.expect_status(200)));
        }
        foreign.push(form_token(&second.get(&path).await.expect_status(200)));
        let beside = if path == "/admin/add-role" { "/admin/accounts/add" } else { "/admin/add-role" };
        foreign.push(form_token(&admin.get(beside).await.expect_status(200)));
        for token in foreign {
            let refused = acted(&admin, &path, &token, &act).await.expect_status(403);
            assert_eq!(heading(&refused), STALE, "{path}");
        }
        let token = form_token(&admin.get(&path).await.expect_status(200));
        let mut fields = vec![("form_token", token.as_str())];
        fields.extend(act.fields);
        let body = super::encoded(&fields);
        let call = admin.post(&path).fetch_site(Some("cross-site"));
        call.raw("application/x-www-form-urlencoded", body).await.expect_status(403);
    }
    expect_untouched(&admin, &ada).await;
}

#[tokio::test]
async fn what_is_not_there_is_no_page() {
    let app = TestApp::start().await;
    let (admin, ada) = world(&app).await;
    let (account, user) = (account_id(&ada), ada.user_id());
    let upper = account.to_uppercase();
    for id in [NOBODY, "x", "0", "%00", "..%2Fusers", upper.as_str(), user.as_str()] {
        for below in ["", "/delete"] {
            let page = admin.get(&format!("{}{below}", account_page(id))).await.expect_status(404);
            assert_eq!(heading(&page), "There is no such page", "{id}");
        }
    }
    for id in [NOBODY, "x", "add", "%00", account.as_str()] {
        for below in ["", "/remove", "/impersonate"] {
            let page = admin.get(&format!("{}{below}", user_page(id))).await.expect_status(404);
            assert_eq!(heading(&page), "There is no such page", "{id}");
        }
    }
}
