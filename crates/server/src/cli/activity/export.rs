//! `gatewright activity export`.

use std::io::{self, Write};

use clap::Args;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::{open, settings};
use crate::{
    config::Sources,
    failure::Failure,
    gate::model::{AccountId, Actor, ChainedActivity, Login, Timestamp},
    store::Store,
};

/// Print the log as JSON lines, in the order of the chain: what the admin API shows of each entry, and what its digest is made of
/// (docs/activity.md), so that the lines can be verified without the database.
///
/// The lines hold addresses, which are erased from the log one day and not from a copy. An entry that waits for its place in the chain
/// comes when it has one: a second later at a running server.
#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// Only of this account: its e-mail address, the name of one of its users, or its id.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only what happened at this moment or later, such as `2026-11-01` or `2026-11-01T12:00:00Z`.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Only what happened before this moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    let is_day = text.len() == "2026-11-01".len();
    let full = if is_day { format!("{text}T00:00:00Z") } else { text.to_owned() };
    full.parse().map_err(|_| "a moment is written `2026-11-01` or `2026-11-01T12:00:00Z`")
}

/// How many entries are read at a time.
const PAGE: usize = 1000;

impl Export {
    pub(super) async fn run(self, sources: &Sources) -> Result<(), Failure> {
        let store = open(&settings(sources)?).await?;
        let account = match &self.account {
            Some(named) => Some(account(&store, named).await?),
            None => None,
        };
        let log = store.activity();
        let unread = |error| Failure::because("the log cannot be read", &error);
        let mut after = log.chain_state().await.map_err(unread)?.begin.seq;
        loop {
            let page = log.chained(after, PAGE).await.map_err(unread)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.link.seq;
            let wanted = page.iter().filter(|entry| self.wants(entry, account));
            let lines: String = wanted.map(|entry| format!("{}\n", shown(entry))).collect();
            // Whoever reads may have had enough.
            if io::stdout().write_all(lines.as_bytes()).is_err() {
                return Ok(());
            }
        }
    }

    fn wants(&self, entry: &ChainedActivity, account: Option<AccountId>) -> bool {
        let activity = &entry.activity;
        account.is_none_or(|account| activity.account_id == Some(account))
            && self.since.is_none_or(|since| activity.at >= since)
            && self.until.is_none_or(|until| activity.at < until)
    }
}

/// The account. One that was deleted has an id and nothing else.
async fn account(store: &Store, named: &str) -> Result<AccountId, Failure> {
    if let Ok(id) = named.parse() {
        return Ok(id);
    }
    let login = Login::parse("account", named).map_err(|error| Failure::other(error.to_string()))?;
    let found = store.accounts().account_by_login(&login).await;
    let found = found.map_err(|error| Failure::because("the account was not read", &error))?;
    found.map(|account| account.id).ok_or_else(|| Failure::other("there is no such account"))
}

fn shown(entry: &ChainedActivity) -> Value {
    let activity = &entry.activity;
    json!({
        "seq": entry.link.seq,
        "digest": BASE64URL_NOPAD.encode(&entry.link.digest),
        "commitment": BASE64URL_NOPAD.encode(&entry.commitment),
        "id": activity.id.to_string(),
        "at": activity.at.to_string(),
        "at_micros": activity.at.micros(),
        "account_id": activity.account_id.map(|id| id.to_string()),
        "user_id": activity.user_id.map(|id| id.to_string()),
        "session_id": activity.session_id.map(|id| id.to_string()),
        "act": activity.act.name(),
        "reason": activity.reason.map(|reason| reason.name()),
        "actor": { "kind": activity.actor.kind(), "id": actor_id(activity.actor) },
        "detail": activity.detail,
        "ip": activity.ip.map(|ip| ip.to_string()),
        "user_agent": activity.user_agent.as_ref().map(|agent| agent.as_str()),
    })
}

fn actor_id(actor: Actor) -> Option<String> {
    match actor {
        Actor::Admin(user) | Actor::Impersonator(user) => Some(user.to_string()),
        Actor::ServiceKey(key) | Actor::ImpersonatingKey(key) => Some(key.to_string()),
        Actor::Account | Actor::Operator | Actor::System => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_first_moment() {
        assert_eq!(moment("2026-11-21"), Ok(Timestamp::from_secs(1_795_219_200)));
        assert_eq!(moment("2026-11-21T20:20:00Z"), Ok(Timestamp::from_secs(1_795_292_400)));
        for wrong in ["", "today", "2026-13-01", "2026-11-21 20:20"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
