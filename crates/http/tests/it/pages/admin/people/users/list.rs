//! `/admin/users`.

use gatewright_testkit::{TestApp, app::secs};
use serde_json::json;

use super::super::{admin, all_listed, encoded, heading, listed, naughty, skeleton, somebody};

const PATH: &str = "/admin/users";

#[tokio::test]
async fn users_are_listed_newest_first_found_by_their_names_and_told_apart_by_their_role() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let mut ids = vec![admin.user_id()];
    for name in ["ada", "adam", "bob"] {
        app.clock.advance(secs(1));
        ids.insert(0, somebody(&app, name).await.user_id());
    }
    let page = admin.get(PATH).await.expect_status(200);
    assert_eq!(heading(&page), "Users");
    assert_eq!(listed(&page, "admin/users"), ids);
    for (query, found) in [
        ("search=AD", vec![2, 1]),
        ("search=adam", vec![1]),
        ("search=&role=", vec![0, 1, 2, 3]),
        ("role=admin", vec![3]),
        ("role=admin&search=ro", vec![3]),
    ] {
        let page = admin.get(&format!("{PATH}?{query}")).await.expect_status(200);
        assert_eq!(
            listed(&page, "admin/users"),
            found.iter().map(|at| ids[*at].clone()).collect::<Vec<_>>(),
            "{query}"
        );
    }
    let page = admin.get(&format!("{PATH}?role=admin&search=ada")).await.expect_status(200);
    assert!(page.text().contains("There is no such user."), "{}", page.text());
    assert!(page.text().contains("<option value=\"admin\" selected>"), "what was chosen stays");
    let unknown = admin.get(&format!("{PATH}?role=editor")).await.expect_status(422);
    assert_eq!(heading(&unknown), "This could not be understood");
}

#[tokio::test]
async fn a_list_of_users_is_read_to_its_end_without_loss() {
    let app = TestApp::start().await;
    let (admin, program) = (admin(&app).await, app.program(&["accounts:write"]).await);
    for number in 0..60 {
        let name = if number % 2 == 0 { "even" } else { "odd" };
        let body = json!({"email": format!("u{number}@example.test"), "username": format!("{name}-user{number}")});
        program.post("/admin/v1/accounts").json(body).await.expect_status(201);
    }
    assert_eq!(all_listed(&admin, PATH, "admin/users").await.len(), 61);
    assert_eq!(all_listed(&admin, &format!("{PATH}?search=odd-"), "admin/users").await.len(), 30);
}

/// docs/attacks.md#script-by-a-name
#[tokio::test]
async fn wb10_whatever_a_user_is_called_is_a_name_on_the_pages_of_admins() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let called = async |name: &str| {
        let answer = ada.patch("/auth/me").json(json!({"profile": {"display_name": name}})).await;
        if answer.status != 200 {
            return None;
        }
        let list = admin.get(&format!("{PATH}?search=ada")).await.expect_status(200);
        let one = admin.get(&format!("{PATH}/{}", ada.user_id())).await.expect_status(200);
        Some([skeleton(&list), skeleton(&one)])
    };
    let harmless = called("harmless").await.unwrap();
    let mut taken = 0;
    for text in naughty() {
        let Some(pages) = called(&text).await else { continue };
        assert_eq!(pages, harmless, "{text:?}");
        taken += 1;
    }
    assert!(taken > 400, "{taken}");
    for text in ["<script>", "%", "'", "\0", "\u{202e}", "a b", "@"] {
        let page = admin.get(&format!("{PATH}?{}", encoded(&[("search", text)]))).await.expect_status(200);
        assert!(page.text().contains("There is no such user."), "{text:?}");
    }
}
