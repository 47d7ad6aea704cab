//! The signing keys: kept sealed in the store, or given by the operator; rotated without anybody noticing.

use std::sync::{Arc, atomic::AtomicI64};

use gatewright_token::{
    Jwks, KeyEntry, KeyRecord, KeyRefusal, KeySet, RestoreError, RotationError, SigningKey, Transition, Urgency,
    VerifierError,
};

use super::{
    counting::Counters,
    keyring::{KeySource, Keyring, KeysInUse, restore},
    rules::{BusyListeners, RulesInUse},
};
use crate::{
    Error, Gatewright, Ports,
    gatewright::Inner,
    model::{MasterKeys, NodeId, Policy},
    port::{StoreError, StoredKey, StoredKeys},
};

/// Where the signing keys come from.
#[derive(Debug)]
pub enum SigningKeySource {
    /// Made here, kept in the store sealed with the master key, rotated by time.
    Generated,
    /// Given by the operator, who rotates it.
    Given(Box<SigningKey>),
}

/// Why an instance cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store is away.
    #[error("the store cannot be used")]
    Store(#[from] StoreError),
    /// A sealed key does not open: the master key is another one than the store was made with.
    #[error("the master key does not open the signing keys in the store; is it the one that this store was made with?")]
    WrongMasterKey,
    /// A stored key cannot be.
    #[error("a stored signing key is damaged")]
    Damaged(#[from] RestoreError),
    /// A key could not be made or read.
    #[error("a signing key cannot be used")]
    Key(#[from] KeyRefusal),
    /// A setting does not fit a verifier.
    #[error("the issuer, audience or lifetimes cannot be used")]
    Verifier(#[from] VerifierError),
    /// A plan of ours did not fit the set it was made for.
    #[error("the signing keys could not be moved along")]
    Rotation(#[from] RotationError),
    /// Other processes kept changing the keys.
    #[error("the signing keys kept changing; try again")]
    Busy,
}

/// Why the keys were not rotated by hand.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The operator gave the key, so only the operator can rotate it.
    #[error("the signing key is given by configuration; rotate it there")]
    Given,
    /// It would make verifications fail, or the set is not as expected.
    #[error(transparent)]
    Refused(#[from] RotationError),
    /// See [`StartError`].
    #[error(transparent)]
    Failed(#[from] StartError),
}

/// How often a change of the keys may lose against another process.
pub(super) const MAX_RACES: usize = 8;

impl Gatewright {
    /// Starts an instance: reads or makes the signing keys. Several that start at once on one store have the same keys.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(
        ports: Ports,
        policy: Policy,
        master: MasterKeys,
        source: SigningKeySource,
    ) -> Result<Self, StartError> {
        let now = ports.clock.now().secs();
        let keyring = match source {
            SigningKeySource::Given(key) => Keyring::given(*key, now, &policy)?,
            SigningKeySource::Generated => {
                let (store, clock, entropy) = (&*ports.keys, &*ports.clock, &*ports.entropy);
                let source = KeySource { store, clock, entropy, master: &master, policy: &policy };
                Keyring::restored(advance(source, now).await?, source)?
            }
        };
        let mut node = [0; 16];
        ports.entropy.fill(&mut node);
        Ok(Self(Arc::new(Inner {
            ports,
            policy,
            master,
            keys: KeysInUse::new(keyring),
            rules: RulesInUse::new(),
            busy_listeners: BusyListeners::default(),
            counters: Counters::default(),
            last_id: AtomicI64::new(0),
            node: NodeId::from_bytes(node),
            #[cfg(feature = "alternatives")]
            alternative: std::sync::OnceLock::new(),
        })))
    }

    /// The published keys (RFC 7517): next, signing and retiring ones, public halves only.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        self.keyring().set.jwks()
    }

    /// What is known of each key, for operators.
    #[must_use]
    pub fn key_records(&self) -> Vec<KeyRecord> {
        self.keyring().set.entries().iter().map(KeyEntry::record).collect()
    }

    /// Rotates by hand. `Orderly` refuses to go faster than verifiers can notice.
    ///
    /// # Errors
    /// See [`RotateError`].
    pub async fn rotate_keys(&self, urgency: Urgency) -> Result<Vec<KeyRecord>, RotateError> {
        self.0.keys.rotate(self.key_source(), urgency).await?;
        Ok(self.key_records())
    }

    /// Moves the keys along if it is time, and takes them over.
    pub(super) async fn move_keys_along(&self) -> Result<(), Error> {
        self.0.keys.move_along(self.key_source()).await.map_err(keys_failed)
    }
}

impl KeysInUse {
    /// Rotates by hand, and takes over what is stored then.
    pub(super) async fn rotate(&self, source: KeySource<'_>, urgency: Urgency) -> Result<(), RotateError> {
        if self.load().is_given() {
            return Err(RotateError::Given);
        }
        let now = source.now().secs();
        for _ in 0..MAX_RACES {
            let stored = source.store.keys().await.map_err(StartError::Store)?;
            let set = restore(&stored, source.master)?;
            let plan = set.plan_by_hand(now, &source.policy.keys, urgency)?;
            if replace(source, &stored, &carry_out(set, &plan, now)?).await? {
                return Ok(self.reload(source).await?);
            }
        }
        Err(StartError::Busy.into())
    }

    async fn move_along(&self, source: KeySource<'_>) -> Result<(), StartError> {
        if self.load().is_given() {
            return Ok(());
        }
        advance(source, source.now().secs()).await?;
        self.reload(source).await
    }
}

/// What an act answers that could not read or move the keys. The log has the cause.
pub(super) fn keys_failed(error: StartError) -> Error {
    match error {
        StartError::Store(error) => error.into(),
        StartError::WrongMasterKey
        | StartError::Damaged(_)
        | StartError::Key(_)
        | StartError::Verifier(_)
        | StartError::Rotation(_)
        | StartError::Busy => {
            tracing::error!(error = %error, "the signing keys could not be taken over or moved along");
            Error::Bug("the signing keys could not be taken over or moved along")
        }
    }
}

/// Reads the stored keys, carries out what is due, and stores the outcome; answers what is stored then. Of several processes
/// one is faster; the others read again.
pub(super) async fn advance(source: KeySource<'_>, now: i64) -> Result<StoredKeys, StartError> {
    for _ in 0..MAX_RACES {
        let stored = source.store.keys().await?;
        let set = restore(&stored, source.master)?;
        let plan = set.plan(now, &source.policy.keys);
        if plan.is_empty() {
            return Ok(stored);
        }
        // Carried out or not, read again: another process may have been faster, and one plan may make the next one due (a new
        // set has no next key before it has one that signs).
        if replace(source, &stored, &carry_out(set, &plan, now)?).await? {
            tracing::info!(version = stored.version + 1, steps = plan.len(), "signing keys moved along");
        }
    }
    Err(StartError::Busy)
}

fn carry_out(mut set: KeySet, plan: &[Transition], now: i64) -> Result<KeySet, StartError> {
    for step in plan {
        set = match step {
            Transition::Create { algorithm } | Transition::CreateSigning { algorithm } => {
                set.with_created(step, SigningKey::generate(*algorithm)?, now)?
            }
            Transition::Promote { .. } | Transition::Remove { .. } => set.apply(step, now)?,
        };
    }
    Ok(set)
}

/// Stores the set if nobody has stored another since `seen`.
async fn replace(source: KeySource<'_>, seen: &StoredKeys, set: &KeySet) -> Result<bool, StartError> {
    let keys = set.entries().iter().map(|entry| seal(entry, seen, source)).collect();
    Ok(source.store.replace(seen.version, keys).await?)
}

fn seal(entry: &KeyEntry, seen: &StoredKeys, source: KeySource<'_>) -> StoredKey {
    let record = entry.record();
    // What is sealed already stays as it is: a key is sealed once, with a nonce of its own.
    let before = seen.keys.iter().find(|key| key.kid == record.kid).map(|key| key.sealed.clone());
    let sealed = before.unwrap_or_else(|| {
        let mut nonce = [0; 12];
        source.entropy.fill(&mut nonce);
        source.master.seal(record.kid.as_bytes(), nonce, &entry.key().to_secret_bytes())
    });
    StoredKey {
        kid: record.kid,
        state: record.state.as_str().to_owned(),
        created_at: record.created_at,
        published_at: Some(record.published_at),
        signing_since: record.signing_since,
        retiring_since: record.retiring_since,
        sealed,
    }
}
