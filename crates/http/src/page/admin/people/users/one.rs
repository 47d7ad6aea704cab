//! `/admin/users/{id}`: a user, what it may do, and what an admin can do about it.

use axum::response::Response;
use gatewright_core::{
    Allowed, Openness, SessionsOf, UserAdministration,
    model::{AccountId, Lock, Rank, User, UserId},
    rights,
};

use super::{notes, roles, state};
use crate::{
    Problem,
    extract::UserInPath,
    page::{
        admin::{
            Place,
            people::{
                accounts,
                fault::{Fault, status, told},
                right::also,
                sessions,
            },
            sheet,
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Fact, Form, Href, Section, Sheet, Tone},
        text::Text,
    },
};

/// The page of a user, from the root of the router on.
pub(in crate::page::admin::people) fn page(id: UserId) -> String {
    format!("{}/{id}", Place::Users.page())
}

/// Why nothing was done, and by which of the forms.
#[derive(Clone, Copy, Default)]
struct Failed<'f> {
    fault: Option<&'f Fault>,
    /// What was typed; `None` where it has been overtaken.
    filled: Option<&'f Filled>,
}

impl<'f> Failed<'f> {
    /// What went wrong with the form that does `act`, and what was typed into it.
    fn with(self, act: &str) -> (Option<&'f Fault>, Option<&'f Filled>) {
        match self.filled.filter(|filled| filled.text("act") == act) {
            Some(filled) => (self.fault, Some(filled)),
            None => (None, None),
        }
    }
}

/// `GET`: the user.
pub(in crate::page::admin::people) async fn show(member: Member, UserInPath(id): UserInPath) -> Result<Response, Stop> {
    let by = member.allowed::<rights::UsersRead>().await?;
    shown(&member, &by, id, Failed::default()).await
}

/// `POST`: one of its forms.
pub(in crate::page::admin::people) async fn act(
    member: Member,
    UserInPath(id): UserInPath,
    filled: Filled,
) -> Result<Response, Stop> {
    member.check(&filled, &page(id))?;
    let by = member.allowed::<rights::UsersRead>().await?;
    match done(&member, &by, id, &filled).await? {
        Ok(done) => Ok(member.see_done(&page(id), done)),
        Err(fault) => {
            // What somebody else has changed meanwhile is shown, and not what was typed over it.
            let filled = Some(&filled).filter(|_| !fault.is_overtaken());
            shown(&member, &by, id, Failed { fault: Some(&fault), filled }).await
        }
    }
}

/// What was done, by its name, or why nothing was.
async fn done(
    member: &Member,
    by: &Allowed<rights::UsersRead>,
    id: UserId,
    filled: &Filled,
) -> Result<Result<&'static str, Fault>, Stop> {
    let gate = member.visit.edge.gate();
    let openness = |openness| UserAdministration { openness: Some(openness), ..UserAdministration::default() };
    let (wanted, done) = match filled.text("act") {
        "disable" => (Ok(openness(Openness::Disabled)), "disabled"),
        "enable" => (Ok(openness(Openness::Enabled)), "enabled"),
        roles::ACT => (roles::wanted(member, by, &gate.user_by(by, id).await?, filled).await?, "roles"),
        notes::ACT => (notes::wanted(member, &gate.user_by(by, id).await?, filled), "notes"),
        sessions::END | sessions::END_ALL => return ended(member, id, filled).await,
        _ => return Err(Problem::malformed("There is no such form on the page.").into()),
    };
    let writes = member.allowed::<rights::UsersWrite>().await?;
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(fault) => return Ok(Err(fault)),
    };
    match gate.administer_user(&writes, id, &wanted, &member.visit.client).await {
        Ok(_) => Ok(Ok(done)),
        Err(error) if done == "roles" => roles::fault(member, by, id, filled, error).await.map(Err),
        Err(error) if done == "notes" => notes::fault(member, error).map(Err),
        Err(error) => Fault::of(member, error).map(Err),
    }
}

async fn ended(member: &Member, id: UserId, filled: &Filled) -> Result<Result<&'static str, Fault>, Stop> {
    let reads = member.allowed::<rights::SessionsRead>().await?;
    let ends = member.allowed::<rights::SessionsWrite>().await?;
    let living = member.visit.edge.gate().sessions_of(&reads, SessionsOf::User(id)).await?;
    match filled.text("act") {
        sessions::END => sessions::end(member, &ends, &living, filled.text("of")).await,
        _ => sessions::end_all(member, &ends, &living).await,
    }
}

fn was_done(member: &Member) -> Option<Text> {
    match member.was_done().as_deref()? {
        "disabled" => Some(Text::PEOPLE_NOW_DISABLED),
        "enabled" => Some(Text::PEOPLE_ENABLED),
        "roles" => Some(Text::PEOPLE_USER_ROLES_DONE),
        "notes" => Some(Text::PEOPLE_USER_NOTES_DONE),
        other => sessions::done(other),
    }
}

