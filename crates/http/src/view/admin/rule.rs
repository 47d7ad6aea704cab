//! Webhooks. A secret is in the answer that makes it and in no other.

use std::time::Duration;

use gatewright_core::{
    EnableRule, NewWebhook, SecretRotation, WebhookMade, WebhookPatch, WebhookTested,
    model::{self, Act, HookUrl, Moment, Namespace, OnFailure, RULE_TIMEOUT, RuleLabel},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Problem, view::profile::present};

/// A webhook, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rule {
    #[schema(format = Uuid)]
    id: String,
    name: String,
    url: String,
    /// When it is asked or told: `before_sign_up`, `before_token`, `after`.
    moments: Vec<&'static str>,
    /// The acts that it is told of; empty for all.
    acts: Vec<&'static str>,
    /// How many seconds it may take when it is asked.
    timeout: u64,
    /// What is done if it gives no verdict: `open` goes on without it, `closed` answers 503.
    on_failure: &'static str,
    /// What the names of the claims begin with that it adds.
    namespace: Option<String>,
    /// `enabled`; `disabled` by an admin; `gone`, since its server answered 410.
    state: &'static str,
    /// Whether calls are also signed with the secret before the last one.
    rotating: bool,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<&model::Webhook> for Rule {
    fn from(webhook: &model::Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            name: webhook.name.as_str().to_owned(),
            url: webhook.url.as_str().to_owned(),
            moments: webhook.moments.iter().map(|moment| moment.name()).collect(),
            acts: webhook.acts.iter().map(|act| act.name()).collect(),
            timeout: webhook.timeout.as_secs(),
            on_failure: webhook.on_failure.name(),
            namespace: webhook.namespace.as_ref().map(|namespace| namespace.as_str().to_owned()),
            state: webhook.state.name(),
            rotating: webhook.secrets.previous.is_some(),
            created_at: webhook.created_at.to_string(),
        }
    }
}

/// All webhooks, in the order in which they were made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rules {
    rules: Vec<Rule>,
}

impl From<Vec<model::Webhook>> for Rules {
    fn from(webhooks: Vec<model::Webhook>) -> Self {
        Self { rules: webhooks.iter().map(Into::into).collect() }
    }
}

/// A webhook with a secret that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleWithSecret {
    #[serde(flatten)]
    about: Rule,
    /// What calls are signed with (Standard Webhooks). Shown never again. Null where no new one was made.
    #[schema(example = "whsec_…")]
    secret: Option<String>,
}

impl From<&WebhookMade> for RuleWithSecret {
    fn from(made: &WebhookMade) -> Self {
        let secret = made.secret.as_ref().map(|secret| secret.expose().to_owned());
        Self { about: (&made.webhook).into(), secret }
    }
}

/// What a webhook did when it was tried.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleTested {
    /// The status of its answer; null if there was none.
    status: Option<u16>,
    /// Why there was none.
    error: Option<String>,
}

impl From<WebhookTested> for RuleTested {
    fn from(tested: WebhookTested) -> Self {
        Self { status: tested.status, error: tested.error }
    }
}

/// A webhook to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "the shop", "url": "https://shop.example.com/hooks/gatewright",
    "moments": ["before_token"], "namespace": "https://shop.example.com/"}))]
pub(crate) struct CreateRuleRequest {
    /// What it is for: 1 to 100 printable characters.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Where it is. Only `https://` to a public address, unless the operator has allowed more.
    #[schema(max_length = 2048)]
    url: String,
    /// When it is asked or told: `before_sign_up`, `before_token`, `after`.
    #[schema(min_items = 1)]
    moments: Vec<String>,
    /// The acts that it is told of after they happened; all without it.
    acts: Option<Vec<String>>,
    /// How many seconds it may take when it is asked; 2 without it.
    #[schema(minimum = 1, maximum = 5)]
    timeout: Option<u64>,
    /// What is done if it gives no verdict: `open` goes on without it, `closed`, the default, answers 503.
    #[schema(example = "closed")]
    on_failure: Option<String>,
    /// What the names of the claims begin with that it adds: a URI ending in `/` or `:`. Needed for `before_token`.
    #[schema(max_length = 128, example = "https://shop.example.com/")]
    namespace: Option<String>,
}

