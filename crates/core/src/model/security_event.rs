//! What happened, in the words of CAEP (OpenID Continuous Access Evaluation Profile 1.0), for services that end their own sessions
//! when ours end (SECURITY SE15). Pure.

use serde_json::{Map, Value, json};

use super::{Act, Activity, Actor};

const SESSION_REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const CREDENTIAL_CHANGE: &str = "https://schemas.openid.net/secevent/caep/event-type/credential-change";
const CLAIMS_CHANGE: &str = "https://schemas.openid.net/secevent/caep/event-type/token-claims-change";

/// A security event.
#[derive(Clone, Debug, PartialEq)]
pub struct SecurityEvent {
    /// To whom it happened (RFC 9493, complex): the account as `tenant`, the user, and the session if it happened to one only.
    pub subject: Map<String, Value>,
    /// What happened: one event.
    pub events: Map<String, Value>,
}

/// What an event is, without who did it and when.
enum Kind {
    /// One session, or all of the user, or of the account.
    SessionRevoked(Reach),
    CredentialChange {
        credential: &'static str,
        change: &'static str,
    },
    ClaimsChange(Value),
}

/// How many sessions it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The one that the entry names.
    Session,
    /// All of the user that the entry names, but for the session that it names.
    Others,
    /// All of the user that the entry names.
    User,
    /// All of the account.
    Account,
}

/// The security event that an entry of the activity log is to services of this issuer; `None` if it is none.
#[must_use]
pub fn security_event(entry: &Activity, issuer: &str) -> Option<SecurityEvent> {
    let kind = kind(entry)?;
    let mut event = Map::new();
    event.insert("event_timestamp".to_owned(), entry.at.secs().into());
    event.insert("initiating_entity".to_owned(), initiator(entry).into());
    let reason = entry.reason.map_or(entry.act.name(), |reason| reason.name());
    event.insert("reason_admin".to_owned(), json!({ "en": format!("{}: {reason}", entry.act.name()) }));
    let (name, reach) = match kind {
        Kind::SessionRevoked(reach) => (SESSION_REVOKED, reach),
        Kind::CredentialChange { credential, change } => {
            event.insert("credential_type".to_owned(), credential.into());
            event.insert("change_type".to_owned(), change.into());
            let reach = if credential == "pin" { Reach::User } else { Reach::Account };
            (CREDENTIAL_CHANGE, reach)
        }
        Kind::ClaimsChange(claims) => {
            event.insert("claims".to_owned(), claims);
            (CLAIMS_CHANGE, Reach::User)
        }
    };
    if let (Reach::Others, Some(kept)) = (reach, entry.session_id) {
        // Not of CAEP: whoever does not know it ends one session too many, whose user signs in again.
        event.insert("except_session".to_owned(), kept.to_string().into());
    }
    let events = Map::from_iter([(name.to_owned(), Value::Object(event))]);
    Some(SecurityEvent { subject: subject(entry, reach, issuer)?, events })
}

fn kind(entry: &Activity) -> Option<Kind> {
    let credential = |credential, change| Some(Kind::CredentialChange { credential, change });
    match entry.act {
        Act::LoggedOut | Act::SessionEnded | Act::TokenRevoked | Act::RefreshReuse => {
            Some(Kind::SessionRevoked(Reach::Session))
        }
        Act::OtherSessionsEnded => Some(Kind::SessionRevoked(Reach::Others)),
        Act::UserRemoved => Some(Kind::SessionRevoked(Reach::User)),
        Act::AllSessionsEnded | Act::AccountDisabled | Act::AccountDeleted => {
            Some(Kind::SessionRevoked(Reach::Account))
        }
        Act::PasswordChanged | Act::PasswordReset => credential("password", "update"),
        Act::PinSet => credential("pin", "update"),
        Act::PinRemoved => credential("pin", "delete"),
        Act::EmailChanged | Act::EmailChangeUndone => credential("email", "update"),
        Act::UserAdministered if entry.detail.get("disabled") == Some(&Value::Bool(true)) => {
            Some(Kind::SessionRevoked(Reach::User))
        }
        Act::UserAdministered => entry.detail.get("roles").map(|roles| Kind::ClaimsChange(json!({ "roles": roles }))),
        Act::SignedUp
        | Act::LoggedIn
        | Act::LoginFailed
        | Act::Switched
        | Act::PinFailed
        | Act::Reauthenticated
        | Act::ReauthenticationFailed
        | Act::StoreRollback
        | Act::EmailVerified
        | Act::EmailChangeAsked
        | Act::Invited
        | Act::InvitationAccepted
        | Act::UserAdded
        | Act::UserChanged
        | Act::AccountExported
        | Act::AccountEnabled
        | Act::FailuresForgiven
        | Act::ResetStarted
        | Act::Impersonated
        | Act::BootstrapOpened
        | Act::Bootstrapped
        | Act::RoleChanged
        | Act::RoleRemoved
        | Act::ServiceKeyMade
        | Act::ServiceKeyRevoked
        | Act::KeysRotated
        | Act::RuleChanged
        | Act::RuleRemoved
        | Act::DeliveryReplayed
        | Act::MailRetried
        | Act::RefusedByRule
        | Act::ActivityExported
        | Act::ActivityPruned => None,
    }
}

