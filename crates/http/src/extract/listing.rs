//! The query parameters of the admin API: strict, so that a filter with a slip in its name does not show, or export, everything.

use std::time::Duration;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use gatewright_core::{
    AccountsWanted, ActivityWanted, DeliveriesWanted, SessionsOf, UsersWanted,
    model::{ADMIN, Act, Actor, DeliveryState, Email, Listener, Timestamp, Username},
    port::{LetterFilter, LetterState},
};

use super::{admin::percent_decoded, cursor, path::one_spelling};
use crate::{Edge, Problem};

/// Entries of a page, if nothing else is asked for.
const USUAL_LIMIT: usize = 50;
/// The most accounts or users of a page.
const MAX_LIMIT: usize = 200;
/// The most entries of the activity log on a page.
const MAX_ACTIVITY_LIMIT: usize = 1_000;
/// The longest text that is searched for, in bytes: no address is longer.
const MAX_SEARCH: usize = 254;
/// What statistics go back, if nothing else is asked for.
const USUAL_STATS: Duration = Duration::from_secs(7 * 86_400);
/// The most that statistics cover at a time: 92 days, the longest quarter.
const MAX_STATS: Duration = Duration::from_secs(92 * 86_400);

/// Which accounts.
pub(crate) struct AccountsQuery {
    pub(crate) wanted: AccountsWanted,
    pub(crate) limit: usize,
}

/// Which users.
pub(crate) enum UsersQuery {
    /// A page of all, or of those with such a name.
    Page { wanted: UsersWanted, limit: usize },
    /// Those who have the role `admin`.
    Admins,
}

/// Whose sessions.
pub(crate) struct SessionsQuery(pub(crate) SessionsOf);

/// Which entries of the activity log.
pub(crate) struct ActivityFilterQuery(pub(crate) ActivityWanted);

/// The same without a place to begin: for all of them.
pub(crate) struct ActivityExportQuery(pub(crate) ActivityWanted);

/// Which deliveries.
pub(crate) struct DeliveriesQuery(pub(crate) DeliveriesWanted);

/// Which mails.
pub(crate) struct MailsQuery(pub(crate) LetterFilter);

/// Statistics from when to when.
pub(crate) struct StatsQuery {
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
}

/// The parameters of a query, each once, each known.
struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// A `+` is a plus, since it is one in addresses, and nothing here has spaces (RFC 3986, not a form's encoding).
    fn of(parts: &Parts, known: &[&'static str]) -> Result<Self, Problem> {
        let mut read: Vec<(&'static str, String)> = Vec::new();
        let pairs = parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        for pair in pairs {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = known.iter().copied().find(|known| *known == name) else {
                let name = String::from_utf8_lossy(&percent_decoded(name)).chars().take(64).collect::<String>();
                let detail = format!("`{name}` is no parameter of this request");
                return Err(Problem::invalid(name, detail));
            };
            if read.iter().any(|(other, _)| *other == name) {
                return Err(Problem::invalid(name, format!("`{name}` came twice")));
            }
            let value = String::from_utf8(percent_decoded(value));
            read.push((name, value.map_err(|_| Problem::invalid(name, format!("`{name}` is not UTF-8")))?));
        }
        Ok(Self(read))
    }

    fn take(&mut self, name: &'static str) -> Option<String> {
        let at = self.0.iter().position(|(other, _)| *other == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// An id, or whatever else has one spelling.
    fn parse<T: std::str::FromStr + ToString>(&mut self, name: &'static str) -> Result<Option<T>, Problem> {
        let Some(text) = self.take(name) else { return Ok(None) };
        Ok(Some(one_spelling(&text).ok_or_else(|| Problem::invalid(name, format!("`{name}` is no id")))?))
    }

    fn moment(&mut self, name: &'static str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.take(name) else { return Ok(None) };
        Ok(Some(text.parse().map_err(|error| Problem::invalid(name, format!("`{name}`: {error}")))?))
    }

    fn limit(&mut self, most: usize) -> Result<usize, Problem> {
        let Some(text) = self.take("limit") else { return Ok(USUAL_LIMIT) };
        let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit) && text.bytes().all(is_digit));
        limit.ok_or_else(|| Problem::invalid("limit", format!("`limit` is a number from 1 to {most}")))
    }

    fn search(&mut self, fold: fn(&str) -> String) -> Result<Option<String>, Problem> {
        match self.take("search") {
            Some(text) if text.len() > MAX_SEARCH => Err(Problem::invalid("search", "`search` is too long")),
            text => Ok(text.map(|text| fold(&text))),
        }
    }

    fn activity(&mut self) -> Result<ActivityWanted, Problem> {
        Ok(ActivityWanted {
            account: self.parse("account_id")?,
            user: self.parse("user_id")?,
            session: self.parse("session_id")?,
            acts: acts(self.take("act"))?,
            actor: self.take("actor").map(|text| actor(&text)).transpose()?,
            since: self.moment("since")?,
            until: self.moment("until")?,
            before: None,
            limit: MAX_ACTIVITY_LIMIT,
        })
    }
}

const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn acts(text: Option<String>) -> Result<Vec<Act>, Problem> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let acts = text.split(',').map(Act::from_name).collect::<Option<_>>();
    acts.ok_or_else(|| Problem::invalid("act", "`act` is one act of the activity log, or several with commas between"))
}

