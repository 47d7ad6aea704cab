//! `/admin/users/{id}/remove`: a user with its PIN and its sessions, after a second look.

use axum::response::Response;
use gatewright_core::{
    model::{User, UserId},
    rights,
};

use super::one;
use crate::{
    extract::UserInPath,
    page::{
        admin::{
            Place,
            people::fault::{Fault, status, told},
            sheet,
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Fact, Form, Href, Tone},
        text::Text,
    },
};

fn page(id: UserId) -> String {
    format!("{}/remove", one::page(id))
}

/// `GET`: who would be removed.
pub(in crate::page::admin::people) async fn show(member: Member, UserInPath(id): UserInPath) -> Result<Response, Stop> {
    member.allowed::<rights::UsersWrite>().await?;
    Ok(shown(&member, &user(&member, id).await?, None))
}

/// `POST`: removes the user.
pub(in crate::page::admin::people) async fn act(
    member: Member,
    UserInPath(id): UserInPath,
    filled: Filled,
) -> Result<Response, Stop> {
    member.check(&filled, &page(id))?;
    let by = member.allowed::<rights::UsersWrite>().await?;
    match member.visit.edge.gate().remove_user_by(&by, id, &member.visit.client).await {
        Ok(()) => Ok(member.see_done(Place::Users.page(), "removed")),
        Err(error) => {
            let fault = Fault::of(&member, error)?;
            Ok(shown(&member, &user(&member, id).await?, Some(&fault)))
        }
    }
}

/// The user, for who may also see it.
async fn user(member: &Member, id: UserId) -> Result<User, Stop> {
    let by = member.allowed::<rights::UsersRead>().await?;
    Ok(member.visit.edge.gate().user_by(&by, id).await?)
}

fn shown(member: &Member, user: &User, fault: Option<&Fault>) -> Response {
    let form = Form::new(Text::PEOPLE_REMOVE_BUTTON, member.form_token(&page(user.id))).tone(Tone::Grave);
    let mut facts = vec![(Text::USERNAME.into(), Fact::Is(user.username.to_string()))];
    if let Some(name) = &user.profile.display_name {
        facts.push((Text::PEOPLE_NAME.into(), Fact::Is(name.clone())));
    }
    let mut sheet = told(sheet(member, Place::Users, Text::PEOPLE_REMOVE_TITLE), fault, None)
        .block(Block::Facts(facts))
        .paragraph(Text::PEOPLE_REMOVE_LEAD);
    if member.user().id == user.id {
        sheet = sheet.paragraph(Text::PEOPLE_YOU);
    }
    let back = Href::page(one::page(user.id));
    let sheet = sheet.block(Block::Form(form)).block(Block::Link { says: Text::PEOPLE_KEEP.into(), href: back });
    member.form(status(fault), &sheet)
}
