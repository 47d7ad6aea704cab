//! `/choose-account`: the accounts that are signed in in this browser, and those that it remembers. What must stay true: each keeps a
//! session of its own, a choice is made by a form of this browser, and an account is only ever entered by whoever signs in to it.

use axum::{http::StatusCode, response::Response};
use gatewright_core::model::SessionId;

use super::{
    here::{Found, Here, reach},
    known::{self, Known},
    login,
    logout::sign_out,
};
use crate::{
    Code, Problem,
    cookie::Preference,
    page::{
        cookies::PageCookie,
        filled::Filled,
        member::Stop,
        next::Next,
        sheet::{Avatar, Block, Fact, Form, Href, Item, Sheet, Tone, name_of},
        stale,
        text::Text,
        visit::add,
    },
};

pub(super) const PATH: &str = "/choose-account";
pub(super) const BESIDE: &str = "choose-account";

/// `GET`: who can be chosen.
pub(super) async fn show(here: Here) -> Result<Response, Stop> {
    let known = known::read(&here.visit)?;
    let next = Next::asked(&here.visit);
    let done = match here.visit.parameter("done").as_deref() {
        Some("signed-out") => Some(Text::SIGNED_OUT.into()),
        Some("forgotten") => Some(Text::CHOOSE_FORGOTTEN.into()),
        _ => None,
    };
    Ok(here.visit.form(StatusCode::OK, &sheet(&here, &known, next.as_ref()).done(done)))
}

/// `POST`: goes on as one of them, signs one out, or forgets one.
pub(super) async fn act(here: Here, filled: Filled) -> Result<Response, Stop> {
    let visit = &here.visit;
    if !visit.knows(&filled, BESIDE, "") {
        return Ok(stale(visit, BESIDE));
    }
    let next = Next::carried(visit, &filled);
    let again = |done: &str| Next::after(next.as_ref(), &format!("{BESIDE}?done={done}"));
    match filled.text("act") {
        "use" => {
            let found = of(&here, filled.text("of")).filter(|found| found.caller.is_some()).ok_or_else(missing)?;
            let mut response = reach(visit, &Next::or_home(next.as_ref(), &visit.edge));
            let newest = here.found.iter().map(|other| other.id).max().unwrap_or(found.id);
            let chosen = Preference { tag: found.id.tag(), among: newest.tag() };
            add(response.headers_mut(), chosen.set(visit.names()));
            add(response.headers_mut(), PageCookie::Key.delete(visit.names()));
            Ok(response)
        }
        "out" => {
            let found = of(&here, filled.text("of")).ok_or_else(missing)?;
            sign_out(&here, found, &again("signed-out")).await
        }
        "forget" => {
            let mut known = known::read(visit)?;
            known.retain(|one| one.account.to_string() != filled.text("of"));
            let mut response = visit.see(&again("forgotten"));
            add(response.headers_mut(), known::write(visit, &known));
            Ok(response)
        }
        _ => Err(missing().into()),
    }
}

fn missing() -> Problem {
    Problem::new(Code::NotFound)
}

fn of<'h>(here: &'h Here, id: &str) -> Option<&'h Found> {
    let id = id.parse::<SessionId>().ok()?;
    here.found.iter().find(|found| found.id == id)
}

fn sheet(here: &Here, known: &[Known], next: Option<&Next>) -> Sheet {
    let signed_in = here.found.iter().filter_map(|found| signed_in(here, found, next));
    let is_here = |one: &Known| here.callers().any(|caller| caller.standing().account.id == one.account);
    let others = known.iter().enumerate().filter(|(_, one)| !is_here(one));
    let remembered = others.map(|(number, one)| remembered(here, number, one, next));
    let items: Vec<Item> = signed_in.chain(remembered).collect();
    // Where there is none, there is no other either.
    let (lead, way) = if items.is_empty() {
        (Text::CHOOSE_EMPTY, Text::LOGIN_TITLE)
    } else {
        (Text::CHOOSE_LEAD, Text::CHOOSE_ANOTHER)
    };
    let sheet = Sheet::new(Text::CHOOSE_TITLE).paragraph(lead);
    let sheet =
        if items.is_empty() { sheet } else { sheet.block(Block::Items { items, empty: Text::CHOOSE_EMPTY.into() }) };
    let another = Href::page(Next::after(next, login::BESIDE));
    sheet.block(Block::Link { says: way.into(), href: another })
}

fn form(here: &Here, button: Text, act: &'static str, of: String, next: Option<&Next>) -> Form {
    let mut form = Form::new(button, here.visit.form_token(BESIDE, "")).act(act, of);
    form.fields.extend(Next::field(next));
    form
}

/// An account that somebody is signed in to here.
fn signed_in(here: &Here, found: &Found, next: Option<&Next>) -> Option<Item> {
    let standing = found.caller.as_ref()?.standing();
    let mut item = Item::new(Fact::Is(name_of(&standing.user).to_owned()))
        .detail(Text::CHOOSE_ACCOUNT, Fact::Is(standing.account.email.as_str().to_owned()));
    item.avatar = Some(Avatar::of(&standing.user));
    if here.chosen == Some(found.id) {
        item = item.badge(Text::CHOOSE_IN_USE, Tone::Good);
    }
    let id = found.id.to_string();
    Some(
        item.form(form(here, Text::CHOOSE_USE, "use", id.clone(), next))
            .form(form(here, Text::CHOOSE_OUT, "out", id, next).tone(Tone::Quiet)),
    )
}

/// An account that the browser remembers, and nobody is signed in to. The address says which of them by its number only.
fn remembered(here: &Here, number: usize, one: &Known, next: Option<&Next>) -> Item {
    let again = Href::page(Next::after(next, &format!("{}?as={number}", login::BESIDE)));
    Item::new(Fact::Linked { text: one.login.clone(), href: again })
        .sentence(Text::CHOOSE_SIGNED_OUT)
        .form(form(here, Text::CHOOSE_FORGET, "forget", one.account.to_string(), next).tone(Tone::Quiet))
}
