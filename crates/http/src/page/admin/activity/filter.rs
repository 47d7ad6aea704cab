//! What of the log is asked for, as the address says it: by the same names as the API has, but for days instead of moments.

use gatewright_core::{
    model::{AccountId, Act, ActivityId, Timestamp, UserId},
    port::ActivityFilter,
};

use crate::{
    extract::actor,
    page::{
        account::act_words,
        filled::decoded,
        next::encoded,
        sheet::{Choice, Field, FieldKind, Form, Label, Layout, Needed},
        text::{FILES, Say, Text},
        visit::Visit,
    },
};

/// Which of it cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Act,
    Account,
    User,
    Actor,
    Since,
    Until,
    Cursor,
}

/// What was asked for, as it was typed.
#[derive(Debug, Default)]
pub(super) struct Asked {
    act: String,
    account: String,
    user: String,
    actor: String,
    since: String,
    until: String,
    cursor: String,
}

impl Asked {
    pub(super) fn of(visit: &Visit) -> Self {
        let parameter = |name| visit.parameter(name).unwrap_or_default().trim().to_owned();
        let here = visit.here();
        let query = here.split_once('?').map_or("", |(_, query)| query);
        // What is no text at all is no filter either, and must not be taken for none.
        let is_text = query.split('&').all(|pair| decoded(pair.as_bytes()).is_some());
        Self {
            act: if is_text { parameter("act") } else { char::REPLACEMENT_CHARACTER.to_string() },
            account: parameter("account_id"),
            user: parameter("user_id"),
            actor: parameter("actor"),
            since: parameter("since"),
            until: parameter("until"),
            cursor: parameter("cursor"),
        }
    }

    /// Each filter with the name that it has in an address.
    fn named(&self) -> [(&'static str, &str); 6] {
        [
            ("act", &self.act),
            ("account_id", &self.account),
            ("user_id", &self.user),
            ("actor", &self.actor),
            ("since", &self.since),
            ("until", &self.until),
        ]
    }

    /// Whether nothing is filtered.
    pub(super) fn is_everything(&self) -> bool {
        self.named().iter().all(|(_, text)| text.is_empty())
    }

    /// The place to go on from, if it is one.
    pub(super) fn cursor(&self) -> Option<ActivityId> {
        self.cursor.parse().ok()
    }

    /// A page with the same filters.
    pub(super) fn address(&self, page: &str, cursor: Option<ActivityId>) -> String {
        let filters = self.named().into_iter().filter(|(_, text)| !text.is_empty());
        let filters = filters.map(|(name, text)| format!("{name}={}", encoded(text)));
        let cursor = cursor.map(|cursor| format!("cursor={cursor}"));
        let query: Vec<_> = filters.chain(cursor).collect();
        if query.is_empty() { page.to_owned() } else { format!("{page}?{}", query.join("&")) }
    }

    /// What the core understands by it.
    ///
    /// # Errors
    /// The first filter that cannot be.
    pub(super) fn wanted(&self) -> Result<ActivityFilter, Wrong> {
        let since = given(&self.since, day).map_err(|()| Wrong::Since)?;
        let until = given(&self.until, day).map_err(|()| Wrong::Until)?;
        // The last day is shown as a whole.
        let until = until.map(|until| until.plus(DAY));
        if since.is_some() && until.is_some() && since >= until {
            return Err(Wrong::Until);
        }
        Ok(ActivityFilter {
            acts: given(&self.act, Act::from_name).map_err(|()| Wrong::Act)?.into_iter().collect(),
            account: given(&self.account, |id| id.parse::<AccountId>().ok()).map_err(|()| Wrong::Account)?,
            user: given(&self.user, |id| id.parse::<UserId>().ok()).map_err(|()| Wrong::User)?,
            actor: given(&self.actor, |text| actor(text).ok()).map_err(|()| Wrong::Actor)?,
            since,
            until,
            before: given(&self.cursor, |id| id.parse::<ActivityId>().ok()).map_err(|()| Wrong::Cursor)?,
            ..ActivityFilter::default()
        })
    }

    /// What is asked for, to be changed.
    pub(super) fn form(&self, wrong: Option<Wrong>) -> Form {
        let says = |one: Wrong, says: Text| (wrong == Some(one)).then(|| Say::from(says));
        let line = |name, label, value: &str| Field::new(name, FieldKind::Line(Needed::No), label).value(value);
        // What is no day cannot stand in a field for days: it is shown as it was typed, to be mended.
        let day = |name, label, value: &str| {
            let is_day = value.is_empty() || day(value).is_some();
            let kind = if is_day { FieldKind::Day } else { FieldKind::Line(Needed::No) };
            Field::new(name, kind, label).value(value)
        };
        let act = Field::new("act", FieldKind::Select(acts()), Text::LOG_ACT).value(self.act.as_str());
        let actor = line("actor", Text::LOG_ACTOR, &self.actor).hint(Text::LOG_ACTOR_HINT);
        Form::asking(Text::LOG_SHOW)
            .layout(Layout::Column)
            .field(act.error(says(Wrong::Act, Text::LOG_NO_ACT)))
            .field(line("account_id", Text::LOG_ACCOUNT, &self.account).error(says(Wrong::Account, Text::LOG_NO_ID)))
            .field(line("user_id", Text::LOG_USER, &self.user).error(says(Wrong::User, Text::LOG_NO_ID)))
            .field(actor.error(says(Wrong::Actor, Text::LOG_NO_ACTOR)))
            .field(day("since", Text::LOG_SINCE, &self.since).error(says(Wrong::Since, Text::LOG_NO_DAY)))
            .field(day("until", Text::LOG_UNTIL, &self.until).error(says(Wrong::Until, Text::LOG_NO_UNTIL)))
    }
}

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// Nothing, or what was typed.
fn given<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, ()> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some).ok_or(()) }
}

