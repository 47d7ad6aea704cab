//! The roles of a user as a form: those that are defined and those that it has to be ticked, and a place for names that only
//! applications know.

use gatewright_core::{
    Admin, Allowed, Error, KnownRole, Refusal, UserAdministration,
    model::{ADMIN, InvalidReason, Permission, RoleName, Roles, User, UserId},
    rights,
};

use crate::{
    Code, Problem,
    page::{
        admin::people::{
            fault::{Fault, marked},
            right::also,
        },
        filled::Filled,
        member::{Member, Stop},
        sheet::{Block, Choice, Field, FieldKind, Form, Label, Needed, Section},
        text::{Say, Text},
    },
};

pub(super) const ACT: &str = "roles";

/// So many permissions of a role are named beside it.
const MOST_NAMED: usize = 6;

/// What the form wants, if it was not overtaken.
///
/// # Errors
/// The store is away.
pub(super) async fn wanted(
    member: &Member,
    by: &Allowed<rights::UsersRead>,
    user: &User,
    filled: &Filled,
) -> Result<Result<UserAdministration, Fault>, Stop> {
    if filled.text("seen") != joined(&user.roles) {
        return Ok(Err(Fault::overtaken()));
    }
    let known = known(member, by).await?;
    Ok(typed(filled).and_then(|roles| match ticked_of_nobody(filled, user, &known) {
        true => Err(Fault::overtaken()),
        false => Ok(UserAdministration { roles: Some(roles), ..UserAdministration::default() }),
    }))
}

/// Whether something is ticked that was a role when the page was shown, and is none any more.
fn ticked_of_nobody(filled: &Filled, user: &User, known: &[KnownRole]) -> bool {
    let is_there = |name: &str| {
        known.iter().any(|role| role.name.as_str() == name)
            || user.roles.names().iter().any(|role| role.as_str() == name)
    };
    filled.several("role").iter().any(|name| !is_there(name))
}

/// The roles that are ticked, and those that are typed.
fn typed(filled: &Filled) -> Result<Roles, Fault> {
    let parse = |field, name: &str| {
        let shown: String = name.chars().take(64).collect();
        name.parse::<RoleName>().map_err(|_| Fault::at(field, Text::PEOPLE_USER_BAD_ROLE.with("name", shown)))
    };
    let ticked = filled.several("role").into_iter().map(|name| parse("role", name));
    let lines = filled.text("more").lines().map(str::trim).filter(|line| !line.is_empty());
    let names = ticked.chain(lines.map(|name| parse("more", name))).collect::<Result<Vec<_>, _>>()?;
    Ok(Roles::new(names))
}

/// What the core says to it, in words, at the field where it stands.
///
/// # Errors
/// Nobody can mend it here.
pub(super) async fn fault(
    member: &Member,
    by: &Allowed<rights::UsersRead>,
    id: UserId,
    filled: &Filled,
    error: Error,
) -> Result<Fault, Stop> {
    match &error {
        Error::Refused(Refusal::PermissionDenied) => {
            let user = member.visit.edge.gate().user_by(by, id).await?;
            let known = known(member, by).await?;
            let wanted = typed(filled).unwrap_or_default();
            let beyond = beyond(member, by.admin(), &user, &wanted, &known);
            if beyond.is_empty() {
                return Fault::of(member, error);
            }
            let says = Text::PEOPLE_USER_ROLES_MORE_THAN_YOU.with("names", beyond.join(", "));
            Ok(Fault::new(Code::PermissionDenied, says).moved_to("role"))
        }
        Error::Refused(Refusal::LastAdmin) => Ok(Fault::of(member, error)?.moved_to("role")),
        Error::Invalid(invalid) => match invalid.reason {
            InvalidReason::TooMany { max } => Ok(Fault::at("role", Text::PEOPLE_USER_ROLES_TOO_MANY.with("max", max))),
            InvalidReason::Malformed
            | InvalidReason::TooLong { .. }
            | InvalidReason::TooShort { .. }
            | InvalidReason::NotAllowed
            | InvalidReason::PasswordTooShort { .. }
            | InvalidReason::PasswordTooCommon => Err(Problem::from(error).into()),
        },
        Error::Refused(_)
        | Error::Throttled { .. }
        | Error::OverCapacity { .. }
        | Error::Unavailable(_)
        | Error::Bug(_) => Fault::of(member, error),
    }
}

