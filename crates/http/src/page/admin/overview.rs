//! `/admin`: how much there is, and what happened in the last day, week or month, drawn.

use axum::{http::StatusCode, response::Response};
use gatewright_core::{
    model::{Act, AnswerTimes, Percentile, Right, Timestamp},
    port::{HourlyCount, Totals},
    rights,
};

use super::{Place, sheet};
use crate::page::{
    member::{Member, Stop},
    sheet::{
        Block, Choice, Fact, Field, FieldKind, Form, Href, LONGEST_TIME, Label, Plot, PlotForm, Section, Series, Span,
        Tile,
    },
    text::{Say, Text},
};

/// Of which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Day,
    Week,
    Month,
}

impl Period {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// How many days, as the address says it.
    const fn days(self) -> &'static str {
        match self {
            Self::Day => "1",
            Self::Week => "7",
            Self::Month => "30",
        }
    }

    const fn says(self) -> Text {
        match self {
            Self::Day => Text::OVERVIEW_DAY,
            Self::Week => Text::OVERVIEW_WEEK,
            Self::Month => Text::OVERVIEW_MONTH,
        }
    }

    /// In which spans it is drawn, and in how many: about thirty, which can be told apart on a phone.
    const fn spans(self) -> (Span, u32) {
        match self {
            Self::Day => (Span::Hour, 24),
            Self::Week => (Span::SixHours, 28),
            Self::Month => (Span::Day, 30),
        }
    }
}

/// `GET`: everything at a glance.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    let by = member.allowed::<rights::StatsRead>().await?;
    let asked = member.visit.parameter("days").filter(|days| !days.is_empty());
    let known = asked.as_deref().map(|days| Period::ALL.into_iter().find(|period| period.days() == days));
    let (status, period, wrong) = match known {
        None => (StatusCode::OK, Period::Week, None),
        Some(Some(period)) => (StatusCode::OK, period, None),
        Some(None) => (StatusCode::UNPROCESSABLE_ENTITY, Period::Week, Some(Say::from(Text::OVERVIEW_NO_PERIOD))),
    };
    let gate = member.visit.edge.gate();
    let history = History::until(gate.now(), period);
    let stats = gate.stats(&by, history.since, history.until).await?;
    let history = History { hours: stats.hours, ..history };
    let form = Form::asking(Text::OVERVIEW_SHOW).field(choice(period, wrong));
    let happened = Section::new(Text::OVERVIEW_HAPPENED)
        .block(Block::Form(form))
        .block(Block::Tiles(happened(&member, &history)))
        .block(Block::Plots(plots(&history)))
        .block(Block::Small(Text::OVERVIEW_NOTE.into()));
    let sheet = sheet(&member, Place::Overview, Text::OVERVIEW_TITLE)
        .section(Section::new(Text::OVERVIEW_NOW).block(Block::Tiles(totals(&member, stats.totals))))
        .section(happened);
    Ok(member.visit.page(status, &sheet))
}

fn choice(period: Period, wrong: Option<Say>) -> Field {
    let choices = Period::ALL.map(|period| Choice::new(period.days(), Label::Says(period.says().into())));
    Field::new("days", FieldKind::Select(choices.to_vec()), Text::OVERVIEW_PERIOD).value(period.days()).error(wrong)
}

fn tile(label: Text, count: u64, href: Option<Href>) -> Tile {
    Tile { label: label.into(), value: Fact::Count(count), href }
}

/// A way to a page of somebody who may read it.
fn way(member: &Member, right: Right, page: impl Into<String>) -> Option<Href> {
    member.may(right).then(|| Href::page(page))
}

fn totals(member: &Member, totals: Totals) -> Vec<Tile> {
    vec![
        tile(Text::OVERVIEW_ACCOUNTS, totals.accounts, way(member, Right::AccountsRead, Place::Accounts.page())),
        tile(Text::OVERVIEW_USERS, totals.users, way(member, Right::UsersRead, Place::Users.page())),
        tile(Text::OVERVIEW_SESSIONS, totals.sessions, None),
    ]
}

