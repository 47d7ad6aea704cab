//! Turning entries of the activity log into deliveries. What must stay true: it is done beside the requests, so that nobody who signs
//! in waits for who wants to be told of it; each entry becomes one delivery to each listener that wants it, because both are
//! written in the step that moves how far the listener was told.

use super::in_use::RuleBook;
use crate::{
    Error, Gatewright,
    model::{Act, Listener, Moment},
    port::{FanOut, NewDelivery, Told},
};

/// How many entries are looked at in one step.
const BATCH: usize = 256;
/// How many such steps are done for one listener before others have their turn.
const STEPS: usize = 4;
/// How many entries get their place in the chain, where they do not have it from the start.
const CHAINED: usize = 1_000;

impl Gatewright {
    /// Who is told of what happens, and how far each was told. Embedded rules that are new listen from now on.
    pub(super) async fn listeners(&self, book: &RuleBook) -> Result<Vec<Told>, Error> {
        let rules = &self.ports().rules;
        let mut told = rules.told().await?;
        for rule in self.ports().embedded_rules.at(Moment::After) {
            let listener = Listener::Embedded(rule.name());
            if told.iter().all(|told| told.listener != listener) {
                let after = rules.listen(&listener, self.head().await?).await?;
                told.push(Told { listener, after });
            }
        }
        // Of those that are gone what is left is swept; of those that another program embeds that one takes care.
        told.retain(|told| match &told.listener {
            Listener::Webhook(id) => book.hook(*id).is_some(),
            Listener::Embedded(name) => self.ports().embedded_rules.named(name).is_some(),
        });
        Ok(told)
    }

    /// The place of the last entry that has one.
    pub(super) async fn head(&self) -> Result<u64, Error> {
        Ok(self.ports().activity.chain_state().await?.head.seq)
    }

    /// Gives entries their place that have none, and answers the last one.
    pub(super) async fn chained_head(&self) -> Result<u64, Error> {
        self.ports().activity.chain(CHAINED).await?;
        self.head().await
    }

    /// Makes deliveries of what the listener was not told yet, up to `head`. Answers how many.
    pub(super) async fn fan_out(&self, told: &Told, head: u64, wants: impl Fn(Act) -> bool) -> Result<usize, Error> {
        let (mut seen, mut made) = (told.after, 0);
        for _ in 0..STEPS {
            if seen >= head {
                break;
            }
            let entries = self.ports().activity.chained(seen, BATCH).await?;
            let Some(last) = entries.last() else { break };
            let (to, now) = (last.link.seq, self.now());
            let wanted = entries.iter().filter(|entry| wants(entry.activity.act));
            let deliveries: Vec<NewDelivery> = wanted
                .map(|entry| NewDelivery {
                    id: self.new_delivery_id(now),
                    activity_id: entry.activity.id,
                    seq: entry.link.seq,
                    act: entry.activity.act,
                    account_id: entry.activity.account_id,
                    at: now,
                })
                .collect();
            let count = deliveries.len();
            let step = FanOut { listener: told.listener.clone(), seen, to, deliveries };
            if !self.ports().rules.fan_out(step).await? {
                // Another node was faster: it does what there is to do.
                break;
            }
            (seen, made) = (to, made + count);
        }
        Ok(made)
    }
}