async fn shown(
    member: &Member,
    by: &Allowed<rights::UsersRead>,
    id: UserId,
    failed: Failed<'_>,
) -> Result<Response, Stop> {
    let gate = member.visit.edge.gate();
    let user = gate.user_by(by, id).await?;
    let token = member.form_token(&page(id));
    let mut sheet = told(sheet(member, Place::Users, Text::PEOPLE_USER_TITLE), failed.fault, was_done(member));
    if user.disabled_at.is_some() {
        sheet = sheet.paragraph(Text::PEOPLE_USER_IS_DISABLED);
    }
    if member.user().id == id {
        sheet = sheet.paragraph(Text::PEOPLE_YOU);
    }
    sheet = sheet.block(facts(member, by, &user).await?);
    let writes = also::<_, rights::UsersWrite>(by);
    if writes.is_some() {
        let (fault, filled) = failed.with(roles::ACT);
        sheet = sheet.section(roles::section(member, by, &user, &token, (fault, filled)).await?);
        let (fault, filled) = failed.with(notes::ACT);
        sheet = sheet.section(notes::section(member, &user, &token, (fault, filled)));
    }
    if let Some(reads) = also::<_, rights::SessionsRead>(by) {
        let living = gate.sessions_of(&reads, SessionsOf::User(id)).await?;
        let ends = also::<_, rights::SessionsWrite>(by).map(|_| token.as_str());
        sheet = sheet.section(sessions::section(member, &living, &[], ends));
    }
    let sheet = acts(sheet, by, &user, writes.map(|_| token.as_str()));
    Ok(member.form(status(failed.fault), &sheet))
}

async fn facts(member: &Member, by: &Allowed<rights::UsersRead>, user: &User) -> Result<Block, Stop> {
    let mut facts = vec![(Text::USERNAME.into(), Fact::Is(user.username.to_string()))];
    if let Some(name) = &user.profile.display_name {
        facts.push((Text::PEOPLE_NAME.into(), Fact::Is(name.clone())));
    }
    let account = account(member, by, user.account_id).await?;
    let rank = match user.rank {
        Rank::Owner => Text::PEOPLE_OWNER,
        Rank::Member => Text::PEOPLE_USER_MEMBER,
    };
    let roles: Vec<&str> = user.roles.names().iter().map(|name| name.as_str()).collect();
    let says = |text: Text| Fact::Says(text.into());
    let roles = if roles.is_empty() { says(Text::PEOPLE_NONE) } else { Fact::Is(roles.join(", ")) };
    facts.extend([
        (Text::PEOPLE_USER_ACCOUNT.into(), account),
        (Text::PEOPLE_USER_RANK.into(), says(rank)),
        (Text::PEOPLE_ROLES.into(), roles),
        (Text::PEOPLE_STATE.into(), says(state(user))),
        (Text::PEOPLE_CREATED.into(), Fact::When(user.created_at)),
    ]);
    if let Some(since) = user.disabled_at {
        facts.push((Text::PEOPLE_DISABLED_SINCE.into(), Fact::When(since)));
    }
    if user.lock == Lock::Pin {
        facts.push((Text::PIN.into(), says(Text::PEOPLE_PIN)));
    }
    facts.push((Text::PEOPLE_ID.into(), Fact::Code(user.id.to_string())));
    Ok(Block::Facts(facts))
}

/// Its account: by the address and with a way there for who may see accounts, and otherwise by its id.
async fn account(member: &Member, by: &Allowed<rights::UsersRead>, id: AccountId) -> Result<Fact, Stop> {
    let Some(reads) = also::<_, rights::AccountsRead>(by) else { return Ok(Fact::Code(id.to_string())) };
    let account = member.visit.edge.gate().account_by(&reads, id).await?.account;
    Ok(Fact::Linked { text: account.email.as_str().to_owned(), href: Href::page(accounts::one::page(id)) })
}

/// What can be done with the user, for who may.
fn acts(sheet: Sheet, by: &Allowed<rights::UsersRead>, user: &User, token: Option<&str>) -> Sheet {
    let below = |name: &str| Href::page(format!("{}/{name}", page(user.id)));
    let mut blocks = Vec::new();
    if let Some(token) = token {
        let button = |says: Text, act| Block::Form(Form::new(says, token.to_owned()).act(act, "").tone(Tone::Quiet));
        if user.disabled_at.is_some() {
            blocks.push(button(Text::PEOPLE_ENABLE, "enable"));
        } else {
            blocks.push(Block::Paragraph(Text::PEOPLE_USER_DISABLE_LEAD.into()));
            blocks.push(button(Text::PEOPLE_DISABLE, "disable"));
        }
    }
    if also::<_, rights::AccountsImpersonate>(by).is_some() && user.disabled_at.is_none() {
        blocks.push(Block::Link { says: Text::PEOPLE_USER_ACT.into(), href: below("impersonate") });
    }
    if token.is_some() {
        blocks.push(Block::Link { says: Text::PEOPLE_USER_REMOVE.into(), href: below("remove") });
    }
    match blocks.is_empty() {
        true => sheet,
        false => sheet.section(Section { title: Text::PEOPLE_ACCOUNT_ACTS.into(), blocks }),
    }
}
