//! `/admin/service-keys/add`: makes a key, and shows it this once. What must stay true: a form that has made a key makes no other when
//! it is sent again, as long as that key is there.

use std::time::Duration;

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    Admin, Error, NewServiceKey, Refusal, ServiceKeyMade,
    model::{Invalid, InvalidReason, Permission, Right},
    rights,
};

use super::{PAGE, facts};
use crate::page::{
    admin::{
        self, Place,
        fault::{Fault, marked, status, told},
        right::choices,
        system::{lines, name_field, once, repeated},
    },
    filled::Filled,
    member::{Member, Stop},
    sheet::{Block, Choice, Field, FieldKind, Form, Href, Label, Needed},
    text::{Say, Text},
};

const DAY: u64 = 86_400;
/// How long a key can be good for here, by the name under which it is chosen.
const LIVES: [(&str, Option<u64>, Text); 5] = [
    ("day", Some(DAY), Text::SKEYS_LIFE_DAY),
    ("month", Some(30 * DAY), Text::SKEYS_LIFE_MONTH),
    ("quarter", Some(90 * DAY), Text::SKEYS_LIFE_QUARTER),
    ("year", Some(365 * DAY), Text::SKEYS_LIFE_YEAR),
    ("revoked", None, Text::SYS_UNTIL_REVOKED),
];
/// What is chosen before anybody chooses: not for ever.
const USUAL_LIFE: &str = "quarter";

/// What was typed.
struct Typed {
    name: String,
    /// Those of ours, with blanks between.
    rights: String,
    more: String,
    life: String,
}

/// `GET`: the form.
pub(in crate::page::admin::system) async fn show(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::ServiceKeysWrite>().await?;
    let nothing = String::new;
    let typed = Typed { name: nothing(), rights: nothing(), more: nothing(), life: USUAL_LIFE.to_owned() };
    let page = page(&member).await?;
    Ok(shown(&member, by.admin(), &page, &typed, None))
}

/// `POST`: makes the key, and shows it.
pub(in crate::page::admin::system) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    let by = member.allowed::<rights::ServiceKeysWrite>().await?;
    let page = page(&member).await?;
    member.check(&filled, &page)?;
    let typed = Typed {
        name: filled.text("name").trim().to_owned(),
        rights: filled.several("rights").join(" "),
        more: filled.text("more").to_owned(),
        life: filled.text("life").to_owned(),
    };
    let fault = match new_key(&typed) {
        Ok(new) => {
            let more = new.permissions.clone();
            match member.visit.edge.gate().make_service_key(&by, new, &member.visit.client).await {
                Ok(made) => return Ok(made_page(&member, &made)),
                Err(error) => explain(&member, by.admin(), error, &more)?,
            }
        }
        Err(fault) => fault,
    };
    Ok(shown(&member, by.admin(), &page, &typed, Some(&fault)))
}

/// The form's own name, which is another one as soon as there is another key.
async fn page(member: &Member) -> Result<String, Stop> {
    let by = member.allowed::<rights::ServiceKeysRead>().await?;
    let newest = member.visit.edge.gate().list_service_keys(&by).await?.first().map(|key| key.id.to_string());
    Ok(once("admin/service-keys/add", &newest.unwrap_or_default()))
}

fn new_key(typed: &Typed) -> Result<NewServiceKey, Fault> {
    let mut permissions: Vec<Permission> = Vec::new();
    for name in typed.rights.split_whitespace() {
        let right = Right::from_name(name).ok_or_else(|| Fault::at("rights", Text::SKEYS_NO_RIGHTS))?;
        permissions.push(right.permission());
    }
    for name in lines(&typed.more) {
        permissions.push(name.parse().map_err(|_| Fault::at("more", repeated(Text::SKEYS_BAD_MORE, name)))?);
    }
    let life = LIVES.into_iter().find(|(name, ..)| *name == typed.life);
    let (_, secs, _) = life.ok_or_else(|| Fault::at("life", Text::SKEYS_LIFE_BAD))?;
    Ok(NewServiceKey { name: typed.name.clone(), permissions, expires_in: secs.map(Duration::from_secs) })
}

fn explain(member: &Member, admin: &Admin, error: Error, wanted: &[Permission]) -> Result<Fault, Stop> {
    let (field, says): (_, Say) = match &error {
        Error::Refused(Refusal::PermissionDenied) => {
            let lacks = |one: &&Permission| !admin.permissions().contains(one.as_str());
            let lacking: Vec<&str> = wanted.iter().filter(lacks).map(Permission::as_str).collect();
            ("more", Text::SKEYS_MORE_THAN_YOU.with("names", lacking.join(", ")))
        }
        Error::Invalid(Invalid { field: "name", reason: InvalidReason::TooMany { max } }) => {
            ("name", Text::SKEYS_TOO_MANY.with("max", *max))
        }
        Error::Invalid(Invalid { field: "name", .. }) => ("name", Text::SYS_BAD_NAME.into()),
        Error::Invalid(Invalid { field: "permissions", reason: InvalidReason::TooMany { max } }) => {
            ("more", Text::SKEYS_MANY_RIGHTS.with("max", *max))
        }
        Error::Invalid(Invalid { field: "permissions", .. }) => ("rights", Text::SKEYS_NO_RIGHTS.into()),
        Error::Refused(_)
        | Error::Invalid(_)
        | Error::Throttled { .. }
        | Error::OverCapacity { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => return Err(member.stop(error)),
    };
    Ok(Fault::refused(error, says).moved_to(field))
}

fn shown(member: &Member, admin: &Admin, page: &str, typed: &Typed, fault: Option<&Fault>) -> Response {
    // What one may not do oneself is not there to be given.
    let mut rights = choices();
    rights.retain(|choice| admin.permissions().contains(&choice.value));
    let lives = LIVES.map(|(name, _, says)| Choice::new(name, Label::Says(says.into())));
    let rights = Field::new("rights", FieldKind::Several(rights), Text::SKEYS_RIGHTS).value(typed.rights.as_str());
    let more = Field::new("more", FieldKind::Lines(Needed::No), Text::SKEYS_MORE).hint(Text::SKEYS_MORE_HINT);
    let form = Form::new(Text::SKEYS_BUTTON, member.form_token(page))
        .field(name_field(&typed.name))
        .field(rights)
        .field(more.value(typed.more.as_str()))
        .field(Field::new("life", FieldKind::Select(lives.to_vec()), Text::SKEYS_LIFE).value(typed.life.as_str()));
    let sheet = admin::sheet(member, Place::ServiceKeys, Text::SKEYS_ADD)
        .paragraph(Text::SKEYS_ADD_LEAD)
        .block(Block::Form(marked(form, fault)))
        .block(Block::Link { says: Text::SKEYS_BACK.into(), href: Href::page(PAGE) });
    member.form(status(fault), &told(sheet, fault, None))
}

/// The one page that shows the key.
fn made_page(member: &Member, made: &ServiceKeyMade) -> Response {
    let value = made.text.expose().to_owned();
    let facts = facts(&made.key).map(|(label, fact)| (label.into(), fact));
    let sheet = admin::sheet(member, Place::ServiceKeys, Text::SKEYS_MADE_TITLE)
        .paragraph(Text::SKEYS_MADE_LEAD)
        .block(Block::ShownOnce { label: Text::SKEYS_KEY.into(), value })
        .block(Block::Facts(facts.into()))
        .block(Block::Link { says: Text::SKEYS_BACK.into(), href: Href::page(PAGE) });
    member.visit.page(StatusCode::CREATED, &sheet)
}
