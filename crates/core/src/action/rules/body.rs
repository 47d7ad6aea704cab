//! What goes over the wire to a webhook: `{"type", "timestamp", "data"}`, as Standard Webhooks recommends.

use serde_json::{Map, Value, json};

use crate::model::{Activity, Moment, RoleName, RuleId, SignUpFacts, Timestamp, TokenFacts, UserAgent};

/// What a webhook is asked before somebody signs up.
pub(super) fn before_sign_up(facts: &SignUpFacts) -> Vec<u8> {
    let data = json!({
        "email": facts.email.as_str(),
        "username": facts.username.as_ref().map(ToString::to_string),
        "locale": facts.locale,
        "ip": facts.ip.map(|ip| ip.to_string()),
        "user_agent": facts.user_agent.as_ref().map(UserAgent::as_str),
    });
    written(Moment::BeforeSignUp.name(), facts.at, &data)
}

/// What a webhook is asked before an access token is issued.
pub(super) fn before_token(facts: &TokenFacts) -> Vec<u8> {
    let (account, user) = (&facts.account, &facts.user);
    let data = json!({
        "occasion": facts.occasion.name(),
        "account": {
            "id": account.id.to_string(),
            "email": account.email.as_str(),
            "email_verified": account.email_verified_at.is_some(),
            "created_at": account.created_at.to_string(),
        },
        "user": {
            "id": user.id.to_string(),
            "username": user.username.to_string(),
            "roles": user.roles.names().iter().map(RoleName::as_str).collect::<Vec<_>>(),
            "owner": user.rank == crate::model::Rank::Owner,
            "app_metadata": user.app_metadata,
            "created_at": user.created_at.to_string(),
        },
        "session": {
            "id": facts.session_id.to_string(),
            "transport": facts.transport.name(),
            "amr": facts.amr.iter().map(|method| method.name()).collect::<Vec<_>>(),
            "auth_time": facts.auth_time.to_string(),
        },
        "ip": facts.ip.map(|ip| ip.to_string()),
        "user_agent": facts.user_agent.as_ref().map(UserAgent::as_str),
    });
    written(Moment::BeforeToken.name(), facts.at, &data)
}

/// What a listener is told of an entry of the activity log: the members that `GET /auth/activity` shows, and whose they are; with
/// `set` if it is a security event (SECURITY SE15).
pub(super) fn event(seq: u64, entry: &Activity, set: Option<String>) -> Vec<u8> {
    let mut detail: Map<String, Value> = entry.detail.clone();
    if let Some(reason) = entry.reason {
        detail.insert("reason".to_owned(), reason.name().into());
    }
    let mut data = json!({
        "id": entry.id.to_string(),
        "at": entry.at.to_string(),
        "act": entry.act.name(),
        "account_id": entry.account_id.map(|id| id.to_string()),
        "user_id": entry.user_id.map(|id| id.to_string()),
        "session_id": entry.session_id.map(|id| id.to_string()),
        "actor": {
            "kind": entry.actor.kind(),
            "id": entry.actor.id().map(|id| uuid::Uuid::from_bytes(*id).to_string()),
        },
        "ip": entry.ip.map(|ip| ip.to_string()),
        "user_agent": entry.user_agent.as_ref().map(UserAgent::as_str),
        "detail": detail,
        "seq": seq,
    });
    if let Some(set) = set {
        data["set"] = set.into();
    }
    written(entry.act.name(), entry.at, &data)
}

/// What a webhook is told when an admin tries it.
pub(super) fn test(rule: RuleId, at: Timestamp) -> Vec<u8> {
    written("test", at, &json!({ "rule_id": rule.to_string() }))
}

fn written(kind: &str, at: Timestamp, data: &Value) -> Vec<u8> {
    json!({ "type": kind, "timestamp": at.to_string(), "data": data }).to_string().into_bytes()
}
