//! `/magic-link`: signs in by mail.
//!
//! What must stay true: only the browser that asked is signed in by a button. In any other the code has to be typed, so that nobody
//! is signed in, or signed in as somebody else, by following a link (SECURITY EM4).

use gatewright_core::{
    LoggedIn, MagicLogin, Shown,
    model::{MagicLinks, Transport},
};

use super::{Fault, MailPage, Outcome, Visit, Way, Wording};
use crate::{
    Code, Problem,
    page::{done::Done, sheet::Field, text::Text},
};

/// Where signing in by mail is switched off there is no such page.
pub(super) fn check_is_on(page: MailPage, visit: &Visit) -> Result<(), Problem> {
    let is_off = visit.edge.gate().policy().mail.magic_links == MagicLinks::Off;
    if page == MailPage::MagicLink && is_off { Err(Problem::new(Code::NotFound)) } else { Ok(()) }
}

pub(super) fn wording(way: &Way) -> Wording {
    let here = Wording {
        title: Text::MAGIC_TITLE,
        leads: vec![],
        fields: vec![],
        button: Text::MAGIC_CODE_BUTTON.into(),
        closing: Some(Text::NOT_YOU),
    };
    match way {
        Way::Link(view) if view.asked_here => Wording {
            leads: vec![Text::MAGIC_LEAD.into()],
            button: Text::MAGIC_BUTTON.with("email", view.email.as_str()),
            ..here
        },
        Way::Link(_) => Wording {
            leads: vec![Text::MAGIC_ELSEWHERE.into()],
            fields: vec![Field::code()],
            closing: Some(Text::MAGIC_WARNING),
            ..here
        },
        Way::Code | Way::Dead => here,
    }
}

pub(super) async fn act(visit: &Visit, shown: Shown) -> Result<Outcome, Fault> {
    // Both tokens go into cookies that no page can read, as with a password: so our pages and forward-auth know who it is.
    let (browser, transport) = (visit.mark.clone(), Transport::Cookie);
    let login = MagicLogin { shown, browser, user: None, transport, label: None };
    Ok(match visit.edge.gate().redeem_magic_link(login, &visit.client).await? {
        LoggedIn::SignedIn(signed_in) => Outcome::SignedIn(Done::SignedIn, Box::new(signed_in)),
        LoggedIn::SelectUser(selection) => Outcome::Select(selection),
    })
}
