//! Asking a webhook. What must stay true: what does not say clearly that it allows something is not taken for it, and what
//! says that it refuses is taken for nothing else.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::in_use::Hook;
use crate::{
    Gatewright,
    model::{Moment, RuleAnswer, RuleRefusal, Secret, TokenVerdict},
    port::{HookAnswer, HookCall, HookError},
};

/// Asks it, and reads what it answers.
pub(super) async fn ask(gate: &Gatewright, hook: &Arc<Hook>, moment: Moment, body: &[u8]) -> RuleAnswer {
    let webhook = &hook.webhook;
    let message = uuid::Builder::from_random_bytes(gate.random()).into_uuid();
    let call = Call { id: format!("msg_{message}"), body: body.to_vec(), timeout: webhook.timeout };
    let said = match send(gate, hook, call).await {
        Ok(HookAnswer { status: 200, body }) => read(moment, &body).map_err(str::to_owned),
        Ok(HookAnswer { status, .. }) => Err(format!("it answered with status {status}")),
        Err(why) => Err(why),
    };
    let (rule, namespace) = (webhook.name.as_str().to_owned(), webhook.namespace.clone());
    RuleAnswer { rule, namespace, on_failure: webhook.on_failure, said }
}

/// One call of a webhook, without what goes into each.
pub(super) struct Call {
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    pub(super) timeout: std::time::Duration,
}

/// Signs it and sends it once.
pub(super) async fn send(gate: &Gatewright, hook: &Hook, call: Call) -> Result<HookAnswer, String> {
    let Some(secrets): Option<Vec<Secret<32>>> = hook.secrets.clone() else {
        return Err("its secret was sealed with a master key that is not here".to_owned());
    };
    let Call { id, body, timeout } = call;
    let url = hook.webhook.url.as_str().to_owned();
    let call = HookCall { url, id, at: gate.now(), body, secrets, timeout };
    gate.ports().hooks.call(call).await.map_err(|error: HookError| error.to_string())
}

/// `{"allow": true, "claims"?: {…}}` or `{"allow": false, "reason"?: "…", "message"?: "…"}`. A refusal is one whatever else is
/// in it; what allows has to be exactly so.
fn read(moment: Moment, body: &[u8]) -> Result<TokenVerdict, &'static str> {
    let Ok(Value::Object(mut answer)) = serde_json::from_slice(body) else {
        return Err("its answer is no JSON object");
    };
    let text = |answer: &Map<String, Value>, name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    match answer.remove("allow") {
        Some(Value::Bool(false)) => {
            let refusal = RuleRefusal::new(text(&answer, "reason").as_deref().unwrap_or("unspecified"));
            let message = text(&answer, "message");
            Ok(TokenVerdict::Refuse(message.map_or(refusal.clone(), |message| refusal.saying(&message))))
        }
        Some(Value::Bool(true)) => {
            let claims = match answer.remove("claims") {
                None => Map::new(),
                Some(Value::Object(claims)) if moment == Moment::BeforeToken => claims,
                Some(_) => return Err("its answer has claims where none belong, or that are no object"),
            };
            if answer.is_empty() { Ok(TokenVerdict::Allow(claims)) } else { Err("its answer has an unknown member") }
        }
        Some(_) | None => Err("its answer has no `allow` that is true or false"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(moment: Moment, text: &str) -> Result<TokenVerdict, &'static str> {
        read(moment, text.as_bytes())
    }

    #[test]
    fn only_what_says_so_exactly_allows() {
        let allowed = |claims: &Value| Ok(TokenVerdict::Allow(claims.as_object().unwrap().clone()));
        assert_eq!(answer(Moment::BeforeSignUp, r#"{"allow":true}"#), allowed(&json!({})));
        assert_eq!(answer(Moment::BeforeToken, r#"{"allow":true,"claims":{"a:b":1}}"#), allowed(&json!({ "a:b": 1 })));
        for (moment, text) in [
            (Moment::BeforeSignUp, r#"{"allow":true,"claims":{"a:b":1}}"#),
            (Moment::BeforeToken, r#"{"allow":true,"claims":[]}"#),
            (Moment::BeforeToken, r#"{"allow":true,"claims":null}"#),
            (Moment::BeforeToken, r#"{"allow":true,"reason":"x"}"#),
            (Moment::BeforeToken, r#"{"allow":true,"Claims":{}}"#),
            (Moment::BeforeToken, r#"{"allow":"true"}"#),
            (Moment::BeforeToken, r#"{"allow":1}"#),
            (Moment::BeforeToken, r#"{}"#),
            (Moment::BeforeToken, r#"[{"allow":true}]"#),
            (Moment::BeforeToken, r#"{"allow":true}{"allow":true}"#),
            (Moment::BeforeToken, "true"),
            (Moment::BeforeToken, ""),
            (Moment::BeforeToken, "<html>"),
        ] {
            assert!(answer(moment, text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_refusal_is_one_whatever_else_is_in_it() {
        for (text, reason, message) in [
            (r#"{"allow":false}"#, "unspecified", None),
            (r#"{"allow":false,"reason":"no_plan","message":"Buy one."}"#, "no_plan", Some("Buy one.")),
            (r#"{"allow":false,"reason":7,"message":[],"extra":1}"#, "unspecified", None),
        ] {
            let Ok(TokenVerdict::Refuse(refusal)) = answer(Moment::BeforeToken, text) else { panic!("{text}") };
            assert_eq!((refusal.reason(), refusal.message()), (reason, message), "{text}");
        }
    }
}
