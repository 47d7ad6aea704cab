//! `/account/data`: taking everything along, and the way to deleting the account. Both are an owner's.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gatewright_core::{Fresh, Owner, model::Rank};

use super::{Oneself, Place, oneself, sheet};
use crate::{
    page::{
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Form, Href, Section},
        text::Text,
    },
    view,
};

const PAGE: &str = "account/data";

/// `GET`: what can be done.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    let sheet = sheet(&member, Place::Data, Text::DATA_TITLE);
    Ok(match (oneself(&member), member.user().rank) {
        (Oneself::No, _) => member.visit.page(StatusCode::OK, &sheet.paragraph(Text::ACCOUNT_ACTING)),
        (Oneself::Yes, Rank::Member) => member.visit.page(StatusCode::OK, &sheet.paragraph(Text::DATA_MEMBER)),
        (Oneself::Yes, Rank::Owner) => {
            let form = Form::new(Text::DATA_EXPORT_BUTTON, member.form_token(PAGE)).act("export", "");
            let export = Section::new(Text::DATA_EXPORT).paragraph(Text::DATA_EXPORT_WHY).block(Block::Form(form));
            let link = Block::Link { says: Text::DATA_DELETE_LINK.into(), href: Href::page(super::delete::PAGE) };
            let delete = Section::new(Text::DATA_DELETE).paragraph(Text::DATA_DELETE_WHY).block(link);
            member.form(StatusCode::OK, &sheet.section(export).section(delete))
        }
    })
}

/// `POST`: the file, which is the answer of `GET /auth/account/export`. It is a `POST` because it is noted in the log.
pub(super) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let owner = member.earn::<Fresh<Owner>>()?;
    let gate = member.visit.edge.gate();
    let export = gate.export_account(&owner, &member.visit.client).await?;
    let now = gate.now();
    let mut response = Json(view::AccountExport::new(&export, &member.caller, now)).into_response();
    let name = format!("attachment; filename=\"account-{}.json\"", now.date());
    if let Ok(name) = HeaderValue::try_from(name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
