//! `/account/security`: the address, the password and the own PIN. What must stay true: all of it takes a session whose account has
//! proved itself just now, and that is asked for before anybody types; no secret is ever shown again.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    Caller, Error, Fresh, Owner, Refusal,
    model::{Email, Lock, Pin, Plaintext, Rank},
};

use super::{
    Oneself, Place,
    again::{Again, wrong_password},
    oneself, sheet,
    users::form::Wrong,
};
use crate::{
    page::{
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Fact, Field, FieldKind, Form, Href, Section, Tone},
        text::{Say, Text},
    },
    route::remember,
};

const PAGE: &str = "account/security";

/// `GET`: what can be changed.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    match oneself(&member) {
        Oneself::No => {
            let sheet = sheet(&member, Place::Security, Text::SECURITY_TITLE).paragraph(Text::ACCOUNT_ACTING);
            Ok(member.visit.page(StatusCode::OK, &sheet))
        }
        Oneself::Yes => {
            member.earn::<Fresh<Caller>>()?;
            shown(&member, None).await
        }
    }
}

/// `POST`: changes one of them.
pub(super) async fn act(member: Member, mut filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let act = filled.text("act").to_owned();
    match act.as_str() {
        "email" => change_email(&member, &filled).await,
        "resend" => resend(&member).await,
        "password" => change_password(&member, &mut filled).await,
        "no-pin" => set_pin(&member, None, &filled).await,
        _ => {
            let typed = filled.take("pin");
            match Pin::parse("pin", typed) {
                Ok(pin) => set_pin(&member, Some(&pin), &filled).await,
                Err(invalid) => again_with_pin(&member, invalid.into(), &filled).await,
            }
        }
    }
}

async fn change_email(member: &Member, filled: &Filled) -> Result<Response, Stop> {
    let owner = member.earn::<Fresh<Owner>>()?;
    let wrong = match Email::parse("email", filled.text("email").trim()) {
        Ok(email) if email.key() == member.standing().account.email.key() => Text::SECURITY_EMAIL_SAME,
        Ok(email) => return ask(member, &owner, email).await,
        Err(_) => Text::BAD_EMAIL,
    };
    shown(member, Some(&Again::at("email", filled, ("email", wrong.into())))).await
}

async fn resend(member: &Member) -> Result<Response, Stop> {
    let owner = member.earn::<Fresh<Owner>>()?;
    match member.visit.edge.gate().email_change_of(&member.caller).await? {
        Some(email) => ask(member, &owner, email).await,
        None => Ok(member.visit.see(PAGE)),
    }
}

/// Writes to the new address, and lets the browser be known as the one that asked for it.
async fn ask(member: &Member, owner: &Fresh<Owner>, email: Email) -> Result<Response, Stop> {
    let visit = &member.visit;
    let mark = visit.edge.gate().ask_email_change(owner, email, visit.mark.as_ref(), &visit.client).await?;
    let mut response = member.see_done(PAGE, "email");
    for (name, value) in &remember(&visit.edge, &mark) {
        response.headers_mut().append(name, value.clone());
    }
    Ok(response)
}

async fn change_password(member: &Member, filled: &mut Filled) -> Result<Response, Stop> {
    let owner = member.earn::<Fresh<Owner>>()?;
    let (current, new) = (filled.take("current"), filled.take("new_password"));
    let changed = async {
        let current = Plaintext::parse("current", current)?;
        let new = Plaintext::parse("new_password", new)?;
        member.visit.edge.gate().change_password(&owner, &current, &new, &member.visit.client).await
    };
    match changed.await {
        Ok(()) => Ok(member.see_done(PAGE, "password")),
        Err(error) => {
            let again = Again::because(member, error, "password", filled, explain_password)?;
            shown(member, Some(&again)).await
        }
    }
}

