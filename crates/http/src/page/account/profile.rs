//! `/account`: who somebody is here, and what each changes of himself.

use axum::{http::StatusCode, response::Response};
use gatewright_core::model::{Rank, Standing};

use super::{
    Oneself, Place,
    again::Again,
    oneself, sheet,
    users::form::{self, Naming},
};
use crate::page::{
    filled::Filled,
    member::{Member, Stop},
    sheet::{Block, Fact, Form, Href, Item, Person, Section, Sheet, Tone},
    text::Text,
};

const PAGE: &str = "account";

/// `GET`: who it is.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    Ok(shown(&member, None))
}

/// `POST`: saves what was changed, or sends the mail again that proves the address.
pub(super) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    match filled.text("act") {
        "mail" => resend(&member).await,
        _ => save(&member, &filled).await,
    }
}

async fn resend(member: &Member) -> Result<Response, Stop> {
    let visit = &member.visit;
    let email = &member.standing().account.email;
    visit.edge.gate().resend_verification(email, visit.mark.as_ref(), &visit.client).await?;
    Ok(member.see_done(PAGE, "sent"))
}

async fn save(member: &Member, filled: &Filled) -> Result<Response, Stop> {
    let (gate, id) = (member.visit.edge.gate(), member.user().id);
    let saved = match form::read(filled, naming(member)) {
        Ok(wanted) => {
            gate.change_user(&member.caller, id, wanted.username, &wanted.profile, &member.visit.client).await
        }
        Err(invalid) => Err(invalid.into()),
    };
    match saved {
        Ok(_) => Ok(member.see_done(PAGE, "saved")),
        Err(error) => Ok(shown(member, Some(&Again::because(member, error, "profile", filled, form::explain)?))),
    }
}

fn naming(member: &Member) -> Naming {
    match member.user().rank {
        Rank::Owner => Naming::WithUsername,
        Rank::Member => Naming::WithoutUsername,
    }
}

fn shown(member: &Member, again: Option<&Again<'_>>) -> Response {
    let done = match member.was_done().as_deref() {
        Some("saved") => Some(Text::PROFILE_SAVED.into()),
        Some("sent") => Some(Text::PROFILE_SENT.into()),
        _ => None,
    };
    let sheet = sheet(member, Place::Profile, Text::PROFILE_TITLE).done(done).section(about(member.standing()));
    let sheet = match oneself(member) {
        Oneself::No => sheet.paragraph(Text::ACCOUNT_ACTING).section(more()),
        Oneself::Yes => with_forms(member, sheet, again).section(more()),
    };
    match oneself(member) {
        Oneself::No => member.visit.page(StatusCode::OK, &sheet),
        Oneself::Yes => Again::answer(again, member, sheet),
    }
}

fn with_forms(member: &Member, sheet: Sheet, again: Option<&Again<'_>>) -> Sheet {
    let token = || member.form_token(PAGE);
    let sheet = match member.standing().account.email_verified_at {
        Some(_) => sheet,
        None => {
            let form = Form::new(Text::PROFILE_RESEND, token()).act("mail", "").tone(Tone::Quiet);
            sheet.paragraph(Text::PROFILE_UNPROVED_WHY).block(Block::Form(form))
        }
    };
    let (typed, wrong) = again.map_or((None, None), |again| (Some(again.filled), again.wrong.as_ref()));
    let fields = form::fields(member.user(), naming(member), typed, wrong);
    let form = fields.into_iter().fold(Form::new(Text::PROFILE_SAVE, token()).act("profile", ""), Form::field);
    sheet.section(Section::new(Text::PROFILE_EDIT).block(Block::Form(form)))
}

fn about(standing: &Standing) -> Section {
    let (account, user) = (&standing.account, &standing.user);
    let person = Person::of(user);
    let proved = if account.email_verified_at.is_some() { Text::PROFILE_PROVED } else { Text::PROFILE_UNPROVED };
    let tone = if account.email_verified_at.is_some() { Tone::Good } else { Tone::Grave };
    let rank = match user.rank {
        Rank::Owner => Text::PROFILE_OWNER,
        Rank::Member => Text::PROFILE_MEMBER,
    };
    let email = Item::new(Fact::Is(account.email.as_str().to_owned())).badge(proved, tone);
    let item = Item { avatar: Some(person.avatar), ..Item::new(Fact::Is(person.name)) };
    let mut facts = vec![
        (Text::USERNAME.into(), Fact::Is(user.username.to_string())),
        (Text::PROFILE_RANK.into(), Fact::Says(rank.into())),
    ];
    let roles: Vec<&str> = user.roles.names().iter().map(|role| role.as_str()).collect();
    if !roles.is_empty() {
        facts.push((Text::PROFILE_ROLES.into(), Fact::Is(roles.join(", "))));
    }
    facts.push((Text::PROFILE_SINCE.into(), Fact::Day(account.created_at)));
    facts.push((Text::PROFILE_HERE_SINCE.into(), Fact::Day(user.created_at)));
    let items = vec![item, email];
    Section::new(Text::PROFILE_ABOUT)
        .block(Block::Items { items, empty: Text::ACTIVITY_NONE.into() })
        .block(Block::Facts(facts))
}

fn more() -> Section {
    let ways = [
        (Text::PROFILE_TO_SECURITY, Place::Security),
        (Text::PROFILE_TO_USERS, Place::Users),
        (Text::PROFILE_TO_SESSIONS, Place::Sessions),
        (Text::PROFILE_TO_ACTIVITY, Place::Activity),
        (Text::PROFILE_TO_DATA, Place::Data),
    ];
    let link = |(says, place): (Text, Place)| Block::Link { says: says.into(), href: Href::page(place.page()) };
    ways.into_iter().map(link).fold(Section::new(Text::PROFILE_MORE), Section::block)
}