const SIGN_INS: [&str; 1] = [Act::LoggedIn.name()];
const SIGN_UPS: [&str; 1] = [Act::SignedUp.name()];
const WRONG: [&str; 3] = [Act::LoginFailed.name(), Act::PinFailed.name(), Act::ReauthenticationFailed.name()];
const THEFTS: [&str; 1] = [Act::RefreshReuse.name()];
/// What is no act of the log, since there is too much of it.
const REFRESHES: [&str; 1] = ["refreshed"];
const REFUSED: [&str; 1] = ["refresh_refused"];

/// What happened in all that time, each with the entries of the log that tell more.
fn happened(member: &Member, history: &History) -> Vec<Tile> {
    let entries = |act: Act| {
        let page = format!("{}?act={}&since={}", Place::Activity.page(), act.name(), history.since.date());
        way(member, Right::ActivityRead, page)
    };
    vec![
        tile(Text::OVERVIEW_SIGN_INS, history.total(&SIGN_INS), entries(Act::LoggedIn)),
        tile(Text::OVERVIEW_SIGN_UPS, history.total(&SIGN_UPS), entries(Act::SignedUp)),
        tile(Text::OVERVIEW_REFRESHES, history.total(&REFRESHES), None),
        tile(Text::OVERVIEW_LOGIN_FAILED, history.total(&[Act::LoginFailed.name()]), entries(Act::LoginFailed)),
        tile(Text::OVERVIEW_THEFTS, history.total(&THEFTS), entries(Act::RefreshReuse)),
    ]
}

fn plots(history: &History) -> Vec<Plot> {
    let counted = |says, names: &[&str]| Series { says, values: history.counts(names) };
    let timed = |says, percent| Series { says, values: history.times(percent) };
    let plot = |name, title: Text, form, series| Plot {
        name,
        title: title.into(),
        form,
        since: history.since,
        span: history.span,
        series,
    };
    let sign_ins = vec![counted(Text::OVERVIEW_SIGN_INS, &SIGN_INS), counted(Text::OVERVIEW_SIGN_UPS, &SIGN_UPS)];
    let refreshes = vec![counted(Text::OVERVIEW_REFRESHES, &REFRESHES)];
    let failures = vec![counted(Text::OVERVIEW_WRONG, &WRONG), counted(Text::OVERVIEW_REFUSED, &REFUSED)];
    let thefts = vec![counted(Text::OVERVIEW_THEFTS, &THEFTS)];
    let latency = vec![timed(Text::OVERVIEW_P50, 50), timed(Text::OVERVIEW_P95, 95), timed(Text::OVERVIEW_P99, 99)];
    vec![
        plot("sign-ins", Text::OVERVIEW_SIGN_INS, PlotForm::Counts, sign_ins),
        plot("refreshes", Text::OVERVIEW_REFRESHES, PlotForm::Counts, refreshes),
        plot("failures", Text::OVERVIEW_FAILURES, PlotForm::Counts, failures),
        plot("thefts", Text::OVERVIEW_THEFTS, PlotForm::Counts, thefts),
        plot("latency", Text::OVERVIEW_LATENCY, PlotForm::Times, latency),
    ]
}

/// What was counted by the hour, put into spans.
struct History {
    since: Timestamp,
    until: Timestamp,
    span: Span,
    spans: u32,
    hours: Vec<HourlyCount>,
}

impl History {
    /// The spans of a period, the last of which is the one that `now` is in.
    fn until(now: Timestamp, period: Period) -> Self {
        let (span, spans) = period.spans();
        let length = i64::try_from(span.length().as_secs()).unwrap_or(i64::MAX);
        let until = Timestamp::from_secs((now.secs().div_euclid(length) + 1) * length);
        let since = until.minus(span.length() * spans);
        Self { since, until, span, spans, hours: Vec::new() }
    }

    /// In which span something was counted.
    fn span_of(&self, count: &HourlyCount) -> usize {
        let span = count.hour.since(self.since).as_secs() / self.span.length().as_secs();
        usize::try_from(span).unwrap_or(usize::MAX)
    }