/// `operator`, or `admin:` and an id.
pub(crate) fn actor(text: &str) -> Result<Actor, Problem> {
    let (kind, id) = match text.split_once(':') {
        Some((kind, id)) => (kind, Some(id)),
        None => (text, None),
    };
    let bytes =
        |id: &str| uuid::Uuid::try_parse(id).ok().filter(|uuid| uuid.to_string() == id).map(uuid::Uuid::into_bytes);
    let actor = match id {
        None => Actor::from_parts(kind, None),
        Some(id) => bytes(id).and_then(|id| Actor::from_parts(kind, Some(id))),
    };
    let says = "`actor` is `account`, `operator` or `system`, or `admin:`, `impersonator:`, `service_key:` or \
                `impersonating_key:` with an id";
    actor.ok_or_else(|| Problem::invalid("actor", says))
}

impl<S: Send + Sync> FromRequestParts<S> for AccountsQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut query = Parameters::of(parts, &["cursor", "limit", "search"])?;
        let (limit, search) = (query.limit(MAX_LIMIT)?, query.search(Email::beginning_of_key)?);
        Ok(Self { wanted: cursor::page(search, query.take("cursor").as_deref())?, limit })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for UsersQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut query = Parameters::of(parts, &["cursor", "limit", "search", "role"])?;
        match query.take("role").as_deref() {
            Some(ADMIN) if query.0.is_empty() => return Ok(Self::Admins),
            Some(ADMIN) => return Err(Problem::invalid("role", "`role` goes with no other parameter")),
            Some(_) => return Err(Problem::invalid("role", "`role` can only be `admin`")),
            None => {}
        }
        let (limit, search) = (query.limit(MAX_LIMIT)?, query.search(Username::beginning_of)?);
        Ok(Self::Page { wanted: cursor::page(search, query.take("cursor").as_deref())?, limit })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SessionsQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut query = Parameters::of(parts, &["account_id", "user_id"])?;
        match (query.parse("account_id")?, query.parse("user_id")?) {
            (Some(account), None) => Ok(Self(SessionsOf::Account(account))),
            (None, Some(user)) => Ok(Self(SessionsOf::User(user))),
            (None, None) => Err(Problem::invalid("user_id", "`user_id` or `account_id` is missing")),
            (Some(_), Some(_)) => Err(Problem::invalid("user_id", "`user_id` and `account_id` exclude each other")),
        }
    }
}

const FILTER: [&str; 7] = ["account_id", "user_id", "session_id", "act", "actor", "since", "until"];

impl<S: Send + Sync> FromRequestParts<S> for ActivityFilterQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut query = Parameters::of(parts, &[&FILTER[..], &["cursor", "limit"]].concat())?;
        let limit = query.limit(MAX_ACTIVITY_LIMIT)?;
        let before = query.parse("cursor").map_err(|_| Problem::invalid("cursor", "`cursor` is not from us"))?;
        Ok(Self(ActivityWanted { before, limit, ..query.activity()? }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ActivityExportQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(Parameters::of(parts, &FILTER)?.activity()?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for DeliveriesQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut query = Parameters::of(parts, &["rule_id", "state", "cursor", "limit"])?;
        let listener = query.take("rule_id").map(|key| {
            let listener = Listener::from_key(&key).filter(|listener| listener.key() == key);
            listener
                .ok_or_else(|| Problem::invalid("rule_id", "`rule_id` is the id of a rule, or `embedded:` and a name"))
        });
        let state = query.take("state").map(|name| {
            let says = || Problem::invalid("state", "`state` is `waiting`, `delivered` or `given_up`");
            DeliveryState::from_name(&name).ok_or_else(says)
        });
        let before = query.parse("cursor").map_err(|_| Problem::invalid("cursor", "`cursor` is not from us"))?;
        let (listener, state) = (listener.transpose()?, state.transpose()?);
        Ok(Self(DeliveriesWanted { listener, state, before, limit: query.limit(MAX_LIMIT)? }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MailsQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut query = Parameters::of(parts, &["state", "cursor", "limit"])?;
        let state = query.take("state").map(|name| {
            let says = || Problem::invalid("state", "`state` is `waiting`, `sent` or `given_up`");
            LetterState::from_name(&name).ok_or_else(says)
        });
        let before = query.parse("cursor").map_err(|_| Problem::invalid("cursor", "`cursor` is not from us"))?;
        Ok(Self(LetterFilter { state: state.transpose()?, before, limit: query.limit(MAX_LIMIT)? }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for StatsQuery
where
    Edge: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut query = Parameters::of(parts, &["since", "until"])?;
        let until = query.moment("until")?.unwrap_or_else(|| Edge::from_ref(state).gate().now());
        let since = query.moment("since")?.unwrap_or_else(|| until.minus(USUAL_STATS));
        if since > until {
            return Err(Problem::invalid("since", "`since` is after `until`"));
        }
        if until.since(since) > MAX_STATS {
            return Err(Problem::invalid("since", "`since` is more than 92 days before `until`"));
        }
        Ok(Self { since, until })
    }
}