/// Those of the wanted roles that the admin cannot give, to be named: the core decides, and this only says which it meant.
fn beyond(member: &Member, admin: &Admin, user: &User, wanted: &Roles, known: &[KnownRole]) -> Vec<String> {
    let is_new = |name: &&RoleName| !user.roles.names().contains(name);
    let is_beyond = |name: &&RoleName| match known.iter().find(|role| role.name == **name) {
        _ if name.as_str() == ADMIN => true,
        Some(role) => !role.permissions.within(admin.permissions()),
        None => user.id == member.user().id,
    };
    wanted.names().iter().filter(is_new).filter(is_beyond).map(ToString::to_string).collect()
}

/// The roles that are defined, for who may see them.
async fn known(member: &Member, by: &Allowed<rights::UsersRead>) -> Result<Vec<KnownRole>, Stop> {
    match also::<_, rights::RolesRead>(by) {
        Some(reads) => Ok(member.visit.edge.gate().list_roles(&reads).await?),
        None => Ok(Vec::new()),
    }
}

/// # Errors
/// The store is away.
pub(super) async fn section(
    member: &Member,
    by: &Allowed<rights::UsersRead>,
    user: &User,
    token: &str,
    (fault, filled): (Option<&Fault>, Option<&Filled>),
) -> Result<Section, Stop> {
    let known = known(member, by).await?;
    let on = filled.map_or_else(|| joined(&user.roles), |filled| filled.several("role").join(" "));
    let more = filled.map_or("", |filled| filled.text("more"));
    let choices = known.iter().map(defined).chain(undefined(user, &known)).collect::<Vec<_>>();
    let mut form = Form::new(Text::PEOPLE_USER_ROLES_BUTTON, token.to_owned()).act(ACT, "");
    form = form.field(Field::hidden("seen", joined(&user.roles)));
    if !choices.is_empty() {
        let ticks = Field::new("role", FieldKind::Several(choices), Text::PEOPLE_USER_ROLES_HERE).value(on);
        form = form.field(ticks.hint(Text::PEOPLE_USER_ROLES_HINT));
    }
    let more = Field::new("more", FieldKind::Lines(Needed::No), Text::PEOPLE_USER_MORE).value(more);
    let form = form.field(more.hint(Text::PEOPLE_USER_MORE_HINT));
    Ok(Section::new(Text::PEOPLE_ROLES).block(Block::Form(marked(form, fault))))
}

fn defined(role: &KnownRole) -> Choice {
    let name = role.name.as_str();
    let detail: Say = if name == ADMIN {
        Text::PEOPLE_USER_EVERYTHING.into()
    } else {
        let mut names: Vec<&str> = role.permissions.iter().map(Permission::as_str).collect();
        if names.len() > MOST_NAMED {
            names.truncate(MOST_NAMED);
            names.push("…");
        }
        match names.is_empty() {
            true => Text::PEOPLE_ROLE_MAY_NOTHING.into(),
            false => Text::PEOPLE_USER_ROLE_GIVES.with("names", names.join(", ")),
        }
    };
    Choice { detail: Some(detail), ..Choice::new(name, Label::Is(name.to_owned())) }
}

/// The roles that the user has and that are not defined, or not to be seen by whoever looks.
fn undefined<'a>(user: &'a User, known: &'a [KnownRole]) -> impl Iterator<Item = Choice> + 'a {
    let names = user.roles.names().iter().filter(|name| known.iter().all(|role| role.name != **name));
    names.map(|name| Choice {
        // Who does not see what is defined is not told that this is not.
        detail: (!known.is_empty()).then(|| Text::PEOPLE_USER_UNDEFINED.into()),
        ..Choice::new(name.as_str(), Label::Is(name.to_string()))
    })
}

fn joined(roles: &Roles) -> String {
    roles.names().iter().map(RoleName::as_str).collect::<Vec<_>>().join(" ")
}
