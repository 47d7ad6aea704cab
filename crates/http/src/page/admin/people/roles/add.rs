//! `/admin/add-role`: a role that was not defined.

use axum::response::Response;
use gatewright_core::{
    Allowed,
    model::{Permissions, RoleName},
    rights,
};

use super::form;
use crate::{
    Code,
    page::{
        admin::{
            Place,
            people::fault::{Fault, marked, status, told},
            sheet,
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Field, FieldKind, Form, Needed},
        text::Text,
    },
};

pub(super) const PAGE: &str = "admin/add-role";

/// `GET`: the form.
pub(in crate::page::admin::people) async fn show(member: Member) -> Result<Response, Stop> {
    member.allowed::<rights::RolesWrite>().await?;
    Ok(shown(&member, None, None))
}

/// `POST`: defines it. What is defined already is changed at its own page, so that nobody changes it unseen.
pub(in crate::page::admin::people) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let by = member.allowed::<rights::RolesWrite>().await?;
    match defined(&member, &by, &filled).await? {
        Ok(()) => Ok(member.see_done(Place::Roles.page(), "saved")),
        Err(fault) => Ok(shown(&member, Some(&fault), Some(&filled))),
    }
}

async fn defined(
    member: &Member,
    by: &Allowed<rights::RolesWrite>,
    filled: &Filled,
) -> Result<Result<(), Fault>, Stop> {
    let gate = member.visit.edge.gate();
    let Ok(name) = filled.text("name").trim().parse::<RoleName>() else {
        return Ok(Err(Fault::at("name", Text::PEOPLE_ROLE_BAD_NAME)));
    };
    let reads = member.allowed::<rights::RolesRead>().await?;
    if gate.list_roles(&reads).await?.iter().any(|role| role.name == name) {
        return Ok(Err(Fault::new(Code::RoleFixed, Text::PEOPLE_ROLE_TAKEN).moved_to("name")));
    }
    let wanted = match form::typed(filled) {
        Ok(wanted) => wanted,
        Err(fault) => return Ok(Err(fault)),
    };
    match gate.put_role(by, name, wanted.clone(), &member.visit.client).await {
        Ok(_) => Ok(Ok(())),
        Err(error) => form::fault(member, by.admin(), &Permissions::default(), &wanted, error).map(Err),
    }
}

fn shown(member: &Member, fault: Option<&Fault>, filled: Option<&Filled>) -> Response {
    let name = Field::new("name", FieldKind::Line(Needed::Yes), Text::PEOPLE_ROLE_NAME)
        .hint(Text::PEOPLE_ROLE_NAME_HINT)
        .value(filled.map_or("", |filled| filled.text("name")));
    let form = Form::new(Text::PEOPLE_ROLE_BUTTON, member.form_token(PAGE)).field(name);
    let form = form::with_fields(form, filled, &Permissions::default());
    let sheet = told(sheet(member, Place::Roles, Text::PEOPLE_ROLE_ADD_TITLE), fault, None)
        .block(Block::Form(marked(form, fault)));
    member.form(status(fault), &sheet)
}
