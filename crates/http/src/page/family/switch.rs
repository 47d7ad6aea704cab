//! `/switch`: becoming another user of the account, from anywhere and back to there. What must stay true: the session
//! of who it was is over when the new one begins, and its cookies go with it; and what takes a proof takes it here as
//! well.

use axum::response::Response;
use gatewright_core::{
    ChosenUser, Error, SignedIn,
    model::{Rank, User},
};

use super::steps::{Chosen, Steps, address};
use crate::{
    page::{
        entry::{arrive, reach},
        filled::Filled,
        member::{Member, Stop},
        next::Next,
        sheet::{Href, NavItem},
        text::Text,
    },
    route::forget,
};

pub(super) const PATH: &str = "/switch";
const PAGE: &str = "switch";

/// `GET`: who can be chosen, and who it is now; or the PIN of who was chosen.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    let next = Next::asked(&member.visit);
    let users = users(&member).await?;
    let steps = steps(&member, &users, next.as_ref());
    Ok(steps.show(&member.visit, steps.asked(&member.visit)))
}

/// `POST`: switches, or asks for the PIN.
pub(super) async fn act(member: Member, mut filled: Filled) -> Result<Response, Stop> {
    member.check(&filled, PAGE)?;
    let visit = &member.visit;
    let next = Next::carried(visit, &filled);
    let mut chosen = Chosen::of(&mut filled);
    if chosen.user == Some(member.user().id) {
        return Ok(reach(visit, &back(next.as_ref())));
    }
    let error = match switch(&member, &mut chosen).await {
        Ok(signed_in) => {
            let mut response = arrive(visit, &signed_in, &back(next.as_ref())).await;
            let old = &member.standing().session;
            forget(response.headers_mut(), &visit.edge, old.id, old.transport);
            return Ok(response);
        }
        Err(error) => error,
    };
    if let Some(user) = chosen.needs_pin(&error) {
        return Ok(visit.see(&address(PAGE, Some(user), next.as_ref())));
    }
    let wrong = chosen.explain(error).map_err(|error| member.stop(error))?;
    let users = users(&member).await?;
    Ok(steps(&member, &users, next.as_ref()).show_again(visit, &chosen, &wrong))
}

async fn switch(member: &Member, chosen: &mut Chosen) -> Result<SignedIn, Error> {
    let (user, pin) = (ChosenUser::Id(chosen.user()?), chosen.pin()?);
    member.visit.edge.gate().switch(member.caller.clone(), &user, pin.as_ref(), &member.visit.client).await
}

/// Where one came from; without it to the account.
fn back(next: Option<&Next>) -> Href {
    next.map_or_else(|| Href::page("account"), Next::href)
}

async fn users(member: &Member) -> Result<Vec<User>, Error> {
    let mut users = member.visit.edge.gate().list_users(&member.caller).await?;
    users.retain(|user| user.disabled_at.is_none());
    Ok(users)
}

fn steps<'s>(member: &Member, users: &'s [User], next: Option<&'s Next>) -> Steps<'s> {
    let way = |says: Text, page: String| NavItem { says: says.into(), href: Href::page(page), is_here: false };
    let add = (member.user().rank == Rank::Owner).then(|| way(Text::SWITCH_ADD, "account/users/add".to_owned()));
    let other = way(Text::SELECT_OTHER, Next::after(next, "choose-account"));
    Steps {
        page: PAGE,
        title: Text::SWITCH_TITLE,
        lead: Text::SWITCH_LEAD,
        button: Text::SWITCH_BUTTON,
        token: member.form_token(PAGE),
        next,
        users,
        now: Some(member.user().id),
        ways: add.into_iter().chain([other]).collect(),
        back: (Text::SWITCH_BACK, back(next)),
    }
}
