//! What admins do with webhooks and deliveries. Each change writes its entry of the activity log in its step. What must stay true: a
//! secret is shown once, to whoever makes or rotates it.

use std::{fmt, time::Duration};

use zeroize::Zeroize;

use super::{
    body,
    in_use::{Hook, seal_secret},
    webhook,
};
use crate::{
    Error, Gatewright, Refusal,
    action::admin::{Allowed, rights},
    model::{
        Act, Activity, ClientInfo, DeliveryId, DeliveryState, HookUrl, Invalid, InvalidReason, Listener,
        MAX_RULE_TIMEOUT, MAX_WEBHOOKS, MIN_RULE_TIMEOUT, Moment, Namespace, OnFailure, RuleId, RuleLabel, RuleState,
        SealedSecrets, Secret, Webhook,
    },
    port::{DeliveryFilter, DeliverySummary, PutRule, StoreError},
};

/// How long a webhook may take when it is tried.
const TEST_TIMEOUT: Duration = Duration::from_secs(15);
/// The most deliveries of one page.
const MAX_PAGE: usize = 200;

/// A webhook that is to be made.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// What it is for.
    pub name: RuleLabel,
    /// Where it is.
    pub url: HookUrl,
    /// When it is asked or told.
    pub moments: Vec<Moment>,
    /// Which acts it is told of; all if it is empty.
    pub acts: Vec<Act>,
    /// How long it may take when it is asked.
    pub timeout: Duration,
    /// What is done if it gives no verdict.
    pub on_failure: OnFailure,
    /// What the names of its claims begin with.
    pub namespace: Option<Namespace>,
}

/// What is to be changed of a webhook; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct WebhookPatch {
    /// What it is for.
    pub name: Option<RuleLabel>,
    /// Where it is.
    pub url: Option<HookUrl>,
    /// When it is asked or told.
    pub moments: Option<Vec<Moment>>,
    /// Which acts it is told of.
    pub acts: Option<Vec<Act>>,
    /// How long it may take when it is asked.
    pub timeout: Option<Duration>,
    /// What is done if it gives no verdict.
    pub on_failure: Option<OnFailure>,
    /// What the names of its claims begin with; the inner `None` takes it away.
    pub namespace: Option<Option<Namespace>>,
    /// Whether it is called. What happens while it is not, it is never told.
    pub enabled: Option<Enabled>,
}

/// Whether a webhook is to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabled {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// What becomes of a webhook's secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// There is a new one; from now on each call is signed with both.
    Begin,
    /// The one before it is forgotten: the receiver knows the new one.
    Finish,
}

/// A webhook with a new secret.
#[derive(Debug)]
pub struct WebhookMade {
    /// The webhook.
    pub webhook: Webhook,
    /// Its secret; `None` if none was made.
    pub secret: Option<HookSecretText>,
}

/// What a webhook did when it was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookTested {
    /// The status of its answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<String>,
}

/// Which deliveries an admin looks for.
#[derive(Clone, Debug, Default)]
pub struct DeliveriesWanted {
    /// To this webhook or embedded rule only.
    pub listener: Option<Listener>,
    /// In this state only.
    pub state: Option<DeliveryState>,
    /// Older than this one only.
    pub before: Option<DeliveryId>,
    /// At most so many; cut to 200.
    pub limit: usize,
}

/// A page of deliveries, newest first.
#[derive(Clone, Debug)]
pub struct DeliveriesPage {
    /// The deliveries.
    pub deliveries: Vec<DeliverySummary>,
    /// Where to go on, if there are more.
    pub next: Option<DeliveryId>,
}

/// A webhook's secret on its way to whoever makes it: `whsec_` and base64, as Standard Webhooks writes it. Prints as
/// `[secret]`.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct HookSecretText(String);

impl HookSecretText {
    fn of(secret: &Secret<32>) -> Self {
        Self(format!("whsec_{}", data_encoding::BASE64.encode(secret.expose())))
    }

