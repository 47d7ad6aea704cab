//! Telling listeners of what happened. Whoever embeds an instance calls this every second or so, on as many nodes as it likes, and need
//! not wait for one call before the next: a listener that is slow keeps nobody else waiting.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use gatewright_token::SecurityEventClaims;

use super::{body, in_use::Hook, webhook};
use crate::{
    Error, Gatewright,
    model::{
        Act, Activity, Actor, ClientInfo, DeliveryId, EmbeddedName, Event, Listener, MAX_WEBHOOKS, Moment, RuleState,
        SecurityEvent, next_delivery_try, security_event,
    },
    port::{DueDelivery, Told, Tried, TriedOutcome},
};

/// How many deliveries one node makes to one listener at once.
const AT_ONCE: usize = 4;
/// How long a listener may take. Longer than when it is asked: nobody waits.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long a taken delivery is nobody else's: longer than a try and what is written after it take.
const HOLD: Duration = Duration::from_secs(60);
/// What is kept of an error, in characters.
const MAX_ERROR: usize = 200;
/// RFC 9110 section 15.5.11.
const GONE: u16 = 410;

/// What became of what listeners were to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventsDelivered {
    /// Entries of the activity log have become so many deliveries.
    pub made: usize,
    /// The listener has them.
    pub delivered: usize,
    /// They are tried again.
    pub postponed: usize,
    /// They are not, unless somebody replays them.
    pub given_up: usize,
}

/// Listeners that a call on this node is busy with.
#[derive(Default)]
pub(crate) struct BusyListeners(Mutex<BTreeSet<Listener>>);

/// Keeps other calls from a listener as long as it lives.
struct Busy<'a>(&'a BusyListeners, Listener);

impl BusyListeners {
    fn begin(&self, listener: &Listener) -> Option<Busy<'_>> {
        let is_free = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(listener.clone());
        is_free.then(|| Busy(self, listener.clone()))
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// Who is told.
#[derive(Clone)]
enum Ear<'a> {
    Webhook(&'a Hook),
    Embedded(EmbeddedName),
}

/// What a try came to.
struct Heard {
    status: Option<u16>,
    result: Result<(), Fault>,
}

enum Fault {
    Later(String),
    Never(String),
    Gone,
}

impl Gatewright {
    /// Makes deliveries of what happened and sends a few of those that are due. Call it again at once while it delivers
    /// something.
    ///
    /// A crash between a delivery's taking and its noting sends it a second time a minute later, under the same id: a listener is told
    /// at least once.
    ///
    /// # Errors
    /// When the store is away; what was taken is due again in a minute.
    pub async fn deliver_events(&self) -> Result<EventsDelivered, Error> {
        let book = self.rule_book().await?;
        if book.hooks.is_empty() && self.ports().embedded_rules.at(Moment::After).next().is_none() {
            return Ok(EventsDelivered::default());
        }
        let listeners = self.listeners(&book).await?;
        if listeners.is_empty() {
            return Ok(EventsDelivered::default());
        }
        let head = self.chained_head().await?;
        let each = listeners.iter().filter_map(|told| {
            let ear = match &told.listener {
                Listener::Webhook(id) => Ear::Webhook(book.hook(*id)?),
                Listener::Embedded(name) => Ear::Embedded(name.clone()),
            };
            Some(self.serve(told, ear, head))
        });
        let mut sum = EventsDelivered::default();
        for served in join_all(each).await {
            let served = served?;
            sum.made += served.made;
            sum.delivered += served.delivered;
            sum.postponed += served.postponed;
            sum.given_up += served.given_up;
        }
        Ok(sum)
    }

    async fn serve(&self, told: &Told, ear: Ear<'_>, head: u64) -> Result<EventsDelivered, Error> {
        let mut served = EventsDelivered::default();
        let Some(_busy) = self.0.busy_listeners.begin(&told.listener) else { return Ok(served) };
        match &ear {
            Ear::Webhook(hook) if hook.webhook.is_called(Moment::After) => {
                served.made = self.fan_out(told, head, |act| hook.webhook.wants(act)).await?;
            }
            Ear::Webhook(_) => {}
            Ear::Embedded(name) => {
                let rule = self.ports().embedded_rules.named(name);
                served.made = self.fan_out(told, head, |act| rule.is_some_and(|rule| rule.wants(act))).await?;
            }
        }
        let due = self.ports().rules.take_deliveries(&told.listener, self.now(), HOLD, AT_ONCE).await?;
        for outcome in join_all(due.iter().map(|due| self.deliver_event(due, ear.clone()))).await {
            match outcome? {
                TriedOutcome::Delivered => served.delivered += 1,
                TriedOutcome::Postponed { .. } => served.postponed += 1,
                TriedOutcome::GivenUp { .. } => served.given_up += 1,
            }
        }
        Ok(served)
    }

