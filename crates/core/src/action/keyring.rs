//! The keys in use, and taking over those that another node has made. What must stay true: what replaces the keys in use was
//! read after they were put in use, so that an older reading never takes the place of a newer one.

use std::sync::Arc;

use gatewright_token::{KeyEntry, KeyRecord, KeySet, KeyState, SigningKey, Verifier};

use super::{
    keys::{MAX_RACES, StartError},
    verify_own::LastRead,
};
use crate::{
    Gatewright,
    model::{MasterKeys, Policy, Timestamp},
    port::{Clock, Entropy, Keys, MAX_CLOCK_DIFFERENCE, StoredKeys},
    sync::{ArcSwap, Guard, Mutex},
};

#[cfg(all(test, shuttle))]
mod interleaving_tests;

/// An expired token is expired, to the second (fault X1): no leeway.
const OWN_LEEWAY_SECS: i64 = 0;

/// The keys that an instance uses, and when it last asked for others.
pub(crate) struct KeysInUse {
    keyring: ArcSwap<Keyring>,
    /// Held while an unknown `kid` has the keys read again.
    pub(super) last_read: Mutex<Option<LastRead>>,
}

/// Where keys are kept, and what they are sealed, opened and judged with.
#[derive(Clone, Copy)]
pub(super) struct KeySource<'a> {
    pub(super) store: &'a dyn Keys,
    pub(super) clock: &'a dyn Clock,
    pub(super) entropy: &'a dyn Entropy,
    pub(super) master: &'a MasterKeys,
    pub(super) policy: &'a Policy,
}

impl KeySource<'_> {
    /// The present moment.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The keys in use, with a verifier for each kind of token.
#[derive(Debug)]
pub(crate) struct Keyring {
    /// What the store held; `None` if the operator gave the key.
    stored: Option<StoredKeys>,
    pub(crate) set: KeySet,
    pub(crate) access: Verifier,
    pub(crate) selection: Verifier,
}

impl Keyring {
    /// The keys that the store holds.
    pub(super) fn restored(stored: StoredKeys, source: KeySource<'_>) -> Result<Self, StartError> {
        let set = restore(&stored, source.master)?;
        Self::new(Some(stored), set, source.policy)
    }

    /// The one key that the operator gave.
    pub(super) fn given(key: SigningKey, now: i64, policy: &Policy) -> Result<Self, StartError> {
        let record = KeyRecord {
            kid: key.kid().as_str().to_owned(),
            algorithm: key.algorithm(),
            state: KeyState::Signing,
            created_at: now,
            published_at: now,
            signing_since: Some(now),
            retiring_since: None,
            gone_since: None,
        };
        Self::new(None, KeySet::restore([KeyEntry::restore(&record, key)?])?, policy)
    }

    /// Whether the operator gave the key: then it is not ours to rotate, and no other node makes one.
    pub(super) const fn is_given(&self) -> bool {
        self.stored.is_none()
    }

    fn new(stored: Option<StoredKeys>, set: KeySet, policy: &Policy) -> Result<Self, StartError> {
        let secs = |span: std::time::Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        let verifier = |audience: &str, life: std::time::Duration| {
            Verifier::builder()
                .issuer(&policy.issuer)
                .audience(audience)
                .leeway_secs(OWN_LEEWAY_SECS)
                // The node that stamped the token may be ahead of us.
                .future_leeway_secs(secs(MAX_CLOCK_DIFFERENCE))
                .max_lifetime_secs(secs(life).max(1))
                .keys(set.verifying_keys())
                .build()
        };
        // Whoever acts as somebody else has one token for the whole while; that others live no longer than they may is seen
        // where it is known who acts.
        let access = verifier(&policy.audience, policy.access_ttl.max(policy.max_impersonation))?;
        let selection = verifier(&format!("{}/auth/select", policy.issuer), policy.selection_ttl)?;
        Ok(Self { stored, set, access, selection })
    }
}

impl Gatewright {
    /// The keys in use. Not to be held while waiting for anything.
    pub(crate) fn keyring(&self) -> Guard<Arc<Keyring>> {
        self.0.keys.load()
    }

    pub(super) fn key_source(&self) -> KeySource<'_> {
        let (ports, master, policy) = (self.ports(), self.master(), self.policy());
        KeySource { store: &*ports.keys, clock: &*ports.clock, entropy: &*ports.entropy, master, policy }
    }

    /// See [`KeysInUse::reload`].
    pub(super) async fn reload_keys(&self) -> Result<(), StartError> {
        self.0.keys.reload(self.key_source()).await
    }
}

impl KeysInUse {
    pub(super) fn new(keyring: Keyring) -> Self {
        Self { keyring: ArcSwap::from_pointee(keyring), last_read: Mutex::new(None) }
    }

    /// The keys in use. Not to be held while waiting for anything.
    pub(super) fn load(&self) -> Guard<Arc<Keyring>> {
        self.keyring.load()
    }

    /// Takes over what the store holds now, if that is something else than what is in use.
    pub(super) async fn reload(&self, source: KeySource<'_>) -> Result<(), StartError> {
        for _ in 0..MAX_RACES {
            let seen = self.keyring.load_full();
            let Some(before) = &seen.stored else { return Ok(()) };
            let stored = source.store.keys().await?;
            if *before == stored {
                return Ok(());
            }
            let version = stored.version;
            let keyring = Keyring::restored(stored, source)?;
            // Whoever leads makes one soon; until then what is in use goes on.
            if keyring.set.signing().is_none() {
                tracing::error!(version, "the store holds no signing key");
                return Ok(());
            }
            // What was read is newer than `seen`, whatever their versions say: also after a failover that lost one. But in the
            // meantime another request may have taken over something newer still.
            let found = self.keyring.compare_and_swap(&seen, Arc::new(keyring));
            if Arc::ptr_eq(&found, &seen) {
                tracing::info!(version, "signing keys taken over");
                return Ok(());
            }
        }
        Err(StartError::Busy)
    }
}

/// The set of the stored keys.
pub(super) fn restore(stored: &StoredKeys, master: &MasterKeys) -> Result<KeySet, StartError> {
    let entries = stored.keys.iter().map(|stored| {
        let secret = master.open(stored.kid.as_bytes(), &stored.sealed).ok_or(StartError::WrongMasterKey)?;
        let key = SigningKey::from_sealed_form(&secret)?;
        let record = KeyRecord {
            kid: stored.kid.clone(),
            algorithm: key.algorithm(),
            state: stored.state.parse()?,
            created_at: stored.created_at,
            published_at: stored.published_at.unwrap_or(stored.created_at),
            signing_since: stored.signing_since,
            retiring_since: stored.retiring_since,
            gone_since: None,
        };
        Ok(KeyEntry::restore(&record, key)?)
    });
    Ok(KeySet::restore(entries.collect::<Result<Vec<_>, StartError>>()?)?)
}