    /// The text itself, for whoever makes the secret and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HookSecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Gatewright {
    /// All webhooks, in the order in which they were made.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn webhooks(&self, _: &Allowed<rights::RulesRead>) -> Result<Vec<Webhook>, Error> {
        Ok(self.ports().rules.rules().await?)
    }

    /// One webhook.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn webhook(&self, _: &Allowed<rights::RulesRead>, id: RuleId) -> Result<Webhook, Error> {
        self.stored_webhook(id).await
    }

    /// Makes a webhook. It is told of what happens from now on.
    ///
    /// # Errors
    /// [`Error::Invalid`], also if there are [`MAX_WEBHOOKS`] already.
    pub async fn make_webhook(
        &self,
        by: &Allowed<rights::RulesWrite>,
        new: NewWebhook,
        client: &ClientInfo,
    ) -> Result<WebhookMade, Error> {
        let now = self.now();
        let id = self.new_rule_id(now);
        let secret = self.random_secret();
        let NewWebhook { name, url, moments, acts, timeout, on_failure, namespace } = new;
        let sealed = seal_secret(self.master(), id, self.random(), &secret);
        let webhook = Webhook {
            id,
            name,
            url,
            moments,
            acts,
            timeout,
            on_failure,
            namespace,
            secrets: SealedSecrets { current: sealed, previous: None },
            state: RuleState::Enabled,
            created_at: now,
            version: 1,
        };
        let webhook = self.checked(webhook)?;
        let entry = said(by.entry(self, now, None, Act::RuleChanged, client), &webhook).saying("change", "made");
        self.put_webhook(webhook.clone(), None, entry).await?;
        Ok(WebhookMade { webhook, secret: Some(HookSecretText::of(&secret)) })
    }

    /// Changes a webhook. One that begins to be told of what happens, or is enabled again, is told from now on.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Error::Invalid`].
    pub async fn change_webhook(
        &self,
        by: &Allowed<rights::RulesWrite>,
        id: RuleId,
        patch: WebhookPatch,
        client: &ClientInfo,
    ) -> Result<Webhook, Error> {
        let seen = self.stored_webhook(id).await?;
        let webhook = self.checked(patched(&seen, patch))?;
        let entry = by.entry(self, self.now(), None, Act::RuleChanged, client);
        let entry = said(entry, &webhook).saying("change", "changed").saying("state", webhook.state.name());
        self.put_webhook(webhook.clone(), Some(&seen), entry).await?;
        Ok(webhook)
    }

    /// Removes a webhook. What was to be delivered to it is not any more.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn remove_webhook(
        &self,
        by: &Allowed<rights::RulesWrite>,
        id: RuleId,
        client: &ClientInfo,
    ) -> Result<(), Error> {
        let entry = by.entry(self, self.now(), None, Act::RuleRemoved, client).saying("rule_id", id.to_string());
        if !self.ports().rules.remove_rule(id, entry.into()).await? {
            return Err(Refusal::NotFound.into());
        }
        self.take_over_own_change().await;
        Ok(())
    }

    /// Makes a new secret, and keeps the one before it until that is finished; or finishes.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn rotate_webhook_secret(
        &self,
        by: &Allowed<rights::RulesWrite>,
        id: RuleId,
        rotation: Rotation,
        client: &ClientInfo,
    ) -> Result<WebhookMade, Error> {
        let seen = self.stored_webhook(id).await?;
        let mut webhook = Webhook { version: seen.version + 1, ..seen.clone() };
        let (secret, change) = match rotation {
            Rotation::Begin => {
                let secret = self.random_secret();
                let current = seal_secret(self.master(), id, self.random(), &secret);
                webhook.secrets = SealedSecrets { current, previous: Some(seen.secrets.current.clone()) };
                (Some(HookSecretText::of(&secret)), "secret_rotated")
            }
            Rotation::Finish => {
                webhook.secrets.previous = None;
                (None, "previous_secret_dropped")
            }
        };
        let entry = said(by.entry(self, self.now(), None, Act::RuleChanged, client), &webhook).saying("change", change);
        self.put_webhook(webhook.clone(), Some(&seen), entry).await?;
        Ok(WebhookMade { webhook, secret })
    }

    /// Sends a webhook a message of the type `test`, whether or not it is enabled.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn test_webhook(&self, _: &Allowed<rights::RulesWrite>, id: RuleId) -> Result<WebhookTested, Error> {
        let hook = Hook::new(self.stored_webhook(id).await?, self.master());
        let now = self.now();
        let message = uuid::Builder::from_random_bytes(self.random()).into_uuid();
        let call = webhook::Call { id: format!("msg_{message}"), body: body::test(id, now), timeout: TEST_TIMEOUT };
        Ok(match webhook::send(self, &hook, call).await {
            Ok(answer) => WebhookTested { status: Some(answer.status), error: None },
            Err(error) => WebhookTested { status: None, error: Some(error) },
        })
    }

    /// A page of what listeners were told, or are to be.
    ///
    /// # Errors
    /// Only when the store is away.
    pub async fn deliveries(
        &self,
        _: &Allowed<rights::DeliveriesRead>,
        wanted: DeliveriesWanted,
    ) -> Result<DeliveriesPage, Error> {
        let DeliveriesWanted { listener, state, before, limit } = wanted;
        let limit = limit.clamp(1, MAX_PAGE);
        let filter = DeliveryFilter { listener, state, before, limit: limit + 1 };
        let mut deliveries = self.ports().rules.deliveries(filter).await?;
        let has_more = deliveries.len() > limit;
        deliveries.truncate(limit);
        let next = deliveries.last().filter(|_| has_more).map(|last| last.id);
        Ok(DeliveriesPage { deliveries, next })
    }

    /// Has something delivered again, or now instead of later.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also if whoever was told is not there any more.
    pub async fn replay_delivery(
        &self,
        by: &Allowed<rights::DeliveriesWrite>,
        id: DeliveryId,
        client: &ClientInfo,
    ) -> Result<DeliverySummary, Error> {
        let rules = &self.ports().rules;
        let found = rules.delivery(id).await?.ok_or(Refusal::NotFound)?;
        if !rules.told().await?.iter().any(|told| told.listener == found.listener) {
            return Err(Refusal::NotFound.into());
        }
        let now = self.now();
        let entry = by.entry(self, now, found.account_id, Act::DeliveryReplayed, client);
        let entry = entry.saying("delivery_id", id.to_string()).saying("rule", found.listener.key());
        if !rules.replay_delivery(id, now, entry.into()).await? {
            return Err(Refusal::NotFound.into());
        }
        rules.delivery(id).await?.ok_or_else(|| Refusal::NotFound.into())
    }

    async fn stored_webhook(&self, id: RuleId) -> Result<Webhook, Error> {
        let webhooks = self.ports().rules.rules().await?;
        webhooks.into_iter().find(|webhook| webhook.id == id).ok_or_else(|| Refusal::NotFound.into())
    }

    async fn put_webhook(&self, webhook: Webhook, seen: Option<&Webhook>, entry: Activity) -> Result<(), Error> {
        let began = webhook.is_called(Moment::After) && seen.is_none_or(|seen| !seen.is_called(Moment::After));
        let told = if began { Some(self.chained_head().await?) } else { None };
        let seen = seen.map(|seen| seen.version);
        match self.ports().rules.put_rule(webhook, seen, told, MAX_WEBHOOKS, entry.into()).await? {
            PutRule::Done => {
                self.take_over_own_change().await;
                Ok(())
            }
            PutRule::TooMany => Err(Invalid::new("name", InvalidReason::TooMany { max: MAX_WEBHOOKS }).into()),
            PutRule::Stale => Err(StoreError::unavailable("somebody else has just changed the webhook").into()),
        }
    }

    /// The change is done and durable; who made it is not told otherwise because it could not be read again at once.
    async fn take_over_own_change(&self) {
        if let Err(error) = self.newest_rules().await {
            tracing::warn!(%error, "a change of webhooks is taken over later");
        }
    }

    /// What must hold between a webhook's members.
    fn checked(&self, mut webhook: Webhook) -> Result<Webhook, Error> {
        let invalid = |field, reason| Err(Invalid::new(field, reason).into());
        webhook.moments.sort();
        webhook.moments.dedup();
        webhook.acts.sort_by_key(|act| act.name());
        webhook.acts.dedup();
        if webhook.moments.is_empty() {
            return invalid("moments", InvalidReason::Malformed);
        }
        if !(MIN_RULE_TIMEOUT..=MAX_RULE_TIMEOUT).contains(&webhook.timeout) {
            return invalid("timeout", InvalidReason::NotAllowed);
        }
        if webhook.moments.contains(&Moment::BeforeToken) && webhook.namespace.is_none() {
            return invalid("namespace", InvalidReason::Malformed);
        }
        if !webhook.acts.is_empty() && !webhook.moments.contains(&Moment::After) {
            return invalid("acts", InvalidReason::NotAllowed);
        }
        if self.ports().hooks.check(webhook.url.as_str()).is_err() {
            return invalid("url", InvalidReason::NotAllowed);
        }
        Ok(webhook)
    }
}

fn patched(seen: &Webhook, patch: WebhookPatch) -> Webhook {
    let WebhookPatch { name, url, moments, acts, timeout, on_failure, namespace, enabled } = patch;
    let seen = seen.clone();
    Webhook {
        name: name.unwrap_or(seen.name),
        url: url.unwrap_or(seen.url),
        moments: moments.unwrap_or(seen.moments),
        acts: acts.unwrap_or(seen.acts),
        timeout: timeout.unwrap_or(seen.timeout),
        on_failure: on_failure.unwrap_or(seen.on_failure),
        namespace: namespace.unwrap_or(seen.namespace),
        state: match enabled {
            Some(Enabled::Yes) => RuleState::Enabled,
            Some(Enabled::No) => RuleState::Disabled,
            None => seen.state,
        },
        version: seen.version + 1,
        ..seen
    }
}

/// The entry, naming the webhook and what it is called at. Not its address, which may carry a secret.
fn said(entry: Activity, webhook: &Webhook) -> Activity {
    let moments: Vec<_> = webhook.moments.iter().map(|moment| moment.name()).collect();
    entry.saying("rule_id", webhook.id.to_string()).saying("name", webhook.name.as_str()).saying("moments", moments)
}
