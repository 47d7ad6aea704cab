//! `/admin/users`: the users of all accounts, newest first, those whose name begins with something, or the admins.

pub(super) mod impersonate;
mod notes;
pub(super) mod one;
pub(super) mod remove;
mod roles;

use axum::response::Response;
use gatewright_core::{
    Allowed, Paged, UsersWanted,
    model::{ADMIN, RoleName, User, Username},
    rights,
};

use super::{
    fault::{Fault, marked, status, told},
    listing::{Listing, PER_PAGE},
};
use crate::{
    Problem,
    page::{
        admin::{Place, sheet},
        member::{Member, Stop},
        sheet::{Block, Choice, Fact, Field, FieldKind, Form, Href, Label, Row, Table},
        text::{Say, Text},
    },
};

/// The page, from the root of the router on.
const PAGE: &str = Place::Users.page();

/// Of whom.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whom {
    All,
    Admins,
}

/// `GET`: a page of them.
pub(super) async fn list(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::UsersRead>().await?;
    let listing = Listing::of(&member.visit);
    let whom = match member.visit.parameter("role").as_deref() {
        None | Some("") => Whom::All,
        Some(ADMIN) => Whom::Admins,
        Some(_) => return Err(Problem::invalid("role", "`role` can only be `admin`").into()),
    };
    let fault = listing.fault();
    let found = found(&member, &by, &listing, whom, fault.as_ref()).await?;
    let columns = [Text::USERNAME, Text::PEOPLE_NAME, Text::PEOPLE_ROLES, Text::PEOPLE_CREATED, Text::PEOPLE_STATE];
    let table = Table {
        caption: Text::PEOPLE_USERS_TITLE.into(),
        columns: columns.map(Say::from).to_vec(),
        rows: found.items.iter().map(row).collect(),
        empty: Text::PEOPLE_USERS_NONE.into(),
    };
    let says = |value: &str, text: Text| Choice::new(value, Label::Says(text.into()));
    let choices = vec![says("", Text::PEOPLE_USERS_ALL), says(ADMIN, Text::PEOPLE_USERS_ADMINS)];
    let chosen = if whom == Whom::Admins { ADMIN } else { "" };
    let search = Form::asking(Text::PEOPLE_SEARCH)
        .field(listing.field(Text::PEOPLE_USERS_SEARCH))
        .field(Field::new("role", FieldKind::Select(choices), Text::PEOPLE_USERS_WHO).value(chosen));
    let done = member.was_done().filter(|done| done == "removed").map(|_| Text::PEOPLE_USER_REMOVED);
    let sheet = told(sheet(&member, Place::Users, Text::PEOPLE_USERS_TITLE), fault.as_ref(), done)
        .block(Block::Form(marked(search, fault.as_ref())))
        .block(Block::Table(table))
        .block(listing.pager(PAGE, found.next.as_ref()));
    Ok(member.visit.page(status(fault.as_ref()), &sheet))
}

async fn found(
    member: &Member,
    by: &Allowed<rights::UsersRead>,
    listing: &Listing,
    whom: Whom,
    fault: Option<&Fault>,
) -> Result<Paged<User, UsersWanted>, Stop> {
    let gate = member.visit.edge.gate();
    if fault.is_some() || listing.finds_nothing() {
        return Ok(Paged { items: Vec::new(), next: None });
    }
    match whom {
        Whom::All => Ok(gate.list_users_of_all(by, listing.wanted(Username::beginning_of)?, PER_PAGE).await?),
        // They are few, and all on one page.
        Whom::Admins => {
            let beginning = Username::beginning_of(&listing.search);
            let mut items = gate.list_admins(by).await?;
            items.retain(|user| user.username.as_str().starts_with(&beginning));
            Ok(Paged { items, next: None })
        }
    }
}

fn row(user: &User) -> Row {
    let href = Href::page(one::page(user.id));
    let roles: Vec<&str> = user.roles.names().iter().map(RoleName::as_str).collect();
    let name = user.profile.display_name.clone().unwrap_or_default();
    Row {
        cells: vec![
            Fact::Linked { text: user.username.to_string(), href },
            Fact::Is(name),
            Fact::Is(roles.join(", ")),
            Fact::When(user.created_at),
            Fact::Says(state(user).into()),
        ],
    }
}

/// How a user stands, in one word.
fn state(user: &User) -> Text {
    if user.disabled_at.is_some() { Text::PEOPLE_DISABLED } else { Text::PEOPLE_ACTIVE }
}
