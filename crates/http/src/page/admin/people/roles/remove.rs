//! `/admin/roles/{name}/remove`: a stored role, after a second look.

use axum::response::Response;
use gatewright_core::{KnownRole, RoleSource, model::RoleName, rights};

use super::{form, may, one};
use crate::{
    extract::RoleInPath,
    page::{
        admin::{
            Place,
            people::fault::{Fault, status, told},
            sheet,
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Form, Href, Tone},
        text::Text,
    },
};

fn page(name: &RoleName) -> String {
    format!("{}/remove", one::page(name))
}

/// `GET`: what would be removed.
pub(in crate::page::admin::people) async fn show(
    member: Member,
    RoleInPath(name): RoleInPath,
) -> Result<Response, Stop> {
    member.allowed::<rights::RolesWrite>().await?;
    let by = member.allowed::<rights::RolesRead>().await?;
    Ok(shown(&member, &one::role(&member, &by, &name).await?, None))
}

/// `POST`: removes it.
pub(in crate::page::admin::people) async fn act(
    member: Member,
    RoleInPath(name): RoleInPath,
    filled: Filled,
) -> Result<Response, Stop> {
    member.check(&filled, &page(&name))?;
    let by = member.allowed::<rights::RolesWrite>().await?;
    let reads = member.allowed::<rights::RolesRead>().await?;
    let role = one::role(&member, &reads, &name).await?;
    match member.visit.edge.gate().remove_role(&by, &name, &member.visit.client).await {
        Ok(()) => Ok(member.see_done(Place::Roles.page(), "removed")),
        Err(error) => {
            let fault = form::fault(&member, by.admin(), &role.permissions, &[], error)?;
            Ok(shown(&member, &role, Some(&fault)))
        }
    }
}

fn shown(member: &Member, role: &KnownRole, fault: Option<&Fault>) -> Response {
    let title = Text::PEOPLE_ROLE_REMOVE_TITLE.with("name", role.name.as_str());
    let sheet = told(sheet(member, Place::Roles, title), fault, None)
        .block(Block::Facts(vec![(Text::PEOPLE_ROLE_MAY.into(), may(role))]));
    let sheet = match role.source {
        RoleSource::BuiltIn => sheet.paragraph(Text::PEOPLE_ROLE_FIXED_BUILT_IN),
        RoleSource::Settings => sheet.paragraph(Text::PEOPLE_ROLE_FIXED_SETTINGS),
        RoleSource::Stored => {
            let form = Form::new(Text::PEOPLE_ROLE_REMOVE_BUTTON, member.form_token(&page(&role.name)));
            sheet.paragraph(Text::PEOPLE_ROLE_REMOVE_LEAD).block(Block::Form(form.tone(Tone::Grave)))
        }
    };
    let back = Href::page(one::page(&role.name));
    member.form(status(fault), &sheet.block(Block::Link { says: Text::PEOPLE_KEEP.into(), href: back }))
}
