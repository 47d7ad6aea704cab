//! `/admin/mails`.

use gatewright::core::model::Email;
use gatewright_testkit::TestApp;

use super::{done, led, read, source, wrong};
use crate::{
    family::EMAIL,
    pages::{
        admin::{admin, clerk, expect_confirmation, expect_lacking, form_of, grow_stale, nobody, press_act},
        form_token, heading, send,
    },
    routes::admin::{
        mails::{BUSY, UNKNOWN, three},
        noted,
    },
};

const PATH: &str = "/admin/mails";

/// The id of the one mail that waits after a failure.
async fn waiting(app: &TestApp) -> String {
    let program = app.program(&["mails:read"]).await;
    let page = program.get("/admin/v1/mails?state=waiting").await.expect_status(200).json();
    let failed = page["mails"].as_array().unwrap().iter().find(|mail| mail["last_error"].is_string());
    failed.unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_admin_sees_what_became_of_mails_and_has_one_tried_again() {
    let app = TestApp::start().await;
    three(&app).await;
    let admin = admin(&app).await;
    app.letters().await;
    let page = read(&admin, PATH).await;
    assert_eq!(heading(&page), "Mails");
    for shown in [
        "Choose a new password",
        "Confirm the address",
        "<span class=\"badge quiet\">Waiting</span>",
        "<span class=\"badge good\">Sent</span>",
        "<span class=\"badge grave\">Given up</span>",
        BUSY,
        UNKNOWN,
    ] {
        assert!(page.text().contains(shown), "{shown}: {}", page.text());
    }
    assert_eq!(
        page.text().matches("Try again now").count(),
        2,
        "the button of one mail, and its name for screen readers"
    );
    let id = waiting(&app).await;
    let answer = press_act(&admin, &page, PATH, ("retry", &id), &[]).await;
    let page = led(&admin, PATH, answer).await;
    assert_eq!(done(&page), "The mail is tried again now.");
    let entries = noted(&admin, "mail_retried").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (&entries[0]["actor"]["kind"], entries[0]["detail"]["mail_id"].as_str()),
        (&"admin".into(), Some(id.as_str()))
    );
    assert_eq!(app.letters().await.iter().filter(|mail| mail.kind == "reset_password").count(), 1);
    // It was sent meanwhile: whoever still sees the button is told.
    let answer = press_act(&admin, &page, PATH, ("retry", &id), &[]).await.expect_status(404);
    assert_eq!(wrong(&answer), "Nothing was done: this mail does not wait any more.");
    assert!(!form_exists(&read(&admin, PATH).await, "retry"));
}

fn form_exists(page: &gatewright_testkit::app::Answer, act: &str) -> bool {
    page.text().contains(&format!("name=\"act\" value=\"{act}\""))
}

#[tokio::test]
async fn mails_are_chosen_by_state_and_shown_page_by_page() {
    let app = TestApp::start().await;
    three(&app).await;
    let admin = admin(&app).await;
    app.letters().await;
    for (state, shown, hidden) in [("waiting", BUSY, UNKNOWN), ("given_up", UNKNOWN, BUSY)] {
        let page = read(&admin, &format!("{PATH}?state={state}")).await.text();
        assert!(page.contains(shown) && !page.contains(hidden), "{state}: {page}");
        assert!(page.contains(&format!("<option value=\"{state}\" selected>")), "{page}");
    }
    for _ in 0..30 {
        let to = Email::parse("to", EMAIL).unwrap();
        app.gate.operator().write_test_letter(to).await.unwrap();
    }
    app.letters().await;
    let first = source(&read(&admin, &format!("{PATH}?state=sent")).await);
    assert_eq!(first.matches("<p class=\"title\">").count(), 25);
    let (_, next) =
        first.split_once("<a href=\"../admin/mails?state=sent&amp;cursor=").unwrap_or_else(|| panic!("{first}"));
    let cursor = next.split('"').next().unwrap();
    let second = source(&read(&admin, &format!("{PATH}?state=sent&cursor={cursor}")).await);
    assert!(!second.contains("rel=\"next\"") && second.contains("<a href=\"../admin/mails?state=sent\">"), "{second}");
    assert!(second.matches("<p class=\"title\">").count() < 25);
}

