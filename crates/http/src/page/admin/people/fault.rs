//! What the core refuses about people, in words that each of their pages says alike.

use gatewright_core::{Error, Refusal};

pub(super) use crate::page::admin::fault::{Fault, marked, status, told};
use crate::page::{
    member::{Member, Stop},
    text::{Say, Text},
};

impl Fault {
    /// What the core refuses.
    ///
    /// # Errors
    /// Nobody can mend it on this page.
    pub(super) fn of(member: &Member, error: Error) -> Result<Self, Stop> {
        let says: Say = match &error {
            Error::Refused(Refusal::PermissionDenied) => Text::PEOPLE_OUTRANKED.into(),
            Error::Refused(Refusal::LastAdmin) => Text::PEOPLE_LAST_ADMIN.into(),
            Error::Refused(Refusal::LastOwner) => Text::PEOPLE_LAST_OWNER.into(),
            Error::Refused(Refusal::RoleFixed) => Text::PEOPLE_ROLE_FIXED.into(),
            Error::Refused(Refusal::NotFound | Refusal::UserNotFound) => Text::PEOPLE_GONE.into(),
            Error::Refused(Refusal::RefusedByRule { message: Some(message), .. }) => {
                Text::PEOPLE_RULE_SAYS.with("message", message.as_str())
            }
            Error::Refused(Refusal::RefusedByRule { message: None, .. }) => Text::PEOPLE_RULE.into(),
            Error::Refused(_)
            | Error::Invalid(_)
            | Error::Throttled { .. }
            | Error::OverCapacity { .. }
            | Error::Unavailable(_)
            | Error::Bug(_) => return Err(member.stop(error)),
        };
        Ok(Self::refused(error, says))
    }
}
