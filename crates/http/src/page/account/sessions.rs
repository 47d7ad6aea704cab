//! `/account/sessions`: where somebody is signed in, and signing out there. What must stay true: of the last use the day is told and
//! no hour, which would tell a thief when his victim comes (DESIGN 4.3); and sessions of others are not there.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    Error, Refusal,
    model::{AuthMethod, Rank, Session, SessionId, Transport, User},
};

use super::{
    Oneself, Place,
    device::{device, place},
    name_in, oneself, sheet,
};
use crate::{
    extract::one_spelling,
    page::{
        filled::Filled,
        member::{Member, SIGN_IN, Stop},
        sheet::{Block, Fact, Form, Item, Section, Tone},
        text::Text,
    },
    route::forget,
};

const PAGE: &str = "account/sessions";

/// `GET`: the devices.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    let gate = member.visit.edge.gate();
    let sessions = gate.list_sessions(&member.caller).await?;
    let users = gate.list_users(&member.caller).await?;
    let lead = match member.user().rank {
        Rank::Owner if users.len() > 1 => Text::SESSIONS_LEAD_OWNER,
        Rank::Owner | Rank::Member => Text::SESSIONS_LEAD,
    };
    let done = match member.was_done().as_deref() {
        Some("ended") => Some(Text::SESSIONS_ENDED.into()),
        Some("others") => Some(Text::SESSIONS_OTHERS_DONE.into()),
        _ => None,
    };
    let items = sessions.iter().map(|session| item(&member, session, &users)).collect();
    let sheet = sheet(&member, Place::Sessions, Text::SESSIONS_TITLE)
        .done(done)
        .paragraph(lead)
        .block(Block::Items { items, empty: Text::SESSIONS_NONE.into() });
    match oneself(&member) {
        Oneself::No => Ok(member.visit.page(StatusCode::OK, &sheet.paragraph(Text::ACCOUNT_ACTING))),
        Oneself::Yes => {
            let form = Form::new(Text::SESSIONS_OTHERS_BUTTON, member.form_token(PAGE)).act("others", "");
            let others = Section::new(Text::SESSIONS_OTHERS)
                .paragraph(Text::SESSIONS_OTHERS_WHY)
                .block(Block::Form(form.tone(Tone::Quiet)));
            Ok(member.form(StatusCode::OK, &sheet.section(others)))
        }
    }
}

/// `POST`: signs one out, or all the others of this user.
pub(super) async fn act(member: Member, filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let (gate, client) = (member.visit.edge.gate(), &member.visit.client);
    if filled.text("act") == "others" {
        gate.end_other_sessions(&member.caller, client).await?;
        return Ok(member.see_done(PAGE, "others"));
    }
    let id = named(filled.text("of"))?;
    gate.end_session(&member.caller, id, client).await?;
    if id != member.standing().session.id {
        return Ok(member.see_done(PAGE, "ended"));
    }
    let mut response = member.visit.see(SIGN_IN);
    forget(response.headers_mut(), &member.visit.edge, id, Transport::Cookie);
    Ok(response)
}

/// The session of a form. What is no id names nothing, so it answers like one that nobody has; and an id has one spelling.
fn named(text: &str) -> Result<SessionId, Error> {
    one_spelling(text).ok_or_else(|| Refusal::NotFound.into())
}

fn item(member: &Member, session: &Session, users: &[User]) -> Item {
    let is_own = session.id == member.standing().session.id;
    let is_acted = session.amr.contains(&AuthMethod::Impersonation);
    let item = Item::new(Fact::Says(device(session.last_user_agent.as_ref())));
    let item = if is_own { item.badge(Text::SESSIONS_THIS, Tone::Good) } else { item };
    let item = match (is_acted, &session.label) {
        (true, label) => {
            let item = item.badge(Text::SESSIONS_ACTING, Tone::Grave).sentence(Text::SESSIONS_ACTING_WHY);
            let reason = label.as_ref().map(|reason| Fact::Is(reason.as_str().to_owned()));
            reason.into_iter().fold(item, |item, reason| item.detail(Text::SESSIONS_REASON, reason))
        }
        (false, Some(label)) => item.detail(Text::SESSIONS_CALLED, Fact::Is(label.as_str().to_owned())),
        (false, None) => item,
    };
    let item = if users.len() > 1 && member.user().rank == Rank::Owner {
        item.detail(Text::SESSIONS_USER, name_in(users, session.user_id))
    } else {
        item
    };
    let item = item
        .detail(Text::SESSIONS_PLACE, Fact::Says(place(session.last_ip, member.visit.client.ip)))
        .detail(Text::SESSIONS_SINCE, Fact::When(session.created_at))
        .detail(Text::SESSIONS_LAST, Fact::Day(session.chain.rotated_at));
    match oneself(member) {
        Oneself::Yes if !is_own => {
            let form = Form::new(Text::SESSIONS_END, member.form_token(PAGE));
            item.form(form.act("end", session.id.to_string()).tone(Tone::Quiet))
        }
        Oneself::Yes | Oneself::No => item,
    }
}
