//! `/admin/accounts/{id}/delete`: the account with everything that belongs to it, after its address was typed.

use axum::response::Response;
use gatewright_core::{
    model::{Account, AccountId, Email},
    rights,
};

use super::one;
use crate::{
    extract::AccountInPath,
    page::{
        admin::{
            Place,
            people::fault::{Fault, marked, status, told},
            sheet,
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Fact, Field, FieldKind, Form, Href, Needed, Tone},
        text::Text,
    },
};

fn page(id: AccountId) -> String {
    format!("{}/delete", one::page(id))
}

/// `GET`: what would be deleted.
pub(in crate::page::admin::people) async fn show(
    member: Member,
    AccountInPath(id): AccountInPath,
) -> Result<Response, Stop> {
    member.allowed::<rights::AccountsWrite>().await?;
    Ok(shown(&member, &account(&member, id).await?, None, ""))
}

/// `POST`: deletes it.
pub(in crate::page::admin::people) async fn act(
    member: Member,
    AccountInPath(id): AccountInPath,
    filled: Filled,
) -> Result<Response, Stop> {
    member.check(&filled, &page(id))?;
    let by = member.allowed::<rights::AccountsWrite>().await?;
    let (account, typed) = (account(&member, id).await?, filled.text("email"));
    let is_it = Email::parse("email", typed.trim()).is_ok_and(|email| email.key() == account.email.key());
    if !is_it {
        return Ok(shown(&member, &account, Some(&Fault::at("email", Text::PEOPLE_DELETE_WRONG)), typed));
    }
    match member.visit.edge.gate().delete_account_by(&by, id, &member.visit.client).await {
        Ok(()) => Ok(member.see_done(Place::Accounts.page(), "deleted")),
        Err(error) => Ok(shown(&member, &account, Some(&Fault::of(&member, error)?), typed)),
    }
}

/// The account, for who may also see it.
async fn account(member: &Member, id: AccountId) -> Result<Account, Stop> {
    let by = member.allowed::<rights::AccountsRead>().await?;
    Ok(member.visit.edge.gate().account_by(&by, id).await?.account)
}

fn shown(member: &Member, account: &Account, fault: Option<&Fault>, typed: &str) -> Response {
    let back = Href::page(one::page(account.id));
    let typed = Field::new("email", FieldKind::Line(Needed::Yes), Text::PEOPLE_DELETE_EMAIL).value(typed);
    let form = Form::new(Text::PEOPLE_DELETE_BUTTON, member.form_token(&page(account.id)));
    let mut sheet = told(sheet(member, Place::Accounts, Text::PEOPLE_DELETE_TITLE), fault, None)
        .block(Block::Facts(vec![(Text::EMAIL.into(), Fact::Is(account.email.as_str().to_owned()))]))
        .paragraph(Text::PEOPLE_DELETE_LEAD);
    if member.standing().account.id == account.id {
        sheet = sheet.paragraph(Text::PEOPLE_DELETE_OWN);
    }
    let sheet = sheet
        .block(Block::Form(marked(form.field(typed).tone(Tone::Grave), fault)))
        .block(Block::Link { says: Text::PEOPLE_KEEP.into(), href: back });
    member.form(status(fault), &sheet)
}
