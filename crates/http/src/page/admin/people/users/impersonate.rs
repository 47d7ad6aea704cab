//! `/admin/users/{id}/impersonate`: a token with which a program acts as a user for a while. What must stay true (SECURITY AZ6): it
//! gives no session to this or any browser; the token is shown once, in the answer to the form and at no address; and the page says what
//! it is and who sees that it was made.

use std::time::Duration;

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    Error, Impersonated, Impersonation, Refusal,
    model::{ClientLabel, User, UserId},
    rights,
};

use super::one;
use crate::{
    Code,
    extract::UserInPath,
    page::{
        admin::{
            Place,
            people::fault::{Fault, marked, status, told},
            sheet,
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Fact, Field, FieldKind, Form, Href, Needed, name_of},
        text::Text,
    },
};

/// For how long, unless something else is typed or set, in minutes; as by the API.
const USUAL_MINUTES: u64 = 15;

fn page(id: UserId) -> String {
    format!("{}/impersonate", one::page(id))
}

/// `GET`: why, and for how long.
pub(in crate::page::admin::people) async fn show(member: Member, UserInPath(id): UserInPath) -> Result<Response, Stop> {
    member.allowed::<rights::AccountsImpersonate>().await?;
    Ok(shown(&member, &user(&member, id).await?, None, None))
}

/// `POST`: makes the token.
pub(in crate::page::admin::people) async fn act(
    member: Member,
    UserInPath(id): UserInPath,
    filled: Filled,
) -> Result<Response, Stop> {
    member.check(&filled, &page(id))?;
    let by = member.allowed::<rights::AccountsImpersonate>().await?;
    let fault = match wanted(&member, id, &filled) {
        Ok(wanted) => match member.visit.edge.gate().impersonate(&by, wanted, &member.visit.client).await {
            Ok(acting) => return Ok(made(&member, &acting)),
            Err(Error::Refused(Refusal::UserNotFound)) => Fault::new(Code::UserNotFound, Text::PEOPLE_ACT_GONE),
            Err(error) => Fault::of(&member, error)?,
        },
        Err(fault) => fault,
    };
    Ok(shown(&member, &user(&member, id).await?, Some(&fault), Some(&filled)))
}

/// The user, for who may also see it.
async fn user(member: &Member, id: UserId) -> Result<User, Stop> {
    let by = member.allowed::<rights::UsersRead>().await?;
    Ok(member.visit.edge.gate().user_by(&by, id).await?)
}

fn most_minutes(member: &Member) -> u64 {
    member.visit.edge.gate().policy().max_impersonation.as_secs() / 60
}

fn wanted(member: &Member, user: UserId, filled: &Filled) -> Result<Impersonation, Fault> {
    let reason = ClientLabel::parse("reason", filled.text("reason").trim());
    let reason = reason.map_err(|_| Fault::at("reason", Text::PEOPLE_ACT_BAD_REASON))?;
    let most = most_minutes(member);
    let minutes = filled.text("minutes").trim().parse::<u64>().ok().filter(|minutes| (1..=most).contains(minutes));
    let minutes = minutes.ok_or_else(|| Fault::at("minutes", Text::PEOPLE_ACT_BAD_MINUTES.with("most", most)))?;
    Ok(Impersonation { user, reason, expires_in: Duration::from_secs(60 * minutes) })
}

fn shown(member: &Member, user: &User, fault: Option<&Fault>, filled: Option<&Filled>) -> Response {
    let most = most_minutes(member);
    let usual = USUAL_MINUTES.min(most).to_string();
    let typed = |name: &str, usual: &str| filled.map_or(usual, |filled| filled.text(name)).to_owned();
    let line = |name, label| Field::new(name, FieldKind::Line(Needed::Yes), label);
    let minutes = line("minutes", Text::PEOPLE_ACT_MINUTES).value(typed("minutes", &usual));
    let form = Form::new(Text::PEOPLE_ACT_BUTTON, member.form_token(&page(user.id)))
        .field(line("reason", Text::PEOPLE_ACT_REASON).hint(Text::PEOPLE_ACT_REASON_HINT).value(typed("reason", "")))
        .field(minutes.hint(Text::PEOPLE_ACT_MINUTES_HINT.with("most", most)));
    let sheet = told(sheet(member, Place::Users, Text::PEOPLE_ACT_TITLE), fault, None)
        .block(Block::Facts(vec![(Text::USERNAME.into(), Fact::Is(user.username.to_string()))]))
        .paragraph(Text::PEOPLE_ACT_LEAD)
        .paragraph(Text::PEOPLE_ACT_SEEN)
        .block(Block::Form(marked(form, fault)))
        .block(Block::Link { says: Text::PEOPLE_KEEP.into(), href: Href::page(one::page(user.id)) });
    member.form(status(fault), &sheet)
}

/// The token, this once.
fn made(member: &Member, acting: &Impersonated) -> Response {
    let user = &acting.standing.user;
    let facts = vec![
        (Text::PEOPLE_ACT_AS.into(), Fact::Is(name_of(user).to_owned())),
        (Text::PEOPLE_ACT_UNTIL.into(), Fact::When(acting.standing.session.absolute_end)),
    ];
    let sheet = sheet(member, Place::Users, Text::PEOPLE_ACT_MADE_TITLE)
        .paragraph(Text::PEOPLE_ACT_MADE_LEAD)
        .block(Block::ShownOnce { label: Text::PEOPLE_ACT_TOKEN.into(), value: acting.access_token.clone() })
        .block(Block::Facts(facts))
        .paragraph(Text::PEOPLE_ACT_SEEN)
        .block(Block::Link { says: Text::PEOPLE_ACT_BACK.into(), href: Href::page(one::page(user.id)) });
    member.visit.page(StatusCode::CREATED, &sheet)
}
