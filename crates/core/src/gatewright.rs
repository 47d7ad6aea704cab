//! The instance: one value that has the ports, the settings and the keys. Cheap to clone; nothing is global, so that a
//! process can hold many.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::{
    action::{BusyListeners, Counters, KeysInUse, RulesInUse},
    model::{
        AccountId, ActivityId, DeliveryId, EntrySeed, LetterId, MailTokenId, MasterKeys, NodeId, Policy, RuleId,
        Secret, ServiceKeyId, SessionId, Timestamp, TokenId, UserId,
    },
    port::{
        Accounts, ActivityLog, Admins, Blocklist, Clock, Directory, EmbeddedRules, Entropy, Hasher, HookCaller, Keys,
        LimitsPort, MailTokens, Maintenance, NoHooks, Outbox, Passwords, RoleDefinitions, Rules, ServiceKeys, Sessions,
        Users,
    },
};

/// What an instance needs from the world.
#[derive(Clone)]
pub struct Ports {
    /// Accounts.
    pub accounts: Arc<dyn Accounts>,
    /// Users.
    pub users: Arc<dyn Users>,
    /// Password hashes.
    pub passwords: Arc<dyn Passwords>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// The activity log.
    pub activity: Arc<dyn ActivityLog>,
    /// Rate limits.
    pub limits: Arc<dyn LimitsPort>,
    /// What roles let their users do.
    pub roles: Arc<dyn RoleDefinitions>,
    /// The first admin, and the last.
    pub admins: Arc<dyn Admins>,
    /// All accounts and users, a page at a time.
    pub directory: Arc<dyn Directory>,
    /// Service keys.
    pub service_keys: Arc<dyn ServiceKeys>,
    /// Sealed signing keys.
    pub keys: Arc<dyn Keys>,
    /// What mails carry.
    pub mail_tokens: Arc<dyn MailTokens>,
    /// Letters that wait to be sent.
    pub outbox: Arc<dyn Outbox>,
    /// Webhooks, and what listeners are told.
    pub rules: Arc<dyn Rules>,
    /// Rules of the program that embeds the instance.
    pub embedded_rules: EmbeddedRules,
    /// What calls webhooks.
    pub hooks: Arc<dyn HookCaller>,
    /// Health and cleaning.
    pub maintenance: Arc<dyn Maintenance>,
    /// The password hasher.
    pub hasher: Arc<dyn Hasher>,
    /// The common passwords.
    pub blocklist: Arc<dyn Blocklist>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Ports {
    /// The ports of an instance whose storing ports are all one store, as SQLite's are. Where sessions or limits are kept
    /// elsewhere, replace these fields: `Ports { sessions, limits, ..Ports::on_store(…) }`. There are no embedded rules, and no webhook can
    /// be made or called until `hooks` is replaced as well ([`NoHooks`]).
    #[must_use]
    pub fn on_store<S>(
        store: Arc<S>,
        hasher: Arc<dyn Hasher>,
        blocklist: Arc<dyn Blocklist>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self
    where
        S: Accounts
            + Users
            + Passwords
            + Sessions
            + ActivityLog
            + LimitsPort
            + RoleDefinitions
            + Admins
            + Directory
            + ServiceKeys
            + Keys
            + MailTokens
            + Outbox
            + Rules
            + Maintenance
            + 'static,
    {
        Self {
            accounts: store.clone(),
            users: store.clone(),
            passwords: store.clone(),
            sessions: store.clone(),
            activity: store.clone(),
            limits: store.clone(),
            roles: store.clone(),
            admins: store.clone(),
            directory: store.clone(),
            service_keys: store.clone(),
            keys: store.clone(),
            mail_tokens: store.clone(),
            outbox: store.clone(),
            rules: store.clone(),
            embedded_rules: EmbeddedRules::none(),
            hooks: Arc::new(NoHooks),
            maintenance: store,
            hasher,
            blocklist,
            clock,
            entropy,
        }
    }
}

/// An instance of Gatewright. Its methods are the acts, one file each under `action/`.
#[derive(Clone)]
pub struct Gatewright(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) ports: Ports,
    pub(crate) policy: Policy,
    pub(crate) master: MasterKeys,
    pub(crate) keys: KeysInUse,
    pub(crate) rules: RulesInUse,
    pub(crate) busy_listeners: BusyListeners,
    /// What is counted beside the log.
    pub(crate) counters: Counters,
    /// The moment that the last id was made for, in microseconds.
    pub(crate) last_id: AtomicI64,
    /// Tells this instance from others on the same store.
    pub(crate) node: NodeId,
    /// What spent tokens mean, if not what we say.
    #[cfg(feature = "alternatives")]
    pub(crate) alternative: std::sync::OnceLock<crate::model::Alternative>,
}

impl fmt::Debug for Gatewright {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gatewright").field("policy", &self.0.policy).finish_non_exhaustive()
    }
}