    fn named<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a HourlyCount> {
        self.hours.iter().filter(|count| names.contains(&count.what.as_str()))
    }

    fn total(&self, names: &[&str]) -> u64 {
        self.named(names).fold(0, |sum, count| sum.saturating_add(count.count))
    }

    /// How often something of these names happened in each span.
    fn counts(&self, names: &[&str]) -> Vec<Option<u64>> {
        let mut sums = vec![0_u64; self.spans as usize];
        for count in self.named(names) {
            if let Some(sum) = sums.get_mut(self.span_of(count)) {
                *sum = sum.saturating_add(count.count);
            }
        }
        sums.into_iter().map(Some).collect()
    }

    /// Within how many milliseconds so many percent of the answers of each span were given.
    fn times(&self, percent: u8) -> Vec<Option<u64>> {
        let mut times = vec![AnswerTimes::default(); self.spans as usize];
        for count in &self.hours {
            if let Some(times) = times.get_mut(self.span_of(count)) {
                times.add(&count.what, count.count);
            }
        }
        let ms = |percentile| match percentile {
            Percentile::Within(bound) => u64::try_from(bound.as_millis()).unwrap_or(u64::MAX),
            // Above the line of the last bound, where there is no more to know.
            Percentile::Beyond(_) => 2 * LONGEST_TIME,
        };
        times.iter().map(|times| times.percentile(percent).map(ms)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(period: Period, counts: &[(i64, &str, u64)]) -> History {
        // 20:20 on 21 November 2026.
        let history = History::until(Timestamp::from_secs(1_795_292_400), period);
        let hours = counts.iter().map(|(hours, what, count)| HourlyCount {
            hour: Timestamp::from_secs(history.since.secs() + 3600 * hours),
            what: (*what).to_owned(),
            count: *count,
        });
        History { hours: hours.collect(), ..history }
    }

    #[test]
    fn a_period_ends_with_the_span_that_it_is_now() {
        let ends = |period| {
            let history = history(period, &[]);
            (history.since.to_string(), history.until.to_string())
        };
        let text = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(ends(Period::Day), text("2026-11-20T21:00:00Z", "2026-11-21T21:00:00Z"));
        assert_eq!(ends(Period::Week), text("2026-11-15T00:00:00Z", "2026-11-22T00:00:00Z"));
        assert_eq!(ends(Period::Month), text("2026-10-23T00:00:00Z", "2026-11-22T00:00:00Z"));
    }

    #[test]
    fn what_was_counted_is_put_into_the_span_that_its_hour_is_in() {
        let counts =
            [(0, "logged_in", 1), (5, "logged_in", 2), (6, "logged_in", 4), (167, "logged_in", 8), (6, "x", 9)];
        let history = history(Period::Week, &counts);
        let sums = history.counts(&SIGN_INS);
        assert_eq!((sums.len(), sums[0], sums[1], sums[2], sums[27]), (28, Some(3), Some(4), Some(0), Some(8)));
        assert_eq!(history.total(&SIGN_INS), 15);
        // What is outside, as a store that answered with more, is nowhere.
        let odd = history_of_outside();
        assert_eq!(odd.counts(&SIGN_INS).iter().flatten().sum::<u64>(), 0);
        assert!(odd.times(99).iter().all(Option::is_none));
    }

    fn history_of_outside() -> History {
        history(Period::Day, &[(24, "logged_in", 1), (10_000_000, "answered_1ms", 1)])
    }

    #[test]
    fn percentiles_are_those_of_all_hours_of_a_span_together() {
        let counts =
            [(0, "answered_5ms", 98), (3, "answered_200ms", 1), (5, "answered_longer", 1), (6, "answered_1ms", 1)];
        let history = history(Period::Week, &counts);
        let at = |percent| history.times(percent)[..3].to_vec();
        assert_eq!(at(50), [Some(5), Some(1), None]);
        assert_eq!(at(99), [Some(200), Some(1), None]);
        assert_eq!(at(100), [Some(20_000), Some(1), None]);
    }
}
