//! `/admin/accounts`: all accounts, newest first, or those whose address begins with something.

pub(super) mod add;
pub(super) mod delete;
mod lately;
pub(super) mod one;

use axum::response::Response;
use gatewright_core::{
    AccountsWanted, Paged,
    model::{Account, Email, User},
    rights,
};

use super::{
    fault::{marked, status, told},
    listing::{Listing, PER_PAGE},
    right::also,
};
use crate::page::{
    admin::{Place, sheet},
    member::{Member, Stop},
    sheet::{Block, Fact, Form, Href, Row, Table},
    text::{Say, Text},
};

/// The page, from the root of the router on.
const PAGE: &str = Place::Accounts.page();

/// `GET`: a page of them.
pub(super) async fn list(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::AccountsRead>().await?;
    let (gate, listing) = (member.visit.edge.gate(), Listing::of(&member.visit));
    let fault = listing.fault();
    let found = if fault.is_some() || listing.finds_nothing() {
        Paged { items: Vec::new(), next: None }
    } else {
        let wanted: AccountsWanted = listing.wanted(Email::beginning_of_key)?;
        gate.list_accounts(&by, wanted, PER_PAGE).await?
    };
    let mut rows = Vec::new();
    for account in &found.items {
        rows.push(row(account, &gate.users_of_account(&by, account.id).await?));
    }
    let columns = [Text::EMAIL, Text::PEOPLE_USERS, Text::PEOPLE_CREATED, Text::PEOPLE_STATE];
    let table = Table {
        caption: Text::PEOPLE_ACCOUNTS_TITLE.into(),
        columns: columns.map(Say::from).to_vec(),
        rows,
        empty: Text::PEOPLE_ACCOUNTS_NONE.into(),
    };
    let search = Form::asking(Text::PEOPLE_SEARCH).field(listing.field(Text::PEOPLE_ACCOUNTS_SEARCH));
    let done = member.was_done().filter(|done| done == "deleted").map(|_| Text::PEOPLE_ACCOUNT_DELETED);
    let mut sheet = told(sheet(&member, Place::Accounts, Text::PEOPLE_ACCOUNTS_TITLE), fault.as_ref(), done);
    if also::<_, rights::AccountsWrite>(&by).is_some() {
        let href = Href::page(format!("{PAGE}/add"));
        sheet = sheet.block(Block::Link { says: Text::PEOPLE_ACCOUNTS_ADD.into(), href });
    }
    let sheet = sheet
        .block(Block::Form(marked(search, fault.as_ref())))
        .block(Block::Table(table))
        .block(listing.pager(PAGE, found.next.as_ref()));
    Ok(member.visit.page(status(fault.as_ref()), &sheet))
}

fn row(account: &Account, users: &[User]) -> Row {
    let names: Vec<&str> = users.iter().map(|user| user.username.as_str()).collect();
    let href = Href::page(one::page(account.id));
    Row {
        cells: vec![
            Fact::Linked { text: account.email.as_str().to_owned(), href },
            Fact::Is(names.join(", ")),
            Fact::When(account.created_at),
            Fact::Says(state(account).into()),
        ],
    }
}

/// How an account stands, in one word or two.
fn state(account: &Account) -> Text {
    match (account.disabled_at, account.email_verified_at) {
        (Some(_), _) => Text::PEOPLE_DISABLED,
        (None, None) => Text::PEOPLE_UNPROVED,
        (None, Some(_)) => Text::PEOPLE_ACTIVE,
    }
}
