//! `/admin/accounts/{id}`: an account with its users and sessions, and what an admin can do for it.

use axum::response::Response;
use gatewright_core::{
    AdministeredAccount, Allowed, Openness,
    model::{Account, AccountId, Lock, Rank, User},
    rights,
};

use super::{lately, state};
use crate::{
    Problem,
    extract::AccountInPath,
    page::{
        admin::{
            Place,
            people::{
                fault::{Fault, status, told},
                right::also,
                sessions, users,
            },
            sheet,
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Avatar, Block, Fact, Form, Href, Item, Section, Sheet, Tone, name_of},
        text::Text,
    },
};

/// The page of an account, from the root of the router on.
pub(in crate::page::admin::people) fn page(id: AccountId) -> String {
    format!("{}/{id}", Place::Accounts.page())
}

/// `GET`: the account.
pub(in crate::page::admin::people) async fn show(
    member: Member,
    AccountInPath(id): AccountInPath,
) -> Result<Response, Stop> {
    let by = member.allowed::<rights::AccountsRead>().await?;
    shown(&member, &by, id, None).await
}

/// `POST`: one of its forms.
pub(in crate::page::admin::people) async fn act(
    member: Member,
    AccountInPath(id): AccountInPath,
    filled: Filled,
) -> Result<Response, Stop> {
    member.check(&filled, &page(id))?;
    let by = member.allowed::<rights::AccountsRead>().await?;
    match done(&member, &by, id, &filled).await? {
        Ok(done) => Ok(member.see_done(&page(id), done)),
        Err(fault) => shown(&member, &by, id, Some(&fault)).await,
    }
}

/// What was done, by its name, or why nothing was.
async fn done(
    member: &Member,
    by: &Allowed<rights::AccountsRead>,
    id: AccountId,
    filled: &Filled,
) -> Result<Result<&'static str, Fault>, Stop> {
    let (gate, client) = (member.visit.edge.gate(), &member.visit.client);
    let openness = async |openness, done| {
        let by = member.allowed::<rights::AccountsWrite>().await?;
        match gate.set_account_openness(&by, id, openness, client).await {
            Ok(_) => Ok(Ok(done)),
            Err(error) => Fault::of(member, error).map(Err),
        }
    };
    match filled.text("act") {
        "disable" => openness(Openness::Disabled, "disabled").await,
        "enable" => openness(Openness::Enabled, "enabled").await,
        "reset" => {
            let by = member.allowed::<rights::AccountsWrite>().await?;
            match gate.start_reset(&by, id, client).await {
                Ok(()) => Ok(Ok("reset")),
                Err(error) => Fault::of(member, error).map(Err),
            }
        }
        sessions::END => {
            let ends = member.allowed::<rights::SessionsWrite>().await?;
            sessions::end(member, &ends, &gate.account_by(by, id).await?.sessions, filled.text("of")).await
        }
        sessions::END_ALL => {
            let ends = member.allowed::<rights::SessionsWrite>().await?;
            sessions::end_all(member, &ends, &gate.account_by(by, id).await?.sessions).await
        }
        _ => Err(Problem::malformed("There is no such form on the page.").into()),
    }
}

fn was_done(member: &Member) -> Option<Text> {
    match member.was_done().as_deref()? {
        "made" => Some(Text::PEOPLE_ACCOUNT_MADE),
        "disabled" => Some(Text::PEOPLE_NOW_DISABLED),
        "enabled" => Some(Text::PEOPLE_ENABLED),
        "reset" => Some(Text::PEOPLE_ACCOUNT_RESET_DONE),
        other => sessions::done(other),
    }
}

