//! `/invitation`.

use super::{DEAD, GUEST, Scene, done, error_at, has_session, heading, open, press};

const PATH: &str = "/invitation";

#[tokio::test]
async fn who_was_invited_joins_by_the_button_or_by_the_code() {
    for by_code in [false, true] {
        let Scene { app, mail, .. } = Scene::of("invitation").await;
        let (bob, code) = (app.browser(), mail.code());
        let (page, proof) = match by_code {
            false => (open(&bob, &mail).await, vec![]),
            true => (bob.get(PATH).await, vec![("email", GUEST), ("code", code.as_str())]),
        };
        assert_eq!(heading(&page), "Join an account");
        let with = |name| proof.iter().copied().chain([("username", name)]).collect::<Vec<_>>();
        let (long, scene) = ("x".repeat(300), "bob");
        for (name, status, says) in [
            ("", 422, "Choose a username."),
            ("bob@example.test", 422, "This cannot be a username."),
            ("two words", 422, "This cannot be a username."),
            (long.as_str(), 422, "This username is too long."),
            ("ada", 409, "This username is taken."),
        ] {
            let refused = press(&bob, PATH, &page, &with(name)).await.expect_status(status);
            assert!(error_at(&refused, "username").unwrap().starts_with(says), "{name}: {}", refused.text());
            assert!(name.is_empty() || refused.text().contains(&format!("value=\"{name}\"")), "{name}");
        }
        let answer = press(&bob, PATH, &page, &with(scene)).await;
        assert_eq!(done(&bob, PATH, answer).await, "Welcome");
        assert!(has_session(&bob).await);
        assert_eq!(bob.get("/auth/me").await.json()["user"]["username"], "bob");
        assert_eq!(heading(&open(&bob, &mail).await.expect_status(400)), DEAD);
    }
}
