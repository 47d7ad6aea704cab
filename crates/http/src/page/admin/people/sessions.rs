//! The sessions of an account or a user, with what ends them. What must stay true: a form ends only sessions that its page is about,
//! whatever id is sent with it.

use gatewright_core::{
    Allowed, Error, Refusal,
    model::{AuthMethod, Session, User},
    rights,
};

use super::fault::Fault;
use crate::{
    Code,
    page::{
        account::device::{device, place},
        member::{Member, Stop},
        sheet::{Block, Fact, Form, Item, Section, Tone, name_of},
        text::Text,
    },
};

/// The act that ends one of them, and the one that ends all.
pub(super) const END: &str = "end";
pub(super) const END_ALL: &str = "end_all";

/// What the page shows of them; with `token`, forms to end them. `users` are those that one is told from another by.
pub(super) fn section(member: &Member, sessions: &[Session], users: &[User], token: Option<&str>) -> Section {
    let items = sessions.iter().map(|session| item(member, session, users, token)).collect();
    let section =
        Section::new(Text::PEOPLE_SESSIONS).block(Block::Items { items, empty: Text::PEOPLE_SESSIONS_NONE.into() });
    match token {
        Some(token) if sessions.len() > 1 => {
            let all = Form::new(Text::PEOPLE_SESSIONS_END, token.to_owned()).act(END_ALL, "").tone(Tone::Grave);
            section.block(Block::Form(all))
        }
        Some(_) | None => section,
    }
}

fn item(member: &Member, session: &Session, users: &[User], token: Option<&str>) -> Item {
    let mut item = Item::new(Fact::Says(device(session.last_user_agent.as_ref())));
    if session.id == member.standing().session.id {
        item = item.badge(Text::PEOPLE_SESSION_HERE, Tone::Good);
    }
    let is_acted = session.amr.contains(&AuthMethod::Impersonation);
    if is_acted {
        item = item.badge(Text::PEOPLE_SESSION_ACTING, Tone::Grave);
    }
    if let Some(label) = &session.label {
        let says = if is_acted { Text::PEOPLE_ACT_REASON } else { Text::PEOPLE_SESSION_CALLED };
        item = item.detail(says, Fact::Is(label.as_str().to_owned()));
    }
    if let Some(user) = users.iter().find(|user| user.id == session.user_id) {
        item = item.detail(Text::PEOPLE_SESSION_USER, Fact::Is(name_of(user).to_owned()));
    }
    item = item
        .sentence(place(session.last_ip, member.visit.client.ip))
        .detail(Text::PEOPLE_SESSION_SINCE, Fact::When(session.created_at))
        .detail(Text::PEOPLE_SESSION_UNTIL, Fact::When(session.absolute_end));
    match token {
        Some(token) => {
            let end = Form::new(Text::PEOPLE_SESSION_END, token.to_owned());
            item.form(end.act(END, session.id.to_string()).tone(Tone::Quiet))
        }
        None => item,
    }
}

/// Ends the one of them whose id was sent.
///
/// # Errors
/// Nobody can mend it here.
pub(super) async fn end(
    member: &Member,
    by: &Allowed<rights::SessionsWrite>,
    sessions: &[Session],
    id: &str,
) -> Result<Result<&'static str, Fault>, Stop> {
    let Some(session) = sessions.iter().find(|session| session.id.to_string() == id) else {
        return Ok(Err(Fault::new(Code::NotFound, Text::PEOPLE_SESSION_GONE)));
    };
    match member.visit.edge.gate().end_session_by(by, session.id, &member.visit.client).await {
        Ok(()) => Ok(Ok("ended")),
        Err(error) => Fault::of(member, error).map(Err),
    }
}

/// Ends all of them that the caller may end.
///
/// # Errors
/// Nobody can mend it here.
pub(super) async fn end_all(
    member: &Member,
    by: &Allowed<rights::SessionsWrite>,
    sessions: &[Session],
) -> Result<Result<&'static str, Fault>, Stop> {
    let mut refused = None;
    for session in sessions {
        match member.visit.edge.gate().end_session_by(by, session.id, &member.visit.client).await {
            Ok(()) | Err(Error::Refused(Refusal::NotFound)) => {}
            Err(Error::Refused(Refusal::PermissionDenied)) => {
                refused = Some(Fault::new(Code::PermissionDenied, Text::PEOPLE_SESSIONS_LEFT));
            }
            Err(error) => return Err(member.stop(error)),
        }
    }
    Ok(refused.map_or(Ok("all_ended"), Err))
}

/// What was done, in words.
pub(super) fn done(name: &str) -> Option<Text> {
    match name {
        "ended" => Some(Text::PEOPLE_SESSION_ENDED),
        "all_ended" => Some(Text::PEOPLE_SESSIONS_ENDED),
        _ => None,
    }
}
