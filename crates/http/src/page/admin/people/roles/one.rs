//! `/admin/roles/{name}`: a role, to be changed if it is one that can be.

use axum::response::Response;
use gatewright_core::{
    Allowed, Error, KnownRole, Refusal, RoleSource,
    model::{Permission, Permissions, RoleName},
    rights,
};

use super::{form, may};
use crate::{
    extract::RoleInPath,
    page::{
        admin::{
            Place,
            people::{
                fault::{Fault, marked, status, told},
                right::also,
            },
            sheet,
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Fact, Field, Form, Href},
        text::Text,
    },
};

/// The page of a role, from the root of the router on.
pub(super) fn page(name: &RoleName) -> String {
    format!("{}/{name}", Place::Roles.page())
}

/// `GET`: the role.
pub(in crate::page::admin::people) async fn show(
    member: Member,
    RoleInPath(name): RoleInPath,
) -> Result<Response, Stop> {
    let by = member.allowed::<rights::RolesRead>().await?;
    let role = role(&member, &by, &name).await?;
    Ok(shown(&member, &by, &role, None, None))
}

/// `POST`: changes it.
pub(in crate::page::admin::people) async fn act(
    member: Member,
    RoleInPath(name): RoleInPath,
    filled: Filled,
) -> Result<Response, Stop> {
    member.check(&filled, &page(&name))?;
    let by = member.allowed::<rights::RolesRead>().await?;
    let role = role(&member, &by, &name).await?;
    match changed(&member, &role, &filled).await? {
        Ok(()) => Ok(member.see_done(Place::Roles.page(), "saved")),
        Err(fault) => {
            // What somebody else has changed meanwhile is shown, and not what was typed over it.
            let filled = Some(&filled).filter(|_| !fault.is_overtaken());
            Ok(shown(&member, &by, &role, Some(&fault), filled))
        }
    }
}

/// The role, if it is defined.
pub(super) async fn role(member: &Member, by: &Allowed<rights::RolesRead>, name: &RoleName) -> Result<KnownRole, Stop> {
    let roles = member.visit.edge.gate().list_roles(by).await?;
    let found = roles.into_iter().find(|role| role.name == *name);
    found.ok_or_else(|| Error::from(Refusal::NotFound).into())
}

async fn changed(member: &Member, role: &KnownRole, filled: &Filled) -> Result<Result<(), Fault>, Stop> {
    let writes = member.allowed::<rights::RolesWrite>().await?;
    if filled.text("seen") != joined(&role.permissions) {
        return Ok(Err(Fault::overtaken()));
    }
    let wanted = match form::typed(filled) {
        Ok(wanted) => wanted,
        Err(fault) => return Ok(Err(fault)),
    };
    let gate = member.visit.edge.gate();
    match gate.put_role(&writes, role.name.clone(), wanted.clone(), &member.visit.client).await {
        Ok(_) => Ok(Ok(())),
        Err(error) => form::fault(member, writes.admin(), &role.permissions, &wanted, error).map(Err),
    }
}

fn shown(
    member: &Member,
    by: &Allowed<rights::RolesRead>,
    role: &KnownRole,
    fault: Option<&Fault>,
    filled: Option<&Filled>,
) -> Response {
    let title = Text::PEOPLE_ROLE_TITLE.with("name", role.name.as_str());
    let sheet = told(sheet(member, Place::Roles, title), fault, None);
    let mut facts = vec![(Text::PEOPLE_ROLE_MAY.into(), may(role))];
    if let Some(at) = role.changed_at {
        facts.push((Text::PEOPLE_ROLE_CHANGED.into(), Fact::When(at)));
    }
    let sheet = sheet.block(Block::Facts(facts));
    let sheet = match role.source {
        RoleSource::BuiltIn => sheet.paragraph(Text::PEOPLE_ROLE_FIXED_BUILT_IN),
        RoleSource::Settings => sheet.paragraph(Text::PEOPLE_ROLE_FIXED_SETTINGS),
        RoleSource::Stored if also::<_, rights::RolesWrite>(by).is_none() => sheet,
        RoleSource::Stored => {
            let form = Form::new(Text::PEOPLE_ROLE_BUTTON, member.form_token(&page(&role.name)))
                .field(Field::hidden("seen", joined(&role.permissions)));
            let form = form::with_fields(form, filled, &role.permissions);
            let remove = Href::page(format!("{}/remove", page(&role.name)));
            sheet
                .block(Block::Form(marked(form, fault)))
                .block(Block::Link { says: Text::PEOPLE_ROLE_REMOVE.into(), href: remove })
        }
    };
    member.form(status(fault), &sheet)
}

fn joined(permissions: &Permissions) -> String {
    permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(" ")
}
