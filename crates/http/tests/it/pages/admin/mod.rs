//! `/admin`: each page in the file that its address names, or in the folder of its part. Here: who administers in a browser, as pages sign
//! somebody in, and what is the same of all of these pages.

mod activity;
mod keys;
mod overview;
mod people;
mod settings;
mod system;

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, mins},
};

use super::{heading, send};
use crate::routes::admin::{somebody, with_role};

/// The first admin in a browser, just signed in with the cookies that pages set.
pub(super) async fn admin(app: &TestApp) -> Browser {
    app.admin_in("cookie").await
}

/// Somebody in a browser, just signed in, who has these permissions by a role of the same name.
pub(super) async fn clerk(app: &TestApp, name: &str, permissions: &[&str]) -> Browser {
    with_role(app, name, permissions).await;
    app.log_in(name, None, "cookie").await
}

/// Somebody in a browser, just signed in, who administers nothing.
pub(super) async fn nobody(app: &TestApp, name: &str) -> Browser {
    somebody(app, name).await;
    app.log_in(name, None, "cookie").await
}

/// Waits until the last proof is too old for an admin's page, and not so long that the session is over.
pub(super) fn grow_stale(app: &TestApp) {
    app.clock.advance(mins(6));
}

/// Presses the button of the form `act` of `of` on the page; `of` is empty where there is only one.
pub(super) async fn press_act(
    browser: &Browser,
    page: &Answer,
    path: &str,
    (act, of): (&str, &str),
    fields: &[(&str, &str)],
) -> Answer {
    let form = form_of(page, act, of);
    let (_, token) = form.split_once("name=\"form_token\" value=\"").expect("a form with a token");
    let mut filled = vec![("form_token", token.split('"').next().unwrap()), ("act", act)];
    filled.extend((!of.is_empty()).then_some(("of", of)));
    for (name, value) in fields {
        assert!(form.contains(&format!("name=\"{name}\"")), "no field {name}: {form}");
        filled.push((name, value));
    }
    send(browser, path, &filled).await
}

/// The source of a form of the page.
pub(super) fn form_of(page: &Answer, act: &str, of: &str) -> String {
    let text = page.text();
    let is_it = |form: &&str| {
        let is_of = of.is_empty() || form.contains(&format!("name=\"of\" value=\"{of}\""));
        form.contains(&format!("name=\"act\" value=\"{act}\"")) && is_of
    };
    let forms = text.split("<form ").skip(1).map(|rest| rest.split("</form>").next().unwrap());
    forms.clone().find(is_it).unwrap_or_else(|| panic!("no form {act} of {of}: {text}")).to_owned()
}

/// The page first asks for a proof, and leads back to `back`, as an address within the site.
#[track_caller]
pub(super) fn expect_confirmation(answer: Answer, back: &str) {
    let to = answer.expect_status(303).header("location").unwrap().to_owned();
    let (page, next) = to.split_once("?next=").unwrap_or_else(|| panic!("{to} leads nowhere after"));
    assert!(page.ends_with("confirm-identity"), "{to}");
    assert_eq!(next, back.replace('?', "%3F").replace('=', "%3D").replace('&', "%26"));
}

/// A page that says what is missing to read it, and shows nothing else.
#[track_caller]
pub(super) fn expect_lacking(answer: Answer, right: &str) {
    let answer = answer.expect_status(403);
    assert_eq!(heading(&answer), "You may not see this page");
    assert!(answer.text().contains(&format!("<code>{right}</code>")), "{}", answer.text());
}
