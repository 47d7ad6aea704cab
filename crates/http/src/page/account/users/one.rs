//! `/account/users/{id}`: a user's profile, and the ways to its PIN and to its end. What must stay true: the page says
//! what is so, and whatever is weightier than a name has a page of its own that asks for a proof before anything is
//! typed.

use axum::response::Response;
use gatewright_core::model::{Lock, Rank, User};

use super::{find, form, link, page_of};
use crate::{
    extract::UserInPath,
    page::{
        account::{Place, again::Again, sheet},
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Form, Section, Sheet, name_of},
        text::{Say, Text},
    },
};

const ACT: &str = "profile";

/// `GET`: the user as it is.
pub(super) async fn show(member: Member, UserInPath(id): UserInPath) -> Result<Response, Stop> {
    let user = find(&member, id).await?;
    Ok(Again::answer(None, &member, page(&member, &user, None)))
}

/// `POST`: changes its profile.
pub(super) async fn act(member: Member, UserInPath(id): UserInPath, filled: Filled) -> Result<Response, Stop> {
    let user = find(&member, id).await?;
    member.check(&filled, &page_of(id))?;
    let (gate, client) = (member.visit.edge.gate(), &member.visit.client);
    let outcome = match form::read(&filled, naming(&member)) {
        Ok(wanted) => gate.change_user(&member.caller, id, wanted.username, &wanted.profile, client).await,
        Err(invalid) => Err(invalid.into()),
    };
    match outcome {
        Ok(_) => Ok(member.see_done(&page_of(id), "saved")),
        Err(error) => {
            let again = Again::because(&member, error, ACT, &filled, form::explain)?;
            Ok(Again::answer(Some(&again), &member, page(&member, &user, Some(&again))))
        }
    }
}

fn naming(member: &Member) -> form::Naming {
    match member.user().rank {
        Rank::Owner => form::Naming::WithUsername,
        Rank::Member => form::Naming::WithoutUsername,
    }
}

fn said(member: &Member) -> Option<Say> {
    match member.was_done()?.as_str() {
        "saved" => Some(Text::MEMBER_SAVED.into()),
        "pin-set" => Some(Text::MEMBER_PIN_SET.into()),
        "pin-removed" => Some(Text::MEMBER_PIN_REMOVED.into()),
        _ => None,
    }
}

fn page(member: &Member, user: &User, again: Option<&Again<'_>>) -> Sheet {
    let id = user.id;
    let fields = form::fields(
        user,
        naming(member),
        again.map(|again| again.filled),
        again.and_then(|again| again.wrong.as_ref()),
    );
    let profile = Form { fields, ..Form::new(Text::MEMBER_BUTTON, member.form_token(&page_of(id))) };
    let (state, to_pin) = match user.lock {
        Lock::Pin => (Text::MEMBER_PIN_IS, Text::MEMBER_TO_OTHER_PIN),
        Lock::Open => (Text::MEMBER_PIN_NONE, Text::MEMBER_TO_PIN),
    };
    let pin = Section::new(Text::MEMBER_PIN).paragraph(state).block(link(to_pin, format!("{}/pin", page_of(id))));
    let page = sheet(member, Place::Users, Text::MEMBER_TITLE.with("name", name_of(user)))
        .done(said(member))
        .section(Section::new(Text::MEMBER_PROFILE).block(Block::Form(profile)))
        .section(pin);
    let page = match member.user().rank {
        Rank::Owner => {
            let way = link(Text::MEMBER_TO_REMOVE, format!("{}/remove", page_of(id)));
            page.section(Section::new(Text::MEMBER_REMOVE).paragraph(Text::MEMBER_REMOVE_LEAD).block(way))
        }
        Rank::Member => page,
    };
    page.block(link(Text::USERS_ALL, super::PAGE))
}