impl Gatewright {
    /// The settings.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// The present moment, as this instance sees it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.ports.clock.now()
    }

    /// `N` random bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.ports.entropy.fill(&mut bytes);
        bytes
    }

    /// A keyed hash for `purpose`, for edges that bind something to this instance (a form to a browser, for example).
    #[must_use]
    pub fn keyed_hash(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        self.0.master.keyed_hash(purpose, bytes)
    }

    pub(crate) fn ports(&self) -> &Ports {
        &self.0.ports
    }

    pub(crate) fn master(&self) -> &MasterKeys {
        &self.0.master
    }

    pub(crate) fn random_secret(&self) -> Secret<32> {
        Secret::new(self.random())
    }

    pub(crate) fn new_account_id(&self, now: Timestamp) -> AccountId {
        AccountId::new(self.moment_of_id(now), self.random())
    }

    pub(crate) fn new_user_id(&self, now: Timestamp) -> UserId {
        UserId::new(self.moment_of_id(now), self.random())
    }

    /// A session that replaces another is the newer one by its id, whatever the clock of the node says that made the other:
    /// of a browser's sessions the newest counts.
    pub(crate) fn new_session_id(&self, now: Timestamp, replaced: Option<SessionId>) -> SessionId {
        let now = replaced.map_or(now, |replaced| now.max(replaced.moment().plus(Duration::from_micros(1))));
        SessionId::new(self.moment_of_id(now), self.random())
    }

    pub(crate) fn new_entry(&self, now: Timestamp) -> EntrySeed {
        EntrySeed { id: ActivityId::new(self.moment_of_id(now), self.random()), salt: self.random() }
    }

    pub(crate) fn new_service_key_id(&self, now: Timestamp) -> ServiceKeyId {
        ServiceKeyId::new(self.moment_of_id(now), self.random())
    }

    pub(crate) fn new_rule_id(&self, now: Timestamp) -> RuleId {
        RuleId::new(self.moment_of_id(now), self.random())
    }

    pub(crate) fn new_delivery_id(&self, now: Timestamp) -> DeliveryId {
        DeliveryId::new(self.moment_of_id(now), self.random())
    }

    pub(crate) fn new_mail_token_id(&self, now: Timestamp) -> MailTokenId {
        MailTokenId::new(self.moment_of_id(now), self.random())
    }

    pub(crate) fn new_letter_id(&self, now: Timestamp) -> LetterId {
        LetterId::new(self.moment_of_id(now), self.random())
    }

    pub(crate) fn new_token_id(&self, now: Timestamp) -> TokenId {
        TokenId::new(self.moment_of_id(now), self.random())
    }

    /// Ids of one process sort in the order in which they were made: of a browser's sessions the newest counts, and the
    /// activity log is read by id. Each is for a microsecond of its own (RFC 9562 section 6.2).
    fn moment_of_id(&self, now: Timestamp) -> Timestamp {
        let later = |last: i64| now.micros().max(last.saturating_add(1));
        let before = self.0.last_id.fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| Some(later(last)));
        Timestamp::from_micros(later(before.unwrap_or_else(|last| last)))
    }
}
