//! Carrying transitions out, one by one, each giving a new key set. A transition that does not fit the state is an
//! error, so a stale plan (another node was faster) changes nothing.

use super::{KeyEntry, KeySet, KeyState, Transition};
use crate::{KeyId, SigningKey};

/// Why a rotation did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotationError {
    /// No key of this name, or it is in another state than the transition expects.
    #[error("the key is not in the state that this step needs; read the key set again")]
    Stale,
    /// There is a next key already, or the new key is in the set already.
    #[error("there is already such a key; read the key set again")]
    AlreadyThere,
    /// The transition makes a key, and none was given, or the given key has another algorithm.
    #[error("the step needs a new key of the planned algorithm")]
    NeedsKey,
    /// The next key was not published long enough.
    #[error("verifiers may not know the next key yet; wait until {at} (seconds since 1970) or force the rotation")]
    NotYet {
        /// From when on it may sign, in seconds since 1970.
        at: i64,
    },
}

impl KeySet {
    /// Carries out a `Create` or `CreateSigning` with the key that the caller made for it. `now` is in seconds since
    /// 1970.
    pub fn with_created(&self, step: &Transition, key: SigningKey, now: i64) -> Result<Self, RotationError> {
        let (wanted, signs_at_once) = match step {
            Transition::Create { algorithm } => (*algorithm, false),
            Transition::CreateSigning { algorithm } => (*algorithm, true),
            Transition::Promote { .. } | Transition::Remove { .. } => return Err(RotationError::NeedsKey),
        };
        if key.algorithm() != wanted {
            return Err(RotationError::NeedsKey);
        }
        if self.find(key.kid()).is_some() || (!signs_at_once && self.next().is_some()) {
            return Err(RotationError::AlreadyThere);
        }
        let kid = key.kid().clone();
        let mut entries = self.entries().to_vec();
        entries.push(KeyEntry::new(key, now));
        if signs_at_once {
            promote(&mut entries, &kid, now)?;
        }
        Ok(Self(entries.into()))
    }

    /// Carries out a `Promote` or `Remove`. Whether it is time is the plan's to say; an operator who revokes a stolen
    /// key removes it while it is retiring, and its tokens stop being accepted as the published sets reach the verifiers.
    /// `now` is in seconds since 1970.
    pub fn apply(&self, step: &Transition, now: i64) -> Result<Self, RotationError> {
        match step {
            Transition::Create { .. } | Transition::CreateSigning { .. } => Err(RotationError::NeedsKey),
            Transition::Promote { kid } => {
                let mut entries = self.entries().to_vec();
                promote(&mut entries, kid, now)?;
                Ok(Self(entries.into()))
            }
            Transition::Remove { kid } => {
                self.removed(kid, now)?;
                Ok(Self(self.entries().iter().filter(|entry| entry.kid() != kid).cloned().collect()))
            }
        }
    }

    /// The entry as it is to be stored when it leaves the set: in the state gone.
    pub fn removed(&self, kid: &KeyId, now: i64) -> Result<KeyEntry, RotationError> {
        let entry = self.find(kid).ok_or(RotationError::Stale)?;
        match entry.state {
            KeyState::Next | KeyState::Retiring => {}
            KeyState::Signing | KeyState::Gone => return Err(RotationError::Stale),
        }
        let mut gone = entry.clone();
        gone.state = KeyState::Gone;
        gone.gone_since = Some(now);
        Ok(gone)
    }
}

/// The named key signs; whichever signed retires.
fn promote(entries: &mut [KeyEntry], kid: &KeyId, now: i64) -> Result<(), RotationError> {
    if !entries.iter().any(|entry| entry.kid() == kid && entry.state == KeyState::Next) {
        return Err(RotationError::Stale);
    }
    for entry in entries {
        if entry.state == KeyState::Signing {
            entry.state = KeyState::Retiring;
            entry.retiring_since = Some(now);
        }
        if entry.kid() == kid {
            entry.state = KeyState::Signing;
            entry.signing_since = Some(now);
        }
    }
    Ok(())
}