    async fn deliver_event(&self, due: &DueDelivery, ear: Ear<'_>) -> Result<TriedOutcome, Error> {
        let heard = match self.entry_of(due).await? {
            Some(activity) => {
                let event = Event { id: due.id, seq: due.seq, activity };
                self.tell(&ear, &event).await
            }
            None => Heard::nothing(Fault::Never("the entry is not kept any more".to_owned())),
        };
        let at = self.now();
        let cut = |error: String| error.chars().take(MAX_ERROR).collect::<String>();
        let outcome = match heard.result {
            Ok(()) => TriedOutcome::Delivered,
            Err(Fault::Never(error)) => TriedOutcome::GivenUp { error: cut(error) },
            Err(Fault::Gone) => {
                if let Ear::Webhook(hook) = ear {
                    self.disable_gone(hook).await?;
                }
                TriedOutcome::GivenUp { error: "it is gone; the rule is disabled".to_owned() }
            }
            Err(Fault::Later(error)) => match next_delivery_try(due.attempts, at) {
                Some(again) => TriedOutcome::Postponed { again, error: cut(error) },
                None => TriedOutcome::GivenUp { error: cut(error) },
            },
        };
        match &outcome {
            TriedOutcome::Delivered => {}
            TriedOutcome::Postponed { error, .. } => {
                tracing::info!(delivery = %due.id, attempts = due.attempts, error, "an event was not delivered yet");
            }
            TriedOutcome::GivenUp { error } => {
                tracing::warn!(delivery = %due.id, attempts = due.attempts, error, "an event was not delivered");
            }
        }
        let tried = Tried { at, status: heard.status, outcome: outcome.clone() };
        self.ports().rules.note_delivery(due.id, tried).await?;
        Ok(outcome)
    }

    /// The entry that a delivery tells of, as it is now; `None` if it was removed from the log.
    async fn entry_of(&self, due: &DueDelivery) -> Result<Option<Activity>, Error> {
        let found = self.ports().activity.chained(due.seq.saturating_sub(1), 1).await?;
        let entry = found.into_iter().next().map(|entry| entry.activity);
        Ok(entry.filter(|entry| entry.id == due.activity_id))
    }

    async fn tell(&self, ear: &Ear<'_>, event: &Event) -> Heard {
        match ear {
            Ear::Webhook(hook) if hook.webhook.state != RuleState::Enabled => {
                Heard::nothing(Fault::Never("the rule is disabled".to_owned()))
            }
            Ear::Webhook(hook) => {
                let body = body::event(event.seq, &event.activity, self.security_event_token(event));
                let call = webhook::Call { id: message_id(event.id), body, timeout: TIMEOUT };
                match webhook::send(self, hook, call).await {
                    Ok(answer) => Heard::answered(answer.status),
                    Err(error) => Heard::nothing(Fault::Later(error)),
                }
            }
            Ear::Embedded(name) => {
                let Some(rule) = self.ports().embedded_rules.named(name) else {
                    return Heard::nothing(Fault::Later("there is no such rule in this program".to_owned()));
                };
                match self.bounded(TIMEOUT, rule.after(event)).await {
                    Some(Ok(())) => Heard { status: None, result: Ok(()) },
                    Some(Err(error)) => Heard::nothing(Fault::Later(error.to_string())),
                    None => Heard::nothing(Fault::Later("it took too long".to_owned())),
                }
            }
        }
    }

    /// The same as a Security Event Token, if it is a security event. All that is in it is of the entry, so that each try tells the
    /// same.
    fn security_event_token(&self, event: &Event) -> Option<String> {
        let SecurityEvent { subject, events } = security_event(&event.activity, &self.policy().issuer)?;
        let claims = SecurityEventClaims {
            issuer: self.policy().issuer.clone(),
            audience: self.policy().audience.clone(),
            issued_at: event.activity.at.secs(),
            token_id: event.id.uuid(),
            subject,
            events,
        };
        let signed = self.keyring().set.sign_security_event(&claims);
        signed.unwrap_or_else(|error| {
            tracing::error!(%error, "a security event could not be signed");
            None
        })
    }

    /// Its server says that it is gone for good: it is not called any more. If an admin has just changed it, that stands.
    async fn disable_gone(&self, hook: &Hook) -> Result<(), Error> {
        let now = self.now();
        let seen = hook.webhook.version;
        let rule = crate::model::Webhook { state: RuleState::Gone, version: seen + 1, ..hook.webhook.clone() };
        let client = ClientInfo { ip: None, user_agent: None, received_at: now };
        let entry = Activity::new(self.new_entry(now), now, None, Act::RuleChanged, &client).by(Actor::System);
        let entry = entry.saying("rule_id", rule.id.to_string()).saying("state", RuleState::Gone.name());
        tracing::warn!(rule = %rule.id, "a webhook answered that it is gone: it is disabled");
        self.ports().rules.put_rule(rule, Some(seen), None, MAX_WEBHOOKS, entry.into()).await?;
        self.newest_rules().await.map(drop)
    }
}

/// The id of the message that a delivery is: the same for every try and every replay.
fn message_id(id: DeliveryId) -> String {
    format!("msg_{id}")
}

impl Heard {
    const fn nothing(fault: Fault) -> Self {
        Self { status: None, result: Err(fault) }
    }

    fn answered(status: u16) -> Self {
        let result = match status {
            200..=299 => Ok(()),
            GONE => Err(Fault::Gone),
            status => Err(Fault::Later(format!("it answered with status {status}"))),
        };
        Self { status: Some(status), result }
    }
}
