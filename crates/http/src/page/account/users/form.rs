//! How a user is called and what it looks like, in which language it is spoken to, and its username: fields that a
//! user's own page and the page of an account's users share. What must stay true: what was typed stands there again
//! when something is wrong with it, and an empty field takes away what was there.

use gatewright_core::{
    Error, Refusal,
    model::{Invalid, InvalidReason, ProfilePatch, User, Username},
};

use crate::page::{
    filled::Filled,
    language::Language,
    sheet::{Choice, Field, FieldKind, Label, Needed},
    text::{Say, Text},
};

/// Whether the username can be changed as well: only owners do that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::page::account) enum Naming {
    WithUsername,
    WithoutUsername,
}

/// What is to change.
pub(in crate::page::account) struct Wanted {
    pub(in crate::page::account) username: Option<Username>,
    pub(in crate::page::account) profile: ProfilePatch,
}

/// The field that is wrong, and what is wrong with it.
pub(in crate::page::account) type Wrong = (&'static str, Say);

/// The fields, with what is there: or with what was typed, and what is wrong with that.
pub(in crate::page::account) fn fields(
    user: &User,
    naming: Naming,
    typed: Option<&Filled>,
    wrong: Option<&Wrong>,
) -> Vec<Field> {
    let locale = user.profile.locale.as_deref().unwrap_or_default();
    let name = user.profile.display_name.as_deref().unwrap_or_default();
    let called = Field::new("display_name", FieldKind::Name, Text::USER_NAME).hint(Text::USER_NAME_HINT).value(name);
    let picture = user.profile.avatar_url.as_deref().unwrap_or_default();
    let picture = Field::new("avatar", FieldKind::Line(Needed::No), Text::MEMBER_AVATAR)
        .hint(Text::MEMBER_AVATAR_HINT)
        .value(picture);
    let username = Field::new("username", FieldKind::Username, Text::USERNAME)
        .hint(Text::USERNAME_HINT)
        .value(user.username.as_str());
    let language = Field::new("locale", FieldKind::Select(languages(locale)), Text::USER_LANGUAGE)
        .hint(Text::USER_LANGUAGE_HINT)
        .value(locale);
    let all = match naming {
        Naming::WithUsername => vec![called, username, picture, language],
        Naming::WithoutUsername => vec![called, picture, language],
    };
    let again = |field: Field| Field {
        value: typed.map_or(field.value, |typed| typed.text(field.name).to_owned()),
        error: wrong.filter(|(name, _)| *name == field.name).map(|(_, says)| says.clone()),
        ..field
    };
    all.into_iter().map(again).collect()
}

/// What the fields say.
///
/// # Errors
/// A username that can be none.
pub(in crate::page::account) fn read(filled: &Filled, naming: Naming) -> Result<Wanted, Invalid> {
    let some = |name| Some(filled.text(name).trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    let username = match naming {
        Naming::WithUsername => Some(Username::parse("username", filled.text("username").trim())?),
        Naming::WithoutUsername => None,
    };
    let profile = ProfilePatch {
        display_name: Some(some("display_name")),
        avatar_url: Some(some("avatar")),
        locale: Some(some("locale")),
        ..ProfilePatch::default()
    };
    Ok(Wanted { username, profile })
}

/// What is wrong with a field, if it can be mended there.
pub(in crate::page::account) fn explain(error: &Error) -> Option<Wrong> {
    match error {
        Error::Refused(Refusal::UsernameTaken) => Some(("username", Text::TAKEN_USERNAME.into())),
        Error::Invalid(Invalid { field: "username", reason: InvalidReason::TooLong { .. } }) => {
            Some(("username", Text::LONG_USERNAME.into()))
        }
        Error::Invalid(Invalid { field: "username", reason: InvalidReason::TooMany { max } }) => {
            Some(("username", Text::ADD_USER_FULL.with("max", *max)))
        }
        Error::Invalid(Invalid { field: "username", .. }) => Some(("username", Text::BAD_USERNAME.into())),
        Error::Invalid(Invalid { field: "profile.display_name", reason }) => Some((
            "display_name",
            if matches!(reason, InvalidReason::TooLong { .. }) { Text::USER_NAME_LONG } else { Text::USER_NAME_BAD }
                .into(),
        )),
        Error::Invalid(Invalid { field: "profile.avatar_url", .. }) => Some(("avatar", Text::MEMBER_AVATAR_BAD.into())),
        Error::Invalid(Invalid { field: "profile.locale", .. }) => Some(("locale", Text::USER_LANGUAGE_BAD.into())),
        Error::Invalid(_)
        | Error::Refused(_)
        | Error::Throttled { .. }
        | Error::OverCapacity { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => None,
    }
}

/// The languages of mails and pages, each called as it calls itself, and the one that an app has set if it is another.
fn languages(now: &str) -> Vec<Choice> {
    let known = Language::ALL.map(|language| (language.tag(), language.own_name()));
    let other = (!now.is_empty() && known.iter().all(|(tag, _)| *tag != now)).then_some((now, now));
    let none = Choice::new("", Label::Says(Text::USER_LANGUAGE_NONE.into()));
    let choice = |(tag, name): (&str, &str)| Choice::new(tag, Label::Is(name.to_owned()));
    [none].into_iter().chain(known.into_iter().chain(other).map(choice)).collect()
}
