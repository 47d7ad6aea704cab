//! What can happen, in words. Exhaustive on purpose: an act that nobody has found words for does not compile.

use gatewright_core::model::Act;

use crate::page::text::Text;

/// How much an entry of the log stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::page) enum Weight {
    /// What happens every day, or is told by a mail of its own.
    Usual,
    /// Somebody tried something and did not succeed.
    Failed,
    /// Somebody may have stolen a session.
    Alarming,
}

/// How much it stands out.
pub(in crate::page) fn weight(act: Act) -> Weight {
    match act {
        Act::LoginFailed | Act::PinFailed | Act::ReauthenticationFailed => Weight::Failed,
        Act::RefreshReuse => Weight::Alarming,
        Act::SignedUp
        | Act::LoggedIn
        | Act::Switched
        | Act::Reauthenticated
        | Act::LoggedOut
        | Act::SessionEnded
        | Act::OtherSessionsEnded
        | Act::AllSessionsEnded
        | Act::StoreRollback
        | Act::PasswordChanged
        | Act::PasswordReset
        | Act::EmailVerified
        | Act::EmailChangeAsked
        | Act::EmailChanged
        | Act::EmailChangeUndone
        | Act::Invited
        | Act::InvitationAccepted
        | Act::UserAdded
        | Act::UserChanged
        | Act::UserRemoved
        | Act::PinSet
        | Act::PinRemoved
        | Act::AccountExported
        | Act::AccountDisabled
        | Act::AccountEnabled
        | Act::FailuresForgiven
        | Act::ResetStarted
        | Act::UserAdministered
        | Act::Impersonated
        | Act::BootstrapOpened
        | Act::Bootstrapped
        | Act::RoleChanged
        | Act::RoleRemoved
        | Act::ServiceKeyMade
        | Act::ServiceKeyRevoked
        | Act::KeysRotated
        | Act::TokenRevoked
        | Act::RuleChanged
        | Act::RuleRemoved
        | Act::DeliveryReplayed
        | Act::MailRetried
        | Act::RefusedByRule
        | Act::ActivityExported
        | Act::ActivityPruned
        | Act::AccountDeleted => Weight::Usual,
    }
}

/// What happened, as a sentence.
pub(in crate::page) fn says(act: Act) -> Text {
    match act {
        Act::SignedUp => Text::ACT_SIGNED_UP,
        Act::LoggedIn => Text::ACT_LOGGED_IN,
        Act::LoginFailed => Text::ACT_LOGIN_FAILED,
        Act::Switched => Text::ACT_SWITCHED,
        Act::PinFailed => Text::ACT_PIN_FAILED,
        Act::Reauthenticated => Text::ACT_REAUTHENTICATED,
        Act::ReauthenticationFailed => Text::ACT_REAUTHENTICATION_FAILED,
        Act::LoggedOut => Text::ACT_LOGGED_OUT,
        Act::SessionEnded => Text::ACT_SESSION_ENDED,
        Act::OtherSessionsEnded => Text::ACT_OTHER_SESSIONS_ENDED,
        Act::AllSessionsEnded => Text::ACT_ALL_SESSIONS_ENDED,
        Act::RefreshReuse => Text::ACT_REFRESH_REUSE,
        Act::StoreRollback => Text::ACT_STORE_ROLLBACK,
        Act::PasswordChanged => Text::ACT_PASSWORD_CHANGED,
        Act::PasswordReset => Text::ACT_PASSWORD_RESET,
        Act::EmailVerified => Text::ACT_EMAIL_VERIFIED,
        Act::EmailChangeAsked => Text::ACT_EMAIL_CHANGE_ASKED,
        Act::EmailChanged => Text::ACT_EMAIL_CHANGED,
        Act::EmailChangeUndone => Text::ACT_EMAIL_CHANGE_UNDONE,
        Act::Invited => Text::ACT_INVITED,
        Act::InvitationAccepted => Text::ACT_INVITATION_ACCEPTED,
        Act::UserAdded => Text::ACT_USER_ADDED,
        Act::UserChanged => Text::ACT_USER_CHANGED,
        Act::UserRemoved => Text::ACT_USER_REMOVED,
        Act::PinSet => Text::ACT_PIN_SET,
        Act::PinRemoved => Text::ACT_PIN_REMOVED,
        Act::AccountExported => Text::ACT_ACCOUNT_EXPORTED,
        Act::AccountDisabled => Text::ACT_ACCOUNT_DISABLED,
        Act::AccountEnabled => Text::ACT_ACCOUNT_ENABLED,
        Act::FailuresForgiven => Text::ACT_FAILURES_FORGIVEN,
        Act::ResetStarted => Text::ACT_RESET_STARTED,
        Act::UserAdministered => Text::ACT_USER_ADMINISTERED,
        Act::Impersonated => Text::ACT_IMPERSONATED,
        Act::BootstrapOpened => Text::ACT_BOOTSTRAP_OPENED,
        Act::Bootstrapped => Text::ACT_BOOTSTRAPPED,
        Act::RoleChanged => Text::ACT_ROLE_CHANGED,
        Act::RoleRemoved => Text::ACT_ROLE_REMOVED,
        Act::ServiceKeyMade => Text::ACT_SERVICE_KEY_MADE,
        Act::ServiceKeyRevoked => Text::ACT_SERVICE_KEY_REVOKED,
        Act::KeysRotated => Text::ACT_KEYS_ROTATED,
        Act::TokenRevoked => Text::ACT_TOKEN_REVOKED,
        Act::RuleChanged => Text::ACT_RULE_CHANGED,
        Act::RuleRemoved => Text::ACT_RULE_REMOVED,
        Act::DeliveryReplayed => Text::ACT_DELIVERY_REPLAYED,
        Act::MailRetried => Text::ACT_MAIL_RETRIED,
        Act::RefusedByRule => Text::ACT_REFUSED_BY_RULE,
        Act::ActivityExported => Text::ACT_ACTIVITY_EXPORTED,
        Act::ActivityPruned => Text::ACT_ACTIVITY_PRUNED,
        Act::AccountDeleted => Text::ACT_ACCOUNT_DELETED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::text::FILES;

    #[test]
    fn every_act_of_the_log_has_words_of_its_own() {
        let texts = FILES.iter().flat_map(|(_, texts)| *texts);
        let mut acts: Vec<&str> = texts.filter_map(|text| text.name().strip_prefix("act_")).collect();
        for name in &acts {
            let act = Act::from_name(name).unwrap_or_else(|| panic!("no act is called {name}"));
            assert_eq!(says(act).name(), format!("act_{name}"), "said with the words of another");
        }
        let count = acts.len();
        acts.sort_unstable();
        acts.dedup();
        assert_eq!(acts.len(), count);
        assert!(count >= 49, "{count}");
    }
}
