//! The webhooks in use. What must stay true: nobody is asked by a reading that is older than a second, and an older reading never
//! takes the place of a newer one; an instance that was not asked anything for a while has not read anything either.

use std::{sync::Arc, time::Duration};

use crate::{
    Error, Gatewright,
    model::{MasterKeys, Moment, RuleId, Secret, Timestamp, Webhook},
    sync::{ArcSwap, Mutex},
};

/// How old a reading may be. A change is known to all nodes after this.
const READ_EVERY: Duration = Duration::from_secs(1);

/// The webhooks in use.
pub(crate) struct RulesInUse {
    book: ArcSwap<RuleBook>,
    /// Held while they are read: one reads, whoever comes meanwhile waits for what that one finds.
    reading: Mutex<()>,
}

/// The webhooks as they were at one moment.
pub(super) struct RuleBook {
    read_at: Option<Timestamp>,
    pub(super) hooks: Vec<Arc<Hook>>,
}

/// A webhook, ready to be called.
pub(super) struct Hook {
    pub(super) webhook: Webhook,
    /// What it is signed with; `None` if that was sealed with a master key that is not here.
    pub(super) secrets: Option<Vec<Secret<32>>>,
}

impl RulesInUse {
    pub(crate) fn new() -> Self {
        let book = RuleBook { read_at: None, hooks: Vec::new() };
        Self { book: ArcSwap::from_pointee(book), reading: Mutex::new(()) }
    }
}

impl RuleBook {
    /// Those that are called at this moment, in the order in which they were made.
    pub(super) fn at(&self, moment: Moment) -> impl Iterator<Item = &Arc<Hook>> {
        self.hooks.iter().filter(move |hook| hook.webhook.is_called(moment))
    }

    /// The one with this id.
    pub(super) fn hook(&self, id: RuleId) -> Option<&Arc<Hook>> {
        self.hooks.iter().find(|hook| hook.webhook.id == id)
    }

    /// A clock that was set back makes no reading young.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.read_at.is_some_and(|at| now >= at && now.since(at) < READ_EVERY)
    }
}

impl Hook {
    pub(super) fn new(webhook: Webhook, master: &MasterKeys) -> Self {
        let sealed = [Some(&webhook.secrets.current), webhook.secrets.previous.as_ref()];
        let opened = sealed.into_iter().flatten().map(|sealed| open_secret(master, webhook.id, sealed));
        let secrets = opened.collect();
        Self { webhook, secrets }
    }
}

/// Seals a webhook's secret; it opens for this webhook only.
pub(super) fn seal_secret(master: &MasterKeys, id: RuleId, nonce: [u8; 12], secret: &Secret<32>) -> Vec<u8> {
    master.seal(&context(id), nonce, secret.expose())
}

fn open_secret(master: &MasterKeys, id: RuleId, sealed: &[u8]) -> Option<Secret<32>> {
    let plain = master.open(&context(id), sealed)?;
    <[u8; 32]>::try_from(plain.as_slice()).ok().map(Secret::new)
}

fn context(id: RuleId) -> Vec<u8> {
    [b"webhook secret ", &id.as_bytes()[..]].concat()
}

impl Gatewright {
    /// The webhooks as the store held them at most a second ago.
    pub(super) async fn rule_book(&self) -> Result<Arc<RuleBook>, Error> {
        let rules = &self.0.rules;
        if rules.book.load().is_fresh(self.now()) {
            return Ok(rules.book.load_full());
        }
        let _reading = rules.reading.lock().await;
        if rules.book.load().is_fresh(self.now()) {
            return Ok(rules.book.load_full());
        }
        self.read_rules().await
    }

    /// The webhooks as the store holds them now: after a change that this node has made.
    pub(super) async fn newest_rules(&self) -> Result<Arc<RuleBook>, Error> {
        let _reading = self.0.rules.reading.lock().await;
        self.read_rules().await
    }

    /// Only while `reading` is held: then nobody else replaces the book.
    async fn read_rules(&self) -> Result<Arc<RuleBook>, Error> {
        let seen = self.0.rules.book.load_full();
        let read_at = Some(self.now());
        let webhooks = self.ports().rules.rules().await?;
        let is_same = webhooks.iter().eq(seen.hooks.iter().map(|hook| &hook.webhook));
        let hooks = if is_same {
            seen.hooks.clone()
        } else {
            tracing::info!(rules = webhooks.len(), "webhooks taken over");
            webhooks.into_iter().map(|webhook| Arc::new(Hook::new(webhook, self.master()))).collect()
        };
        let book = Arc::new(RuleBook { read_at, hooks });
        self.0.rules.book.compare_and_swap(&seen, Arc::clone(&book));
        Ok(book)
    }
}
