//! `/admin/service-keys/{id}/revoke`: asks once more, and revokes.

use axum::response::Response;
use gatewright_core::{Error, Refusal, model::ServiceKeyId, rights};

use super::{PAGE, facts};
use crate::{
    extract::ServiceKeyInPath,
    page::{
        admin::{
            self, Place,
            fault::{Fault, status, told},
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Fact, Form, Href, Tone},
        text::Text,
    },
};

/// `GET`: which one it is.
pub(in crate::page::admin::system) async fn show(
    member: Member,
    ServiceKeyInPath(id): ServiceKeyInPath,
) -> Result<Response, Stop> {
    member.allowed::<rights::ServiceKeysWrite>().await?;
    shown(&member, id, None).await
}

/// `POST`: revokes it.
pub(in crate::page::admin::system) async fn act(
    member: Member,
    ServiceKeyInPath(id): ServiceKeyInPath,
    filled: Filled,
) -> Result<Response, Stop> {
    let by = member.allowed::<rights::ServiceKeysWrite>().await?;
    member.check(&filled, &page(id))?;
    match member.visit.edge.gate().revoke_service_key(&by, id, &member.visit.client).await {
        Ok(()) => Ok(member.see_done(PAGE, "revoked")),
        Err(error @ Error::Refused(Refusal::PermissionDenied)) => {
            shown(&member, id, Some(&Fault::refused(error, Text::SKEYS_REVOKE_MORE))).await
        }
        Err(error) => Err(member.stop(error)),
    }
}

fn page(id: ServiceKeyId) -> String {
    format!("{PAGE}/{id}/revoke")
}

async fn shown(member: &Member, id: ServiceKeyId, fault: Option<&Fault>) -> Result<Response, Stop> {
    let read = member.allowed::<rights::ServiceKeysRead>().await?;
    let keys = member.visit.edge.gate().list_service_keys(&read).await?;
    let key = keys.into_iter().find(|key| key.id == id).ok_or(Error::from(Refusal::NotFound))?;
    let name = (Text::SYS_NAME, Fact::Is(key.name.clone()));
    let facts = std::iter::once(name).chain(facts(&key)).map(|(label, fact)| (label.into(), fact)).collect();
    let form = Form::new(Text::SKEYS_REVOKE_BUTTON, member.form_token(&page(id))).tone(Tone::Grave);
    let sheet = admin::sheet(member, Place::ServiceKeys, Text::SKEYS_REVOKE_TITLE)
        .paragraph(Text::SKEYS_REVOKE_LEAD)
        .block(Block::Facts(facts))
        .block(Block::Form(form))
        .block(Block::Link { says: Text::SYS_KEEP.into(), href: Href::page(PAGE) });
    Ok(member.form(status(fault), &told(sheet, fault, None)))
}
