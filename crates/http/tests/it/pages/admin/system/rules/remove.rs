//! `/admin/rules/{id}/remove`.

use gatewright_testkit::{TestApp, app::Receiver};
use serde_json::json;

use super::{
    super::{STALE, done, led, read, source},
    PATH, added, path_of_rule,
};
use crate::pages::{admin::admin, form_token, heading, press, send};

#[tokio::test]
async fn a_rule_is_removed_after_one_more_question() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = admin(&app).await;
    added(&admin, &receiver.url(), &[]).await.expect_status(201);
    let one = path_of_rule(&app).await;
    let path = format!("{one}/remove");
    assert!(source(&read(&admin, &one).await).contains(&format!("action=\"../../{}\"", &path[1..])));
    let page = read(&admin, &path).await;
    assert_eq!(heading(&page), "Remove this rule?");
    let elsewhere = form_token(&read(&admin, &one).await);
    let refused = send(&admin, &path, &[("form_token", &elsewhere)]).await.expect_status(403);
    assert_eq!(heading(&refused), STALE);
    let answer = press(&admin, &path, &page, &[]).await;
    assert_eq!(done(&led(&admin, &path, answer).await), "The rule is removed.");
    assert_eq!(admin.get("/admin/v1/rules").await.json(), json!({"rules": []}));
    press(&admin, &path, &page, &[]).await.expect_status(404);
    for gone in [one, path] {
        admin.get(&gone).await.expect_status(404);
    }
    assert_eq!(heading(&read(&admin, PATH).await), "Rules");
}
