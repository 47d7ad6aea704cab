//! What a role lets its users do, as fields: our rights to be ticked, and the permissions of applications a line each.

use gatewright_core::{
    Admin, Error, Refusal,
    model::{ADMIN, InvalidReason, Permission, Permissions, Right},
};

use crate::{
    Code,
    page::{
        admin::people::{fault::Fault, right::choices},
        filled::Filled,
        member::{Member, Stop},
        sheet::{Field, FieldKind, Form, Needed},
        text::Text,
    },
};

/// The fields, filled in with what was typed or with what the role has.
pub(super) fn with_fields(form: Form, filled: Option<&Filled>, has: &Permissions) -> Form {
    let is_ours = |permission: &&Permission| Right::from_name(permission.as_str()).is_some();
    let names = |permissions: Vec<&Permission>, between: &str| {
        permissions.iter().map(|permission| permission.as_str()).collect::<Vec<_>>().join(between)
    };
    let (rights, more) = match filled {
        Some(filled) => (filled.several("right").join(" "), filled.text("more").to_owned()),
        None => {
            let (ours, others): (Vec<_>, Vec<_>) = has.iter().partition(is_ours);
            (names(ours, " "), names(others, "\n"))
        }
    };
    let more = Field::new("more", FieldKind::Lines(Needed::No), Text::PEOPLE_ROLE_MORE).value(more);
    form.field(Field::new("right", FieldKind::Several(choices()), Text::PEOPLE_ROLE_RIGHTS).value(rights))
        .field(more.hint(Text::PEOPLE_ROLE_MORE_HINT))
}

/// What is ticked and typed.
///
/// # Errors
/// Something is no permission.
pub(super) fn typed(filled: &Filled) -> Result<Vec<Permission>, Fault> {
    let parse = |field, text: &str| {
        let shown: String = text.chars().take(80).collect();
        text.parse::<Permission>().map_err(|_| Fault::at(field, Text::PEOPLE_ROLE_BAD_MORE.with("name", shown)))
    };
    let ticked = filled.several("right").into_iter().map(|name| parse("right", name));
    let lines = filled.text("more").lines().map(str::trim).filter(|line| !line.is_empty());
    ticked.chain(lines.map(|line| parse("more", line))).collect()
}

/// What the core says to it, in words.
///
/// # Errors
/// Nobody can mend it here.
pub(super) fn fault(
    member: &Member,
    by: &Admin,
    has: &Permissions,
    wanted: &[Permission],
    error: Error,
) -> Result<Fault, Stop> {
    match &error {
        Error::Refused(Refusal::PermissionDenied) => {
            let held = beyond(member, by, has.iter());
            if !held.is_empty() {
                let says = Text::PEOPLE_ROLE_HOLDS_MORE.with("names", held.join(", "));
                return Ok(Fault::new(Code::PermissionDenied, says));
            }
            let wanted = beyond(member, by, wanted.iter());
            // At the field where the first of them stands.
            let Some(first) = wanted.first() else { return Fault::of(member, error) };
            let field = if Right::from_name(first).is_some() { "right" } else { "more" };
            let says = Text::PEOPLE_ROLE_MORE_THAN_YOU.with("names", wanted.join(", "));
            Ok(Fault::new(Code::PermissionDenied, says).moved_to(field))
        }
        Error::Invalid(invalid) => match invalid.reason {
            InvalidReason::TooMany { max } => Ok(Fault::at("more", Text::PEOPLE_ROLE_TOO_MANY.with("max", max))),
            InvalidReason::Malformed
            | InvalidReason::TooLong { .. }
            | InvalidReason::TooShort { .. }
            | InvalidReason::NotAllowed
            | InvalidReason::PasswordTooShort { .. }
            | InvalidReason::PasswordTooCommon => Fault::of(member, error),
        },
        Error::Refused(_)
        | Error::Throttled { .. }
        | Error::OverCapacity { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => Fault::of(member, error),
    }
}

/// Those that the admin does not have: the core decides, and this only says which it meant.
fn beyond<'p>(member: &Member, by: &Admin, permissions: impl Iterator<Item = &'p Permission>) -> Vec<String> {
    if member.user().roles.names().iter().any(|name| name.as_str() == ADMIN) {
        return Vec::new();
    }
    permissions.filter(|it| !by.permissions().contains(it.as_str())).map(ToString::to_string).collect()
}