/// Its beginning, of a day as browsers send one: `2026-11-21`.
fn day(text: &str) -> Option<Timestamp> {
    format!("{text}T00:00:00Z").parse::<Timestamp>().ok().filter(|day| day.date() == text)
}

/// Every act, each with its name in the log behind its words.
fn acts() -> Vec<Choice> {
    let everything = Choice::new("", Label::Says(Text::LOG_EVERYTHING.into()));
    // Each act has words of its own, by a name that ends with that of the act.
    let texts = FILES.iter().flat_map(|(_, texts)| *texts);
    let acts = texts.filter_map(|text| text.name().strip_prefix("act_")).filter_map(Act::from_name);
    let choice = |act: Act| Choice {
        also: Some(act.name().to_owned()),
        ..Choice::new(act.name(), Label::Says(act_words::says(act).into()))
    };
    std::iter::once(everything).chain(acts.map(choice)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_that_there_is() {
        assert_eq!(day("2026-11-21").unwrap().to_string(), "2026-11-21T00:00:00Z");
        for bad in
            ["2026-02-30", "2026-1-1", "21.11.2026", "today", "2026-11-21T00:00:00Z", "+2026-11-21", "2026-11-21 "]
        {
            assert_eq!(day(bad), None, "{bad}");
        }
    }

    #[test]
    fn filters_are_what_was_typed_or_nothing_at_all() {
        let since = || Asked { since: "2026-11-21".to_owned(), until: "2026-11-21".to_owned(), ..Asked::default() };
        let wanted = since().wanted().unwrap();
        assert_eq!(wanted.until.unwrap().since(wanted.since.unwrap()), DAY, "the last day is in it");
        let wrong = |asked: Asked| asked.wanted().unwrap_err();
        let text = || "x".to_owned();
        assert_eq!(wrong(Asked { until: "2026-11-20".to_owned(), ..since() }), Wrong::Until);
        assert_eq!(wrong(Asked { act: text(), ..Asked::default() }), Wrong::Act);
        assert_eq!(wrong(Asked { account: text(), ..Asked::default() }), Wrong::Account);
        assert_eq!(wrong(Asked { user: text(), ..Asked::default() }), Wrong::User);
        assert_eq!(wrong(Asked { actor: "admin".to_owned(), ..Asked::default() }), Wrong::Actor);
        assert_eq!(wrong(Asked { cursor: text(), ..Asked::default() }), Wrong::Cursor);
        assert!(Asked::default().wanted().unwrap().acts.is_empty() && Asked::default().is_everything());
    }

    #[test]
    fn filters_go_on_to_the_next_page_and_nothing_gets_out_of_its_value() {
        let asked = Asked { act: "a&b=c#d e".to_owned(), until: "2026-11-21".to_owned(), ..Asked::default() };
        assert_eq!(asked.address("admin/activity", None), "admin/activity?act=a%26b%3Dc%23d%20e&until=2026-11-21");
        assert_eq!(Asked::default().address("admin/activity", None), "admin/activity");
    }

    #[test]
    fn what_is_no_day_stands_in_a_field_that_can_show_it() {
        let asked = Asked { since: "yesterday".to_owned(), until: "2026-11-21".to_owned(), ..Asked::default() };
        let form = asked.form(Some(Wrong::Since));
        let field = |name| form.fields.iter().find(|field| field.name == name).unwrap();
        assert!(matches!(field("since").kind, FieldKind::Line(Needed::No)));
        assert_eq!((field("since").value.as_str(), field("since").error.is_some()), ("yesterday", true));
        assert!(matches!(field("until").kind, FieldKind::Day));
    }

    #[test]
    fn there_is_a_choice_for_every_act() {
        assert!(acts().len() >= 50, "{}", acts().len());
    }
}