/// SECURITY LG2: neither what a mail says nor to whom it goes.
#[tokio::test]
async fn lg2_a_page_of_mails_tells_no_recipient_and_no_contents() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    app.letters().await;
    app.sign_up_in("body", EMAIL).await;
    let waiting = read(&admin, PATH).await.text();
    let mails = app.letters().await;
    let sent = read(&admin, PATH).await.text();
    for text in [waiting, sent] {
        for secret in [EMAIL, &mails[0].token(), &mails[0].code()] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

#[tokio::test]
async fn az1_mails_are_for_who_may_see_them_and_retried_by_who_may_do_that() {
    let app = TestApp::start().await;
    three(&app).await;
    let id = waiting(&app).await;
    nobody(&app, "fan").await.get(PATH).await.expect_status(403);
    expect_lacking(clerk(&app, "keeper", &["keys:read"]).await.get(PATH).await, "mails:read");
    let reader = clerk(&app, "reader", &["mails:read"]).await;
    let page = read(&reader, PATH).await;
    assert!(!form_exists(&page, "retry"), "{}", page.text());
    // What the form of somebody else has, in a session that may not.
    let admin = admin(&app).await;
    let token = form_token_of(&read(&admin, PATH).await, &id);
    let fields = [("form_token", token.as_str()), ("act", "retry"), ("of", &id)];
    expect_lacking(send(&reader, PATH, &fields).await, "mails:write");
    assert_eq!(app.letters().await.iter().filter(|mail| mail.kind == "reset_password").count(), 0);
}

fn form_token_of(page: &gatewright_testkit::app::Answer, id: &str) -> String {
    let form = form_of(page, "retry", id);
    let (_, rest) = form.split_once("name=\"form_token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn wb6_a_mail_is_not_retried_by_a_form_of_another_page_or_session() {
    let app = TestApp::start().await;
    three(&app).await;
    let id = waiting(&app).await;
    let (one, other) = (admin(&app).await, admin(&app).await);
    let theirs = form_token_of(&read(&other, PATH).await, &id);
    let elsewhere = form_token(&read(&one, "/admin/service-keys/add").await);
    for token in ["", "x", &theirs, &elsewhere] {
        let fields = [("form_token", token), ("act", "retry"), ("of", &id)];
        let refused = send(&one, PATH, &fields).await.expect_status(403);
        assert_eq!(heading(&refused), super::STALE);
    }
    assert_eq!(noted(&one, "mail_retried").await.len(), 0);
}

#[tokio::test]
async fn whoever_proved_himself_long_ago_does_so_again_before_mails_are_shown() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    grow_stale(&app);
    expect_confirmation(admin.get("/admin/mails?state=sent").await, "/admin/mails?state=sent");
}

#[tokio::test]
async fn what_no_page_of_ours_sends_is_refused_as_a_page() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    for bad in ["state=lost", "cursor=x", "state=%00", "cursor=00000000-0000-7000-8000-00000000000A"] {
        let page = admin.get(&format!("{PATH}?{bad}")).await.expect_status(422);
        assert!(page.header("content-type").unwrap().starts_with("text/html"), "{bad}");
    }
    three(&app).await;
    let admin = self::admin(&app).await;
    let page = read(&admin, PATH).await;
    let id = waiting(&app).await;
    let token = form_token_of(&page, &id);
    for of in ["", "x", "00000000-0000-7000-8000-000000000000", "<script>"] {
        let fields = [("form_token", token.as_str()), ("act", "retry"), ("of", of)];
        let answer = send(&admin, PATH, &fields).await.expect_status(404);
        assert!(!answer.text().contains("<script>"), "{of}");
    }
}
