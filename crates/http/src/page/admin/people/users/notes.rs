//! What admins note about a user (`app_metadata`), as JSON to be edited. What was changed in it is sent on as a merge patch, so what is
//! taken out of the text is taken out of the notes. What must stay true: nobody overwrites what he has not seen.

use data_encoding::BASE64URL_NOPAD;
use gatewright_core::{
    Error, UserAdministration,
    model::{InvalidReason, Metadata, User},
};
use serde_json::Value;

use crate::{
    extract::json_object,
    page::{
        admin::people::fault::{Fault, marked},
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Field, FieldKind, Form, Needed, Section},
        text::Text,
    },
};

pub(super) const ACT: &str = "notes";

/// Longer than this, in bytes, the notes are shown without breaks and indents: a form carries 16 KiB, and a break is six of them.
const MOST_PRETTY: usize = 4096;

/// What the form wants, if it was not overtaken.
pub(super) fn wanted(member: &Member, user: &User, filled: &Filled) -> Result<UserAdministration, Fault> {
    if filled.text("seen") != mark(member, user) {
        return Err(Fault::overtaken());
    }
    let notes = parse(filled.text("notes"))?;
    let patch = difference(&user.app_metadata, &notes);
    Ok(UserAdministration { app_metadata: Some(patch), ..UserAdministration::default() })
}

fn parse(text: &str) -> Result<Metadata, Fault> {
    if text.trim().is_empty() {
        return Ok(Metadata::new());
    }
    if let Some(notes) = json_object(text) {
        return Ok(notes);
    }
    let says = match serde_json::from_str::<Value>(text) {
        Ok(_) => Text::PEOPLE_USER_NOTES_BAD.into(),
        Err(error) => Text::PEOPLE_USER_NOTES_AT.with("line", error.line()).with("column", error.column()),
    };
    Err(Fault::at("notes", says))
}

/// The merge patch (RFC 7396) that makes `after` of `before`.
fn difference(before: &Metadata, after: &Metadata) -> Metadata {
    let gone = before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let mut patch: Metadata = gone.collect();
    for (name, value) in after {
        match (before.get(name), value) {
            (Some(same), _) if same == value => {}
            (Some(Value::Object(before)), Value::Object(after)) => {
                patch.insert(name.clone(), difference(before, after).into());
            }
            (_, value) => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    patch
}

/// What the core says to it, in words.
///
/// # Errors
/// Nobody can mend it here.
pub(super) fn fault(member: &Member, error: Error) -> Result<Fault, Stop> {
    match &error {
        Error::Invalid(invalid) => match invalid.reason {
            InvalidReason::TooLong { max } => Ok(Fault::at("notes", Text::PEOPLE_USER_NOTES_LONG.with("max", max))),
            InvalidReason::Malformed
            | InvalidReason::TooShort { .. }
            | InvalidReason::NotAllowed
            | InvalidReason::PasswordTooShort { .. }
            | InvalidReason::PasswordTooCommon
            | InvalidReason::TooMany { .. } => Fault::of(member, error),
        },
        Error::Refused(_)
        | Error::Throttled { .. }
        | Error::OverCapacity { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => Fault::of(member, error),
    }
}

pub(super) fn section(
    member: &Member,
    user: &User,
    token: &str,
    (fault, filled): (Option<&Fault>, Option<&Filled>),
) -> Section {
    let text = filled.map_or_else(|| printed(&user.app_metadata), |filled| filled.text("notes").to_owned());
    let notes = Field::new("notes", FieldKind::Lines(Needed::No), Text::PEOPLE_USER_NOTES_LABEL).value(text);
    let form = Form::new(Text::PEOPLE_USER_NOTES_BUTTON, token.to_owned())
        .act(ACT, "")
        .field(Field::hidden("seen", mark(member, user)))
        .field(notes.hint(Text::PEOPLE_USER_NOTES_HINT));
    Section::new(Text::PEOPLE_USER_NOTES).block(Block::Form(marked(form, fault)))
}

fn printed(notes: &Metadata) -> String {
    let value = Value::Object(notes.clone());
    let pretty = format!("{value:#}");
    if pretty.len() > MOST_PRETTY { value.to_string() } else { pretty }
}

/// Tells one state of the notes from another.
fn mark(member: &Member, user: &User) -> String {
    let text = Value::Object(user.app_metadata.clone()).to_string();
    BASE64URL_NOPAD.encode(&member.visit.edge.gate().keyed_hash("page notes", text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Metadata {
        json_object(text).unwrap()
    }

    #[test]
    fn what_was_edited_becomes_the_patch_that_does_it() {
        for (before, after, patch) in [
            ("{}", "{}", "{}"),
            ("{}", r#"{"a":1}"#, r#"{"a":1}"#),
            (r#"{"a":1,"b":2}"#, r#"{"b":2}"#, r#"{"a":null}"#),
            (r#"{"a":{"b":1,"c":2}}"#, r#"{"a":{"b":1,"c":3}}"#, r#"{"a":{"c":3}}"#),
            (r#"{"a":{"b":1,"c":2}}"#, r#"{"a":{"c":2}}"#, r#"{"a":{"b":null}}"#),
            (r#"{"a":{"b":1}}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"{"a":[1]}"#, r#"{"a":{"b":1}}"#, r#"{"a":{"b":1}}"#),
            (r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a":null}"#),
        ] {
            assert_eq!(difference(&object(before), &object(after)), object(patch), "{before} {after}");
        }
    }
}
