//! What the system itself is made of: service keys, mails that wait, rules and their deliveries.
//!
//! What must stay true: each page takes the right that the act behind it demands, and shows no form to whoever lacks the right for it.
//! A secret is shown once: by the answer to the form that makes it, which is no redirect, because nothing secret may be in an address or lie
//! in a cookie until the next page. Sending that form again, as a reload does, makes nothing: its token is bound to how things were
//! before ([`once`]).

mod deliveries;
mod mails;
mod rules;
mod service_keys;

use super::{fault, right::also};
use crate::{
    Edge, Problem,
    extract::one_spelling,
    page::{
        next::encoded,
        sheet::{Choice, Field, FieldKind, Form, Href, Label, Needed, Tone},
        text::{Say, Text},
        visit::Visit,
    },
};
use axum::{Router, routing::get};

/// So many things are on a page.
const PER_PAGE: usize = 25;

pub(super) fn routes() -> Router<Edge> {
    Router::new()
        .route("/admin/mails", get(mails::show).post(mails::act))
        .route("/admin/service-keys", get(service_keys::list))
        .route("/admin/service-keys/add", get(service_keys::add::show).post(service_keys::add::act))
        .route("/admin/service-keys/{id}/revoke", get(service_keys::revoke::show).post(service_keys::revoke::act))
        .route("/admin/rules", get(rules::list))
        .route("/admin/rules/add", get(rules::add::show).post(rules::add::act))
        .route("/admin/rules/{id}", get(rules::one::show).post(rules::one::act))
        .route("/admin/rules/{id}/remove", get(rules::remove::show).post(rules::remove::act))
        .route("/admin/deliveries", get(deliveries::show).post(deliveries::act))
}

/// The name of a form that is good for as long as things are as they are `now`: of `page`, and once.
fn once(page: &str, now: &impl std::fmt::Display) -> String {
    format!("{page} {now}")
}

/// A button that only leads to another page, as those do that have something done.
fn way(button: Text, page: impl Into<String>) -> Form {
    Form::asking(button).action(page).tone(Tone::Quiet)
}

/// What one may choose of a list: everything, or one of these.
fn filter(name: &'static str, label: Text, all: Text, choices: Vec<Choice>, chosen: &str) -> Field {
    let all = Choice::new("", Label::Says(all.into()));
    let choices = std::iter::once(all).chain(choices).collect();
    Field::new(name, FieldKind::Select(choices), label).value(chosen)
}

/// What a parameter of the address says, if it says anything.
///
/// # Errors
/// It says what we do not understand.
fn parameter<T>(visit: &Visit, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let Some(text) = visit.parameter(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let says = || Problem::invalid(name, format!("`{name}` is nothing that we know"));
    parse(&text).map(Some).ok_or_else(says)
}

/// `page` with these parameters, of which the empty ones are left out.
fn address(page: &str, parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = given.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    if pairs.is_empty() { page.to_owned() } else { format!("{page}?{}", pairs.join("&")) }
}

fn href(page: &str, parameters: &[(&str, &str)]) -> Href {
    Href::page(address(page, parameters))
}

/// A name that somebody has given.
fn name_field(value: &str) -> Field {
    Field::new("name", FieldKind::Line(Needed::Yes), Text::SYS_NAME).value(value)
}

/// The lines that were typed, each without blanks around it and none of them empty.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r', ',', ' ']).map(str::trim).filter(|line| !line.is_empty())
}

/// What is said of somebody's text: the beginning of it is enough.
fn repeated(text: Text, name: &str) -> Say {
    let shown: String = name.chars().take(40).collect();
    text.with("name", shown)
}