async fn shown(
    member: &Member,
    by: &Allowed<rights::AccountsRead>,
    id: AccountId,
    fault: Option<&Fault>,
) -> Result<Response, Stop> {
    let AdministeredAccount { account, users, sessions } = member.visit.edge.gate().account_by(by, id).await?;
    let token = member.form_token(&page(id));
    let mut sheet = told(sheet(member, Place::Accounts, Text::PEOPLE_ACCOUNT_TITLE), fault, was_done(member));
    if account.disabled_at.is_some() {
        sheet = sheet.paragraph(Text::PEOPLE_ACCOUNT_IS_DISABLED);
    }
    if member.standing().account.id == id {
        sheet = sheet.paragraph(Text::PEOPLE_YOU);
    }
    let leads = also::<_, rights::UsersRead>(by);
    let people = Section::new(Text::PEOPLE_USERS).block(Block::Items {
        items: users.iter().map(|user| item(user, leads.as_ref())).collect(),
        empty: Text::PEOPLE_ACCOUNT_NO_USERS.into(),
    });
    let ends = also::<_, rights::SessionsWrite>(by).map(|_| token.as_str());
    sheet = sheet.block(facts(&account)).section(people).section(sessions::section(member, &sessions, &users, ends));
    if let Some(reads) = also::<_, rights::ActivityRead>(by) {
        sheet = sheet.section(lately::section(member, &reads, id).await?);
    }
    if also::<_, rights::AccountsWrite>(by).is_some() {
        sheet = acts(sheet, &account, &token);
    }
    Ok(member.form(status(fault), &sheet))
}

fn facts(account: &Account) -> Block {
    let says = |text: Text| Fact::Says(text.into());
    let proved = account.email_verified_at.map_or(says(Text::PEOPLE_NEVER), Fact::When);
    let mut facts = vec![
        (Text::EMAIL.into(), Fact::Is(account.email.as_str().to_owned())),
        (Text::PEOPLE_ACCOUNT_PROVED.into(), proved),
        (Text::PEOPLE_STATE.into(), says(state(account))),
        (Text::PEOPLE_CREATED.into(), Fact::When(account.created_at)),
    ];
    if let Some(since) = account.disabled_at {
        facts.push((Text::PEOPLE_DISABLED_SINCE.into(), Fact::When(since)));
    }
    facts.push((Text::PEOPLE_ID.into(), Fact::Code(account.id.to_string())));
    Block::Facts(facts)
}

/// A user, with a way to its page for who may see it.
fn item(user: &User, leads: Option<&Allowed<rights::UsersRead>>) -> Item {
    let name = name_of(user).to_owned();
    let title = match leads {
        Some(_) => Fact::Linked { text: name, href: Href::page(users::one::page(user.id)) },
        None => Fact::Is(name),
    };
    let mut item = Item { avatar: Some(Avatar::of(user)), ..Item::new(title) };
    item = item.detail(Text::USERNAME, Fact::Is(user.username.to_string()));
    if user.rank == Rank::Owner {
        item = item.badge(Text::PEOPLE_OWNER, Tone::Plain);
    }
    if user.lock == Lock::Pin {
        item = item.badge(Text::PEOPLE_PIN, Tone::Quiet);
    }
    if user.disabled_at.is_some() {
        item = item.badge(Text::PEOPLE_DISABLED, Tone::Grave);
    }
    item
}

/// What can be done with the account; a reset only where somebody could sign in with it.
fn acts(sheet: Sheet, account: &Account, token: &str) -> Sheet {
    let button = |says: Text, act| Block::Form(Form::new(says, token.to_owned()).act(act, "").tone(Tone::Quiet));
    let mut section = Section::new(Text::PEOPLE_ACCOUNT_ACTS);
    if account.disabled_at.is_none() {
        section = section
            .paragraph(Text::PEOPLE_ACCOUNT_RESET_LEAD)
            .block(button(Text::PEOPLE_ACCOUNT_RESET, "reset"))
            .paragraph(Text::PEOPLE_ACCOUNT_DISABLE_LEAD)
            .block(button(Text::PEOPLE_DISABLE, "disable"));
    } else {
        section = section.block(button(Text::PEOPLE_ENABLE, "enable"));
    }
    let delete = Href::page(format!("{}/delete", page(account.id)));
    sheet.section(section.block(Block::Link { says: Text::PEOPLE_ACCOUNT_DELETE.into(), href: delete }))
}
