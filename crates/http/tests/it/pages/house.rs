//! What holds for every page of somebody who is signed in: the table of them, who is let in, what a browser is told, in which language,
//! and that no form of it can be pressed by anybody else.

use std::{fs, path::Path};

use gatewright_testkit::{
    TestApp,
    app::{Browser, Receiver},
};
use serde_json::json;

use super::{STALE, encoded, everywhere::check_headers, heading, send};

/// Every page as its route has it; what is in braces is filled in. A new page is a new line here.
const PAGES: [&str; 38] = [
    "/account",
    "/account/activity",
    "/account/data",
    "/account/delete",
    "/account/security",
    "/account/sessions",
    "/account/users",
    "/account/users/add",
    "/account/users/invite",
    "/account/users/{user}",
    "/account/users/{user}/pin",
    "/account/users/{member}/remove",
    "/admin",
    "/admin/accounts",
    "/admin/accounts/add",
    "/admin/accounts/{account}",
    "/admin/accounts/{account}/delete",
    "/admin/activity",
    "/admin/add-role",
    "/admin/deliveries",
    "/admin/keys",
    "/admin/keys/rotate",
    "/admin/mails",
    "/admin/roles",
    "/admin/roles/{role}",
    "/admin/roles/{role}/remove",
    "/admin/rules",
    "/admin/rules/add",
    "/admin/rules/{rule}",
    "/admin/rules/{rule}/remove",
    "/admin/service-keys",
    "/admin/service-keys/add",
    "/admin/service-keys/{key}/revoke",
    "/admin/settings",
    "/admin/users",
    "/admin/users/{member}",
    "/admin/users/{member}/impersonate",
    "/admin/users/{member}/remove",
];
/// What stands below these folders and is no such page: for everybody, or leading on to one.
const OTHERS: [&str; 2] = ["/account/deleted", "/admin/activity/export"];

const FORM: &str = "application/x-www-form-urlencoded";

/// A system in which there is something on every page, and its admin.
struct House {
    app: TestApp,
    dana: Browser,
    names: Vec<(&'static str, String)>,
    _receiver: Receiver,
}

impl House {
    async fn new() -> Self {
        let (app, receiver) = (TestApp::start().await, Receiver::start().await);
        let dana = app.admin_in("cookie").await;
        let id = |answer: gatewright_testkit::app::Answer| answer.json()["id"].as_str().unwrap().to_owned();
        let member = id(dana.post("/auth/users").json(json!({"username": "cleo"})).await.expect_status(201));
        let role = json!({"permissions": ["pages:read"]});
        dana.put("/admin/v1/roles/editor").json(role).await.expect_status(200);
        let key = json!({"name": "the shop", "permissions": ["users:read"]});
        let key = id(dana.post("/admin/v1/service-keys").json(key).await.expect_status(201));
        let rule = json!({"name": "the shop", "url": receiver.url(), "moments": ["after"]});
        let rule = id(dana.post("/admin/v1/rules").json(rule).await.expect_status(201));
        let account = dana.signed_in()["account"]["id"].as_str().unwrap().to_owned();
        let names = vec![
            ("user", dana.user_id()),
            ("member", member),
            ("account", account),
            ("role", "editor".to_owned()),
            ("key", key),
            ("rule", rule),
        ];
        Self { app, dana, names, _receiver: receiver }
    }

    fn paths(&self) -> impl Iterator<Item = String> {
        let filled = |page: &&str| {
            self.names.iter().fold((*page).to_owned(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id))
        };
        PAGES.iter().map(filled).collect::<Vec<_>>().into_iter()
    }
}

#[test]
fn every_page_that_there_is_stands_in_the_table() {
    let mut found = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page");
    let mut folders = vec![folder.join("account"), folder.join("admin")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(path).unwrap();
                let routes = text.split(".route(").skip(1);
                let routes =
                    routes.map(|rest| rest.trim_start().strip_prefix('"').expect("the path itself stands there"));
                found.extend(routes.map(|rest| bare(rest.split('"').next().unwrap())));
            }
        }
    }
    found.sort();
    let mut known: Vec<String> = PAGES.iter().chain(&OTHERS).map(|page| bare(page)).collect();
    known.sort();
    assert_eq!(found, known);
}

/// A path without the names of what is filled in.
fn bare(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// docs/attacks.md#rendering-an-answer
#[tokio::test]
async fn wb7_every_page_of_the_house_is_for_who_is_signed_in_and_protects_a_browser() {
    let house = House::new().await;
    let nobody = house.app.browser();
    for path in house.paths() {
        let page = house.dana.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {:?}", page.header("location"));
        check_headers(&page, &path);
        assert_eq!(page.text().matches("aria-current=\"page\"").count(), 1, "{path}: where one is");
        let away = nobody.get(&path).await.expect_status(303);
        check_headers(&away, &path);
        let to = away.header("location").unwrap();
        assert!(
            to.ends_with(&format!("login?next={path}"))
                && to.starts_with("../") == (path != "/account" && path != "/admin"),
            "{to}"
        );
        // A link of another site does not carry what would sign in, so the page asks for itself.
        let moment = nobody.get(&path).fetch_site(Some("cross-site")).await.expect_status(401);
        assert_eq!(heading(&moment), "One moment", "{path}");
    }
}

#[tokio::test]
async fn every_page_of_the_house_speaks_the_languages() {
    let house = House::new().await;
    for path in house.paths() {
        let mut titles = Vec::new();
        for language in ["en", "de", "fr"] {
            let page = house.dana.get(&path).header("accept-language", language).await;
            assert_eq!((page.status.as_u16(), page.header("content-language")), (200, Some(language)), "{path}");
            titles.push(heading(&page));
        }
        // The name of a thing is the same in all of them.
        assert!(
            path.matches('/').count() > 2 || titles[0] != titles[1] || titles[0] != titles[2],
            "{path}: {titles:?}"
        );
    }
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb6_no_form_of_the_house_is_good_from_elsewhere_or_from_another_session() {
    let house = House::new().await;
    // The same person in the same browser, in another session.
    let before = house.app.log_in("root", Some("root"), "cookie").await;
    for path in house.paths() {
        let page = house.dana.get(&path).await.expect_status(200);
        if !page.text().contains("method=\"post\"") {
            continue;
        }
        let token = super::form_token(&page);
        // The log is asked for by one form and exported by another, which has a place of its own.
        let to = if path == "/admin/activity" { "/admin/activity/export" } else { &path };
        for site in ["cross-site", "same-site"] {
            let body = encoded(&[("form_token", &token)]);
            let refused = house.dana.post(to).raw(FORM, body).fetch_site(Some(site)).await.expect_status(403);
            check_headers(&refused, &path);
        }
        for bad in ["", "x", &token[1..]] {
            let refused = send(&house.dana, to, &[("form_token", bad), ("act", "remove")]).await.expect_status(403);
            assert_eq!(heading(&refused), STALE, "{path}");
            check_headers(&refused, &path);
        }
        // With the browser's key, but for a session that it was not made for.
        let cookies = house.dana.cookie_header().unwrap();
        let key = cookies.split("; ").find(|pair| pair.contains("gw_form=")).expect(&path);
        let others = before.cookie_header().unwrap();
        let others: Vec<&str> = others.split("; ").filter(|pair| !pair.contains("gw_form=")).collect();
        let call = before.post(to).raw(FORM, encoded(&[("form_token", &token)]));
        let refused = call.cookies(format!("{}; {key}", others.join("; "))).await.expect_status(403);
        assert_eq!(heading(&refused), STALE, "{path}");
    }
}