fn initiator(entry: &Activity) -> &'static str {
    match entry.actor {
        // Nobody asked for it: a spent token came back.
        Actor::Account if entry.act == Act::RefreshReuse => "policy",
        Actor::Account => "user",
        Actor::Admin(_)
        | Actor::Impersonator(_)
        | Actor::ServiceKey(_)
        | Actor::ImpersonatingKey(_)
        | Actor::Operator => "admin",
        Actor::System => "system",
    }
}

fn subject(entry: &Activity, reach: Reach, issuer: &str) -> Option<Map<String, Value>> {
    let mut subject = Map::new();
    subject.insert("format".to_owned(), "complex".into());
    let account = entry.account_id?;
    subject.insert("tenant".to_owned(), json!({ "format": "opaque", "id": account.to_string() }));
    if reach != Reach::Account {
        let user = entry.user_id?;
        subject.insert("user".to_owned(), json!({ "format": "iss_sub", "iss": issuer, "sub": user.to_string() }));
    }
    if reach == Reach::Session {
        let session = entry.session_id?;
        subject.insert("session".to_owned(), json!({ "format": "opaque", "id": session.to_string() }));
    }
    Some(subject)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        AccountId, ActivityId, ClientInfo, EndReason, EntrySeed, Metadata, SessionId, Timestamp, UserId,
    };

    fn entry(act: Act) -> Activity {
        let at = Timestamp::from_secs(1_800_000_000);
        let client = ClientInfo { ip: None, user_agent: None, received_at: at };
        let seed = EntrySeed { id: ActivityId::from_bytes([1; 16]), salt: [0; 16] };
        let entry = Activity::new(seed, at, AccountId::from_bytes([2; 16]), act, &client);
        entry.of_user(UserId::from_bytes([3; 16])).in_session(SessionId::from_bytes([4; 16]))
    }

    fn told(entry: &Activity) -> (Value, Value) {
        let event = security_event(entry, "https://auth.example.test").unwrap();
        (Value::Object(event.subject), Value::Object(event.events))
    }

    #[test]
    fn se15_a_session_that_ended_is_revoked_by_whom_and_why() {
        let (subject, events) = told(&entry(Act::SessionEnded).because(EndReason::Revoked));
        assert_eq!(
            subject,
            json!({
                "format": "complex",
                "tenant": { "format": "opaque", "id": "02020202-0202-0202-0202-020202020202" },
                "user": {
                    "format": "iss_sub", "iss": "https://auth.example.test",
                    "sub": "03030303-0303-0303-0303-030303030303",
                },
                "session": { "format": "opaque", "id": "04040404-0404-0404-0404-040404040404" },
            })
        );
        assert_eq!(
            events,
            json!({ SESSION_REVOKED: {
                "event_timestamp": 1_800_000_000, "initiating_entity": "user",
                "reason_admin": { "en": "session_ended: revoked" },
            } })
        );
        let by = |entry: &Activity| told(entry).1[SESSION_REVOKED]["initiating_entity"].clone();
        assert_eq!(by(&entry(Act::SessionEnded).by(Actor::Admin(UserId::from_bytes([9; 16])))), "admin");
        assert_eq!(by(&entry(Act::RefreshReuse)), "policy");
        assert_eq!(by(&entry(Act::AccountDisabled).by(Actor::System)), "system");
    }

    #[test]
    fn se15_what_is_about_more_than_one_session_names_none_but_the_one_that_stays() {
        let (subject, events) = told(&entry(Act::OtherSessionsEnded));
        assert!(subject["session"].is_null() && subject["user"].is_object());
        assert_eq!(events[SESSION_REVOKED]["except_session"], "04040404-0404-0404-0404-040404040404");
        let (subject, events) = told(&entry(Act::AllSessionsEnded));
        assert!(subject["session"].is_null() && subject["user"].is_null() && subject["tenant"].is_object());
        assert!(events[SESSION_REVOKED]["except_session"].is_null());
    }

    #[test]
    fn se15_credentials_and_roles_that_change_say_which() {
        for (act, credential, change) in [
            (Act::PasswordChanged, "password", "update"),
            (Act::PasswordReset, "password", "update"),
            (Act::EmailChanged, "email", "update"),
            (Act::EmailChangeUndone, "email", "update"),
            (Act::PinSet, "pin", "update"),
            (Act::PinRemoved, "pin", "delete"),
        ] {
            let (_, events) = told(&entry(act));
            let event = &events[CREDENTIAL_CHANGE];
            assert_eq!((&event["credential_type"], &event["change_type"]), (&credential.into(), &change.into()));
        }
        let roles = entry(Act::UserAdministered).saying("roles", json!(["support"]));
        assert_eq!(told(&roles).1[CLAIMS_CHANGE]["claims"], json!({ "roles": ["support"] }));
        let disabled = entry(Act::UserAdministered).saying("disabled", true);
        assert!(told(&disabled).1[SESSION_REVOKED].is_object());
    }

    #[test]
    fn what_ends_nothing_is_no_security_event() {
        for act in [Act::SignedUp, Act::LoggedIn, Act::LoginFailed, Act::RoleChanged, Act::AccountEnabled] {
            assert_eq!(security_event(&entry(act), "x"), None);
        }
        let other = Activity { detail: Metadata::new(), ..entry(Act::UserAdministered) };
        assert_eq!(security_event(&other, "x"), None);
    }
}
