//! What happened to an account lately, for who may read the activity.

use gatewright_core::{
    ActivityWanted, Allowed, Error,
    model::{AccountId, Activity},
    rights,
};

use crate::page::{
    account::{act_words::says, device::place},
    admin::Place,
    member::Member,
    sheet::{Block, Fact, Href, Row, Section, Table},
    text::{Say, Text},
};

/// So many entries.
const MOST: usize = 10;

/// # Errors
/// Only when the store is away.
pub(super) async fn section(
    member: &Member,
    by: &Allowed<rights::ActivityRead>,
    account: AccountId,
) -> Result<Section, Error> {
    let wanted = ActivityWanted {
        account: Some(account),
        user: None,
        session: None,
        acts: Vec::new(),
        actor: None,
        since: None,
        until: None,
        before: None,
        limit: MOST,
    };
    let found = member.visit.edge.gate().activity_of_all(by, wanted).await?;
    let columns = [Text::PEOPLE_ACTIVITY_WHEN, Text::PEOPLE_ACTIVITY_WHAT, Text::PEOPLE_ACTIVITY_FROM];
    let table = Table {
        caption: Text::PEOPLE_ACTIVITY_TITLE.into(),
        columns: columns.map(Say::from).to_vec(),
        rows: found.entries.iter().map(|entry| row(member, entry)).collect(),
        empty: Text::PEOPLE_ACTIVITY_NONE.into(),
    };
    let all = Href::page(format!("{}?account_id={account}", Place::Activity.page()));
    Ok(Section::new(Text::PEOPLE_ACTIVITY_TITLE)
        .block(Block::Table(table))
        .block(Block::Link { says: Text::PEOPLE_ACTIVITY_ALL.into(), href: all }))
}

fn row(member: &Member, entry: &Activity) -> Row {
    let at = place(entry.ip, member.visit.client.ip);
    Row { cells: vec![Fact::When(entry.at), Fact::Says(says(entry.act).into()), Fact::Says(at)] }
}
