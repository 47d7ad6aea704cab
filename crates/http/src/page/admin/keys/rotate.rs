//! `/admin/keys/rotate`: what happens when the next key takes over, and the button that has it do so.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{RotateError, model::Timestamp, rights, token::RotationError};

use super::super::{Place, sheet};
use crate::{
    Problem,
    page::{
        filled::Filled,
        mail::whole,
        member::{Member, Stop},
        sheet::{Block, Form, Href, Sheet, Tone},
        text::{Say, Text},
    },
};

pub(super) const PAGE: &str = "admin/keys/rotate";

/// `GET`: what will happen.
pub(in crate::page::admin) async fn show(member: Member) -> Result<Response, Stop> {
    member.allowed::<rights::KeysWrite>().await?;
    Ok(member.form(StatusCode::OK, &asked(&member, None)))
}

fn asked(member: &Member, wrong: Option<Say>) -> Sheet {
    let button = Form::new(Text::ROTATE_BUTTON, member.form_token(PAGE)).tone(Tone::Grave);
    sheet(member, Place::Keys, Text::ROTATE_TITLE)
        .noticed(wrong)
        .paragraph(Text::ROTATE_LEAD)
        .paragraph(Text::ROTATE_LEAKED)
        .block(Block::Form(button))
        .block(Block::Link { says: Text::ROTATE_NOT.into(), href: Href::page(super::PAGE) })
}

/// `POST`: the next key takes over.
pub(in crate::page::admin) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let by = member.allowed::<rights::KeysWrite>().await?;
    let gate = member.visit.edge.gate();
    let error = match gate.rotate_keys_by(&by, &member.visit.client).await {
        Ok(_) => return Ok(member.see_done(super::PAGE, "rotated")),
        Err(error) => error,
    };
    let now = gate.now();
    let why: Say = match &error {
        RotateError::Given => Text::ROTATE_GIVEN.into(),
        RotateError::Refused(RotationError::NotYet { at }) => {
            Text::ROTATE_NOT_YET.with("minutes", whole(Timestamp::from_secs(*at).since(now), 60))
        }
        RotateError::Refused(_) | RotateError::Failed(_) => return Err(Problem::of_rotation(error, now).into()),
    };
    let status = Problem::of_rotation(error, now).code().status();
    Ok(member.form(status, &asked(&member, Some(why))))
}
