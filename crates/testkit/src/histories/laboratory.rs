//! A store that is put to the test, with what no port can do: what a failover does to it, and what only an operator's SQL can
//! change as yet. And the instances of Gatewright on it, two, as on two machines.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use gatewright_core::{
    Gatewright, Ports, SigningKeySource,
    model::{Limits, MasterKeys, PasswordRules, Policy, SecretHash, Session, Timestamp, UserId},
    port::{EmbeddedRules, NoHooks, Sessions},
    token::SigningKey,
};
use gatewright_password::{CommonPasswords, Engine, Parameters, Settings};

use super::model::{ABSOLUTE, ACCESS_TTL, FRESH, IDLE, Rules};
use crate::{FrozenClock, SeededEntropy, conformance};

/// A store that is put to the test.
#[async_trait]
pub trait Laboratory: Send + Sync {
    /// The ports of the two nodes on the store. Each has connections of its own.
    fn nodes(&self) -> [conformance::Ports; 2];

    /// The chain and the idle end of a session become what they were: the store has lost what came after.
    async fn put_back(&self, before: &Session);

    /// The store was promoted at this moment, or never.
    async fn set_promoted(&self, at: Option<Timestamp>);

    /// A user has these roles from now on.
    async fn set_roles(&self, user: UserId, roles: &[&str]);

    /// A user may not come in since this moment, and its sessions end; or it may again.
    async fn set_barred(&self, user: UserId, since: Option<Timestamp>);
}

/// What instances are made of that are made again and again.
pub struct Workshop<'l> {
    /// The store.
    pub lab: &'l dyn Laboratory,
    /// The clock of both nodes.
    pub clock: Arc<FrozenClock>,
    hasher: Arc<Engine>,
    /// How many histories have begun: the names of one are not those of another.
    begun: AtomicU64,
}

/// Two nodes on one store.
pub(super) struct Nodes {
    pub(super) gates: [Gatewright; 2],
    pub(super) ports: [conformance::Ports; 2],
    /// The same master keys once more, to look into tokens.
    pub(super) master: MasterKeys,
}

impl<'l> Workshop<'l> {
    /// On this store, whose clock this is.
    #[must_use]
    pub fn new(lab: &'l dyn Laboratory, clock: Arc<FrozenClock>) -> Self {
        let settings = Settings::new(Parameters::insecure_for_tests()).with_permits(NonZeroUsize::MIN);
        let hasher =
            Engine::start(settings, clock.clone(), Arc::new(SeededEntropy::new(0))).expect("the engine starts");
        Self { lab, clock, hasher: Arc::new(hasher), begun: AtomicU64::new(0) }
    }

    /// A number that no other history on this store has.
    pub(super) fn next_history(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::Relaxed)
    }

    /// Starts the nodes with so many master keys, the last of which is the active one.
    pub(super) async fn nodes(
        &self,
        rules: Rules,
        wrap: fn(Arc<dyn Sessions>) -> Arc<dyn Sessions>,
        master_keys: u8,
        salt: u64,
    ) -> Nodes {
        let ports = self.lab.nodes();
        let start = async |node: u64, ports: &conformance::Ports| {
            let ports = Ports {
                accounts: ports.accounts.clone(),
                users: ports.users.clone(),
                passwords: ports.passwords.clone(),
                sessions: wrap(ports.sessions.clone()),
                activity: ports.activity_log.clone(),
                limits: ports.limits.clone(),
                roles: ports.roles.clone(),
                admins: ports.admins.clone(),
                directory: ports.directory.clone(),
                service_keys: ports.service_keys.clone(),
                rules: ports.rules.clone(),
                embedded_rules: EmbeddedRules::none(),
                hooks: Arc::new(NoHooks),
                keys: ports.keys.clone(),
                mail_tokens: ports.mail_tokens.clone(),
                outbox: ports.outbox.clone(),
                maintenance: ports.maintenance.clone(),
                hasher: self.hasher.clone(),
                blocklist: Arc::new(CommonPasswords::new()),
                clock: self.clock.clone(),
                entropy: Arc::new(SeededEntropy::new(salt << 16 | u64::from(master_keys) << 8 | node)),
            };
            let key = SigningKey::from_hmac_secret(SecretHash::of(b"signs access tokens").as_bytes());
            let source = SigningKeySource::Given(Box::new(key.expect("32 bytes of a hash are random enough")));
            Gatewright::start(ports, policy(rules), master(master_keys), source).await.expect("an instance starts")
        };
        let gates = [start(0, &ports[0]).await, start(1, &ports[1]).await];
        Nodes { gates, ports, master: master(master_keys) }
    }
}

pub(super) fn master(keys: u8) -> MasterKeys {
    let one = |number: u8| {
        let key = SecretHash::of(&[b"master key", &[number][..]].concat());
        format!("{number}:{}", data_encoding::HEXLOWER.encode(key.as_bytes()))
    };
    let text: Vec<String> = (1..=keys).rev().map(one).collect();
    MasterKeys::parse(&text.join(",")).expect("hashes look random")
}

fn policy(rules: Rules) -> Policy {
    Policy {
        access_ttl: ACCESS_TTL,
        session_idle: IDLE,
        session_absolute: ABSOLUTE,
        fresh_window: FRESH,
        windows: rules.windows(),
        reuse_ends: rules.reuse_ends,
        passwords: PasswordRules { min_length: 8, context_words: Vec::new() },
        limits: Limits::Off,
        max_sessions: rules.max_sessions,
        ..Policy::for_issuer("https://auth.example.test")
    }
}
