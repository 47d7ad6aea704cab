//! What others wrote, on a page: the big list of naughty strings through everything that a page repeats (SECURITY WB10).

use gatewright_testkit::{TestApp, app::Answer};
use serde_json::json;

use super::{encoded, family::lasting, form_token, open, press};
use crate::{
    family::{EMAIL, family},
    mail::magic_mail,
};

const LIST: &str = include_str!("../../vectors/naughty/blns.json");

/// The list, and what it is too old or too polite for.
pub(super) fn naughty() -> Vec<String> {
    let list: Vec<String> = serde_json::from_str(LIST).unwrap();
    assert_eq!(list.len(), 485, "no string may get lost");
    let more = ["\0", "\u{85}", "a\u{2028}b", "\r\nSet-Cookie: x=y", "</style><script>", "{{ 7 * 7 }}", "'\"><b>"];
    list.into_iter().chain(more.map(str::to_owned)).collect()
}

/// The tags of a page without what stands between them or in the values of their attributes.
pub(super) fn skeleton(page: &Answer) -> Vec<String> {
    let text = page.text();
    let tags = text.split('<').skip(1).map(|rest| rest.split('>').next().unwrap());
    let bare = |tag: &str| tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    // Whether there is something to repeat is told by an attribute of its own.
    tags.map(|tag| bare(tag).replace(" value=\"\"", "").replace(" autofocus", "")).collect()
}

pub(super) fn unescaped(text: &str) -> String {
    let table = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")];
    table.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// docs/attacks.md#script-by-a-name
#[tokio::test]
async fn wb10_whatever_is_typed_into_a_form_comes_back_as_the_same_text() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = browser.get("/invitation").await;
    let token = form_token(&page);
    let send = async |text: &str| {
        let body = encoded(&[("form_token", &token), ("email", text), ("code", text), ("username", text)]);
        browser.post("/invitation").raw("application/x-www-form-urlencoded", body).await
    };
    let harmless = skeleton(&send("harmless").await.expect_status(422));
    for text in naughty() {
        let answer = send(&text).await.expect_status(422);
        assert_eq!(skeleton(&answer), harmless, "{text:?}");
        let html = answer.text();
        let value = |name: &str| {
            let (_, rest) = html.split_once(&format!("<input id=\"{name}\"")).unwrap();
            let tag = rest.split('>').next().unwrap();
            tag.split_once(" value=\"").map_or(String::new(), |(_, value)| unescaped(value.split('"').next().unwrap()))
        };
        for name in ["email", "code", "username"] {
            assert_eq!(value(name), text, "{name}");
        }
    }
}

/// docs/attacks.md#script-by-a-name
#[tokio::test]
async fn wb10_whatever_somebody_is_called_is_a_name_to_choose_and_nothing_else() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    // Signing in by mail ends the sessions of those who may not be who reads it.
    let proof = json!({"token": app.letter("verify_email", EMAIL).await.token()});
    ada.post("/auth/email/verify").json(proof).await.expect_status(200);
    let (browser, mail) = magic_mail(&app).await;
    let page = open(&browser, &mail).await;
    press(&browser, "/magic-link", &page, &[]).await.expect_status(303);
    let called = async |name: &str| {
        let answer = ada.patch("/auth/me").json(json!({"profile": {"display_name": name}})).await;
        if answer.status == 200 { Some(browser.get("/select").await.expect_status(200)) } else { None }
    };
    let harmless = skeleton(&called("harmless").await.unwrap());
    let mut taken = 0;
    // Of nothing but blanks there is nothing to see: then the username is shown.
    for text in naughty().into_iter().filter(|text| !text.trim().is_empty()) {
        let Some(page) = called(&text).await else { continue };
        assert_eq!(skeleton(&page), harmless, "{text:?}");
        let html = page.text();
        let label = html.split_once("<bdi class=\"name\">").unwrap().1;
        assert_eq!(unescaped(label.split("</bdi>").next().unwrap()), text);
        taken += 1;
    }
    assert!(taken > 400, "{taken}");
}

/// docs/attacks.md#script-by-a-name
#[tokio::test]
async fn wb10_no_parameter_and_no_header_gets_into_a_page() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let text = |page: Answer| lasting(&page).replace(&form_token(&page), "");
    let plain = text(browser.get("/reset-password").await);
    for string in naughty() {
        let query = encoded(&[("done", &string), ("lang", &string), ("email", &string)]);
        let page = browser.get(&format!("/reset-password?{query}")).await.expect_status(200);
        assert_eq!(text(page), plain, "{string:?}");
        let value: Vec<u8> = string.bytes().filter(|byte| *byte == b'\t' || *byte >= b' ' && *byte != 0x7f).collect();
        let call = browser.get("/reset-password").header("accept-language", &value).header("referer", &value);
        let page = call.header("host", &value).header("x-forwarded-host", &value).await.expect_status(200);
        assert_eq!(text(page), plain, "{string:?}");
    }
}
