//! `/admin/v1/keys`.

mod rotate;

use gatewright_testkit::TestApp;

use super::each;

const KEYS: &str = "/admin/v1/keys";

#[tokio::test]
async fn keys_are_shown_by_what_is_public_of_them() {
    let app = TestApp::start().await;
    let shown = app.admin().await.get(KEYS).await.expect_status(200).json();
    assert_eq!(each(&shown["keys"], "state").iter().filter(|state| *state == "signing").count(), 1);
    for key in shown["keys"].as_array().unwrap() {
        let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        let known = ["alg", "created_at", "kid", "published_at", "retiring_since", "signing_since", "state"];
        assert_eq!(names, known);
    }
}
