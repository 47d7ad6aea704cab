//! One key with its state and the times at which it entered each. The state is stored as plain fields, so that any
//! database can hold it; what is restored is checked, because an impossible row must not sign.

use crate::{Algorithm, KeyId, SigningKey};
use std::{fmt, str::FromStr};

/// Where a key is in its life. The names are stored; they do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Published, so that every verifier has it before the first token.
    Next,
    /// Signs all tokens.
    Signing,
    /// Signs no more; published until its last token is dead everywhere.
    Retiring,
    /// No longer published. Its private half is to be deleted.
    Gone,
}

impl KeyState {
    /// The stored name: `next`, `signing`, `retiring`, `gone`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Signing => "signing",
            Self::Retiring => "retiring",
            Self::Gone => "gone",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyState {
    type Err = RestoreError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "next" => Ok(Self::Next),
            "signing" => Ok(Self::Signing),
            "retiring" => Ok(Self::Retiring),
            "gone" => Ok(Self::Gone),
            _ => Err(RestoreError::UnknownState),
        }
    }
}

/// What is stored beside a sealed key: plain fields, times in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The name of the key.
    pub kid: String,
    /// The algorithm, as in `alg`.
    pub algorithm: Algorithm,
    /// The state.
    pub state: KeyState,
    /// When the key was made.
    pub created_at: i64,
    /// When it was first published.
    pub published_at: i64,
    /// When it began to sign; set in the states signing, retiring and, if it ever signed, gone.
    pub signing_since: Option<i64>,
    /// When it stopped signing; set in the states retiring and, if it ever signed, gone.
    pub retiring_since: Option<i64>,
    /// When it was taken out of the published set; set in the state gone.
    pub gone_since: Option<i64>,
}

/// A stored key set that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// A state that is not one of the four.
    #[error("a stored key has an unknown state")]
    UnknownState,
    /// The record is for another key.
    #[error("a stored key does not fit its record")]
    OtherKey,
    /// A time is set that the state cannot have, or is missing.
    #[error("the times of a stored key do not fit its state")]
    TimesDoNotFitState,
    /// Two keys sign.
    #[error("two stored keys are signing")]
    TwoSigningKeys,
    /// Two keys with one name.
    #[error("two stored keys have the same name")]
    DuplicateKeyId,
}

/// A key of a [`KeySet`](crate::KeySet).
#[derive(Clone, Debug)]
pub struct KeyEntry {
    key: SigningKey,
    pub(super) state: KeyState,
    created_at: i64,
    published_at: i64,
    pub(super) signing_since: Option<i64>,
    pub(super) retiring_since: Option<i64>,
    pub(super) gone_since: Option<i64>,
}

impl KeyEntry {
    /// A key that is made and published now.
    pub(super) fn new(key: SigningKey, now: i64) -> Self {
        Self {
            key,
            state: KeyState::Next,
            created_at: now,
            published_at: now,
            signing_since: None,
            retiring_since: None,
            gone_since: None,
        }
    }

    /// Puts a stored record and its unsealed key together again.
    pub fn restore(record: &KeyRecord, key: SigningKey) -> Result<Self, RestoreError> {
        if key.kid().as_str() != record.kid || key.algorithm() != record.algorithm {
            return Err(RestoreError::OtherKey);
        }
        let set = (record.signing_since.is_some(), record.retiring_since.is_some(), record.gone_since.is_some());
        let fits = match record.state {
            KeyState::Next => set == (false, false, false),
            KeyState::Signing => set == (true, false, false),
            KeyState::Retiring => set == (true, true, false),
            KeyState::Gone => set == (true, true, true) || set == (false, false, true),
        };
        if !fits {
            return Err(RestoreError::TimesDoNotFitState);
        }
        Ok(Self {
            key,
            state: record.state,
            created_at: record.created_at,
            published_at: record.published_at,
            signing_since: record.signing_since,
            retiring_since: record.retiring_since,
            gone_since: record.gone_since,
        })
    }

    /// What to store beside the sealed key.
    pub fn record(&self) -> KeyRecord {
        KeyRecord {
            kid: self.kid().to_string(),
            algorithm: self.key.algorithm(),
            state: self.state,
            created_at: self.created_at,
            published_at: self.published_at,
            signing_since: self.signing_since,
            retiring_since: self.retiring_since,
            gone_since: self.gone_since,
        }
    }

    /// The key itself.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The name of the key.
    pub fn kid(&self) -> &KeyId {
        self.key.kid()
    }

    /// Where the key is in its life.
    pub fn state(&self) -> KeyState {
        self.state
    }

    /// When the key was made, in seconds since 1970.
    pub fn created_at(&self) -> i64 {
        self.created_at
    }

    /// When it was first published, in seconds since 1970.
    pub fn published_at(&self) -> i64 {
        self.published_at
    }

    /// When it began to sign, if it did.
    pub fn signing_since(&self) -> Option<i64> {
        self.signing_since
    }

    /// When it stopped signing, if it did.
    pub fn retiring_since(&self) -> Option<i64> {
        self.retiring_since
    }
}