impl TryFrom<CreateRuleRequest> for NewWebhook {
    type Error = Problem;

    fn try_from(body: CreateRuleRequest) -> Result<Self, Problem> {
        Ok(Self {
            name: RuleLabel::parse("name", &body.name)?,
            url: HookUrl::parse("url", &body.url)?,
            moments: moments(&body.moments)?,
            acts: acts(&body.acts.unwrap_or_default())?,
            timeout: body.timeout.map_or(RULE_TIMEOUT, Duration::from_secs),
            on_failure: body.on_failure.as_deref().map_or(Ok(OnFailure::Closed), on_failure)?,
            namespace: body.namespace.map(|text| Namespace::parse("namespace", &text)).transpose()?,
        })
    }
}

/// A change of a webhook. What is absent stays; at least one member is there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": false}))]
pub(crate) struct ChangeRuleRequest {
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 2048)]
    url: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(min_items = 1)]
    moments: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    acts: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(minimum = 1, maximum = 5)]
    timeout: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    on_failure: Option<String>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 128)]
    namespace: Option<Option<String>>,
    /// Whether it is called. What happens while it is not, it is never told.
    #[serde(default, deserialize_with = "present")]
    enabled: Option<bool>,
}

impl TryFrom<ChangeRuleRequest> for WebhookPatch {
    type Error = Problem;

    fn try_from(body: ChangeRuleRequest) -> Result<Self, Problem> {
        let ChangeRuleRequest { name, url, moments: when, acts: which, timeout, on_failure: then, namespace, enabled } =
            body;
        let changes_nothing = name.is_none() && url.is_none() && when.is_none() && which.is_none();
        if changes_nothing && timeout.is_none() && then.is_none() && namespace.is_none() && enabled.is_none() {
            return Err(Problem::malformed("The request body changes nothing."));
        }
        let within = |text: Option<String>| text.map(|text| Namespace::parse("namespace", &text)).transpose();
        Ok(Self {
            name: name.map(|text| RuleLabel::parse("name", &text)).transpose()?,
            url: url.map(|text| HookUrl::parse("url", &text)).transpose()?,
            moments: when.map(|names| moments(&names)).transpose()?,
            acts: which.map(|names| acts(&names)).transpose()?,
            timeout: timeout.map(Duration::from_secs),
            on_failure: then.as_deref().map(on_failure).transpose()?,
            namespace: namespace.map(within).transpose()?,
            enabled: enabled.map(|is_to_be| if is_to_be { EnableRule::Yes } else { EnableRule::No }),
        })
    }
}

/// A step of changing a webhook's secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"step": "begin"}))]
pub(crate) struct RotateSecretRequest {
    /// `begin` makes a new secret, and calls are signed with both; `finish` forgets the one before.
    #[schema(example = "begin")]
    step: String,
}

impl TryFrom<RotateSecretRequest> for SecretRotation {
    type Error = Problem;

    fn try_from(body: RotateSecretRequest) -> Result<Self, Problem> {
        match body.step.as_str() {
            "begin" => Ok(Self::Begin),
            "finish" => Ok(Self::Finish),
            _ => Err(Problem::invalid("step", "`step` is `begin` or `finish`")),
        }
    }
}

fn moments(names: &[String]) -> Result<Vec<Moment>, Problem> {
    let says = || Problem::invalid("moments", "`moments` are of `before_sign_up`, `before_token` and `after`");
    names.iter().map(|name| Moment::from_name(name)).collect::<Option<_>>().ok_or_else(says)
}

fn acts(names: &[String]) -> Result<Vec<Act>, Problem> {
    let says = || Problem::invalid("acts", "`acts` are acts of the activity log");
    names.iter().map(|name| Act::from_name(name)).collect::<Option<_>>().ok_or_else(says)
}

fn on_failure(name: &str) -> Result<OnFailure, Problem> {
    OnFailure::from_name(name).ok_or_else(|| Problem::invalid("on_failure", "`on_failure` is `open` or `closed`"))
}
