//! The rights of admins on pages: what each lets somebody do, in words, and what else somebody may do who may do one thing.

use gatewright_core::{Allowed, Demanded, model::Right};

use crate::page::{
    sheet::{Choice, Label},
    text::Text,
};

/// Another right of whoever holds `R`, if it is held: what decides whether a form is shown.
pub(super) fn also<R: Demanded, S: Demanded>(by: &Allowed<R>) -> Option<Allowed<S>> {
    // Asked first, because what is demanded in vain is logged as an attempt.
    let has = by.admin().permissions().contains(S::RIGHT.name());
    if has { by.admin().clone().demand().ok() } else { None }
}

/// Every right as something to be chosen.
pub(super) fn choices() -> Vec<Choice> {
    let choice = |right: Right| Choice {
        detail: Some(says(right).into()),
        ..Choice::new(right.name(), Label::Is(right.name().to_owned()))
    };
    Right::ALL.into_iter().map(choice).collect()
}

const fn says(right: Right) -> Text {
    match right {
        Right::AccountsRead => Text::RIGHT_ACCOUNTS_READ,
        Right::AccountsWrite => Text::RIGHT_ACCOUNTS_WRITE,
        Right::AccountsImpersonate => Text::RIGHT_ACCOUNTS_IMPERSONATE,
        Right::UsersRead => Text::RIGHT_USERS_READ,
        Right::UsersWrite => Text::RIGHT_USERS_WRITE,
        Right::RolesRead => Text::RIGHT_ROLES_READ,
        Right::RolesWrite => Text::RIGHT_ROLES_WRITE,
        Right::SessionsRead => Text::RIGHT_SESSIONS_READ,
        Right::SessionsWrite => Text::RIGHT_SESSIONS_WRITE,
        Right::ActivityRead => Text::RIGHT_ACTIVITY_READ,
        Right::KeysRead => Text::RIGHT_KEYS_READ,
        Right::KeysWrite => Text::RIGHT_KEYS_WRITE,
        Right::ServiceKeysRead => Text::RIGHT_SERVICE_KEYS_READ,
        Right::ServiceKeysWrite => Text::RIGHT_SERVICE_KEYS_WRITE,
        Right::RulesRead => Text::RIGHT_RULES_READ,
        Right::RulesWrite => Text::RIGHT_RULES_WRITE,
        Right::DeliveriesRead => Text::RIGHT_DELIVERIES_READ,
        Right::DeliveriesWrite => Text::RIGHT_DELIVERIES_WRITE,
        Right::MailsRead => Text::RIGHT_MAILS_READ,
        Right::MailsWrite => Text::RIGHT_MAILS_WRITE,
        Right::StatsRead => Text::RIGHT_STATS_READ,
        Right::TokensIntrospect => Text::RIGHT_TOKENS_INTROSPECT,
        Right::TokensRevoke => Text::RIGHT_TOKENS_REVOKE,
    }
}
