//! `/admin/settings`: what is set, in words and by the names of the settings. It shows what `GET /admin/v1/settings` shows, which has
//! nothing secret in it, and changes nothing: settings are the operator's, and stand in a file.

use axum::{http::StatusCode, response::Response};
use gatewright_core::rights;
use serde_json::{Map, Value};

use super::{Place, sheet};
use crate::{
    Problem,
    page::{
        member::{Member, Stop},
        sheet::{Block, Fact, Row, Section, Table},
        text::{Say, Text},
    },
    view::admin as view,
};

/// What the number of a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A text, a list of them, a number or whether it is on.
    Plain,
    /// Seconds.
    Span,
}

/// A setting: its name in the API, what it is, and what its number is.
type Setting = (&'static str, Text, Kind);

/// A group of settings under a heading.
type Group = (Text, &'static [Setting]);

/// Every setting that is shown, in groups.
const GROUPS: [Group; 5] = [
    (
        Text::SETTINGS_SERVICE,
        &[
            ("public_url", Text::SETTING_PUBLIC_URL, Kind::Plain),
            ("audience", Text::SETTING_AUDIENCE, Kind::Plain),
            ("cors_origins", Text::SETTING_CORS_ORIGINS, Kind::Plain),
            ("trusted_proxies", Text::SETTING_TRUSTED_PROXIES, Kind::Plain),
            ("pages", Text::SETTING_PAGES, Kind::Plain),
            ("rate_limits", Text::SETTING_RATE_LIMITS, Kind::Plain),
        ],
    ),
    (
        Text::SETTINGS_ACCOUNTS,
        &[
            ("email_verification", Text::SETTING_EMAIL_VERIFICATION, Kind::Plain),
            ("magic_links", Text::SETTING_MAGIC_LINKS, Kind::Plain),
            ("password.min_length", Text::SETTING_PASSWORD_MIN_LENGTH, Kind::Plain),
            ("max_users", Text::SETTING_MAX_USERS, Kind::Plain),
            ("fresh_window", Text::SETTING_FRESH_WINDOW, Kind::Span),
            ("impersonation_max", Text::SETTING_IMPERSONATION_MAX, Kind::Span),
        ],
    ),
    (
        Text::SETTINGS_SESSIONS,
        &[
            ("session.idle", Text::SETTING_SESSION_IDLE, Kind::Span),
            ("session.absolute", Text::SETTING_SESSION_ABSOLUTE, Kind::Span),
            ("session.max_per_user", Text::SETTING_SESSION_MAX_PER_USER, Kind::Plain),
            ("refresh.min_age", Text::SETTING_REFRESH_MIN_AGE, Kind::Span),
            ("refresh.lost_window", Text::SETTING_REFRESH_LOST_WINDOW, Kind::Span),
            ("refresh.strict", Text::SETTING_REFRESH_STRICT, Kind::Plain),
            ("refresh.reuse_ends", Text::SETTING_REFRESH_REUSE_ENDS, Kind::Plain),
        ],
    ),
    (
        Text::SETTINGS_TOKENS,
        &[
            ("access.ttl", Text::SETTING_ACCESS_TTL, Kind::Span),
            ("selection.ttl", Text::SETTING_SELECTION_TTL, Kind::Span),
            ("permissions_claim", Text::SETTING_PERMISSIONS_CLAIM, Kind::Plain),
            ("signing.alg", Text::SETTING_SIGNING_ALG, Kind::Plain),
            ("signing.rotate_every", Text::SETTING_SIGNING_ROTATE_EVERY, Kind::Span),
        ],
    ),
    (
        Text::SETTINGS_MAILS,
        &[
            ("mail.ttl_verify", Text::SETTING_MAIL_TTL_VERIFY, Kind::Span),
            ("mail.ttl_reset", Text::SETTING_MAIL_TTL_RESET, Kind::Span),
            ("mail.ttl_magic", Text::SETTING_MAIL_TTL_MAGIC, Kind::Span),
            ("mail.ttl_invitation", Text::SETTING_MAIL_TTL_INVITATION, Kind::Span),
            ("activity.keep", Text::SETTING_ACTIVITY_KEEP, Kind::Span),
            ("activity.keep_personal", Text::SETTING_ACTIVITY_KEEP_PERSONAL, Kind::Span),
        ],
    ),
];

/// `GET`: what is set.
pub(super) async fn show(member: Member) -> Result<Response, Stop> {
    member.allowed::<rights::StatsRead>().await?;
    let settings = serde_json::to_value(view::Settings::from(&member.visit.edge));
    let settings = settings.map_err(|_| Problem::from(gatewright_core::Error::Bug("settings are JSON")))?;
    let sheet = sheet(&member, Place::Settings, Text::SETTINGS_TITLE).paragraph(Text::SETTINGS_LEAD);
    let sheet = GROUPS.iter().fold(sheet, |sheet, group| sheet.section(section(group, &flat(&settings))));
    Ok(member.visit.page(StatusCode::OK, &sheet))
}

fn section((title, settings): &Group, values: &Map<String, Value>) -> Section {
    let row = |(name, says, kind): &Setting| Row {
        cells: vec![
            Fact::Says((*says).into()),
            values.get(*name).map_or(Fact::Says(Text::SETTINGS_UNKNOWN.into()), |value| fact(value, *kind)),
            Fact::Code((*name).to_owned()),
        ],
    };
    let columns = [Text::SETTINGS_WHAT, Text::SETTINGS_VALUE, Text::SETTINGS_NAME].map(Say::from);
    let (caption, empty) = ((*title).into(), Text::SETTINGS_UNKNOWN.into());
    let rows = settings.iter().map(row).collect();
    Section::new(*title).block(Block::Table(Table { caption, columns: columns.to_vec(), rows, empty }))
}

/// Everything by one name each: `refresh.min_age`.
fn flat(settings: &Value) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in settings.as_object().into_iter().flatten() {
        if let Value::Object(group) = value {
            all.extend(group.iter().map(|(inner, it)| (format!("{name}.{inner}"), it.clone())));
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    all
}

fn fact(value: &Value, kind: Kind) -> Fact {
    match (value, kind) {
        (Value::Null, _) => Fact::Says(Text::SETTINGS_FOR_EVER.into()),
        (Value::Bool(true), _) => Fact::Says(Text::SETTINGS_ON.into()),
        (Value::Bool(false), _) => Fact::Says(Text::SETTINGS_OFF.into()),
        (Value::Array(list), _) if list.is_empty() => Fact::Says(Text::SETTINGS_EMPTY.into()),
        (Value::Array(list), _) => Fact::Is(list.iter().map(plain).collect::<Vec<_>>().join(", ")),
        (value, Kind::Span) => value.as_u64().map_or_else(|| Fact::Is(plain(value)), |secs| Fact::Says(span(secs))),
        (value, Kind::Plain) => value.as_u64().map_or_else(|| Fact::Is(plain(value)), Fact::Count),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// So many seconds, in the largest unit that they are whole in.
fn span(secs: u64) -> Say {
    match secs {
        0 => Text::SPAN_NONE.into(),
        _ if secs.is_multiple_of(86_400) => Text::SPAN_DAYS.with("count", secs / 86_400),
        _ if secs.is_multiple_of(3_600) => Text::SPAN_HOURS.with("count", secs / 3_600),
        _ if secs.is_multiple_of(60) => Text::SPAN_MINUTES.with("count", secs / 60),
        _ => Text::SPAN_SECONDS.with("count", secs),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn groups_become_one_name_each() {
        let flat = flat(&json!({"a": 1, "b": {"c": null, "d": [1]}}));
        assert_eq!(Value::Object(flat), json!({"a": 1, "b.c": null, "b.d": [1]}));
    }

    #[test]
    fn a_span_is_told_in_the_largest_unit_that_is_whole() {
        let said = |secs| span(secs).text.name();
        let expected = ["span_none", "span_seconds", "span_minutes", "span_minutes", "span_hours", "span_days"];
        assert_eq!([0, 59, 60, 5_400, 7_200, 172_800].map(said), expected);
        assert_eq!(span(5_400).values.last().map(|(_, value)| value.to_string()), Some("90".to_owned()));
    }

    #[test]
    fn no_setting_is_named_twice() {
        let mut names: Vec<_> = GROUPS.iter().flat_map(|(_, settings)| *settings).map(|(name, ..)| *name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