fn explain_password(error: &Error) -> Option<Wrong> {
    match error {
        Error::Refused(Refusal::Credentials(_)) => Some(("current", Text::SECURITY_PASSWORD_WRONG.into())),
        Error::Invalid(invalid) if invalid.field == "current" => Some(("current", Text::NO_PASSWORD.into())),
        Error::Invalid(invalid) => Some(("new_password", wrong_password(invalid))),
        Error::Refused(_)
        | Error::Throttled { .. }
        | Error::OverCapacity { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => None,
    }
}

async fn set_pin(member: &Member, pin: Option<&Pin>, filled: &Filled) -> Result<Response, Stop> {
    let (gate, id) = (member.visit.edge.gate(), member.user().id);
    match gate.set_pin(member.caller.clone(), id, pin, &member.visit.client).await {
        Ok(()) => Ok(member.see_done(PAGE, if pin.is_some() { "pin" } else { "no-pin" })),
        Err(error) => again_with_pin(member, error, filled).await,
    }
}

async fn again_with_pin(member: &Member, error: Error, filled: &Filled) -> Result<Response, Stop> {
    let explain = |error: &Error| matches!(error, Error::Invalid(_)).then(|| ("pin", Text::SECURITY_PIN_BAD.into()));
    let again = Again::because(member, error, "pin", filled, explain)?;
    shown(member, Some(&again)).await
}

async fn shown(member: &Member, again: Option<&Again<'_>>) -> Result<Response, Stop> {
    let done = match member.was_done().as_deref() {
        Some("email") => Some(Text::SECURITY_EMAIL_DONE.into()),
        Some("password") => Some(Text::SECURITY_PASSWORD_DONE.into()),
        Some("pin") => Some(Text::SECURITY_PIN_DONE.into()),
        Some("no-pin") => Some(Text::SECURITY_PIN_REMOVED.into()),
        _ => None,
    };
    let sheet = sheet(member, Place::Security, Text::SECURITY_TITLE).done(done);
    let sheet = match member.user().rank {
        Rank::Owner => {
            let pending = member.visit.edge.gate().email_change_of(&member.caller).await?;
            sheet.section(email(member, pending, again)).section(password(member, again))
        }
        Rank::Member => sheet.paragraph(Text::SECURITY_MEMBER),
    };
    Ok(Again::answer(again, member, sheet.section(pin(member, again))))
}

fn email(member: &Member, pending: Option<Email>, again: Option<&Again<'_>>) -> Section {
    let account = &member.standing().account;
    let now = (Text::SECURITY_EMAIL_NOW.into(), Fact::Is(account.email.as_str().to_owned()));
    let section = Section::new(Text::SECURITY_EMAIL).block(Block::Facts(vec![now]));
    let section = match pending {
        None => section,
        Some(email) => {
            let form = Form::new(Text::SECURITY_EMAIL_RESEND, member.form_token(PAGE)).act("resend", "");
            let enter = Block::Link { says: Text::SECURITY_EMAIL_ENTER.into(), href: Href::page("confirm-email") };
            section
                .paragraph(Text::SECURITY_EMAIL_PENDING.with("email", email.as_str()))
                .block(enter)
                .block(Block::Form(form.tone(Tone::Quiet)))
        }
    };
    let field = Field::new("email", FieldKind::Email, Text::SECURITY_EMAIL_NEW).hint(Text::SECURITY_EMAIL_WHY);
    let form = Form::new(Text::SECURITY_EMAIL_BUTTON, member.form_token(PAGE)).act("email", "");
    section.block(Block::Form(form.field(Again::field(again, "email", field))))
}

fn password(member: &Member, again: Option<&Again<'_>>) -> Section {
    let min = member.visit.edge.gate().policy().passwords.min_length;
    let field = |field| Again::field(again, "password", field);
    // So that a password manager knows whose password it is.
    let whose = Field::new("email", FieldKind::FixedEmail, Text::EMAIL).value(member.standing().account.email.as_str());
    let current = Field::new("current", FieldKind::OwnPassword, Text::SECURITY_PASSWORD_NOW);
    let hint: Say = Text::NEW_PASSWORD_HINT.with("min", min);
    let new = Field::new("new_password", FieldKind::NewPassword, Text::NEW_PASSWORD).hint(hint);
    let form = Form::new(Text::SECURITY_PASSWORD_BUTTON, member.form_token(PAGE))
        .act("password", "")
        .field(whose)
        .field(field(current))
        .field(field(new));
    let forgot = Block::Link { says: Text::SECURITY_PASSWORD_FORGOT.into(), href: Href::page("forgot-password") };
    Section::new(Text::SECURITY_PASSWORD).paragraph(Text::SECURITY_PASSWORD_WHY).block(Block::Form(form)).block(forgot)
}

fn pin(member: &Member, again: Option<&Again<'_>>) -> Section {
    let field = Field::new("pin", FieldKind::NewPin, Text::SECURITY_PIN_NEW).hint(Text::SECURITY_PIN_HINT);
    let form = |button, act| Form::new(button, member.form_token(PAGE)).act(act, "");
    let section = Section::new(Text::SECURITY_PIN);
    let field = Again::field(again, "pin", field);
    match member.user().lock {
        Lock::Open => {
            let set = form(Text::SECURITY_PIN_SET, "pin").field(field);
            section.paragraph(Text::SECURITY_PIN_OFF).block(Block::Form(set))
        }
        Lock::Pin => {
            let change = form(Text::SECURITY_PIN_CHANGE, "pin").field(field);
            let remove = form(Text::SECURITY_PIN_REMOVE, "no-pin").tone(Tone::Quiet);
            section.paragraph(Text::SECURITY_PIN_ON).block(Block::Form(change)).block(Block::Form(remove))
        }
    }
}
