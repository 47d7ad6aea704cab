//! When keys change. Pure: a policy, a key set and the time give the list of transitions that are due. The rule behind
//! each wait is that a verifier may hold a published set for `jwks_cache_secs` and must never meet a token whose key it
//! does not have (SECURITY.md JW16).

use super::{KeyEntry, KeySet, KeyState, RotationError};
use crate::{Algorithm, KeyId};

/// How often keys change and how long the world needs to notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationPolicy {
    /// The algorithm of new keys. If it differs from the signing key's, a rotation starts at once.
    pub algorithm: Algorithm,
    /// How long a key signs, in seconds.
    pub rotate_every_secs: i64,
    /// How long verifiers may keep a published set without asking again, in seconds: its `Cache-Control: max-age`.
    pub jwks_cache_secs: i64,
    /// The longest life of any token that is signed, in seconds.
    pub token_ttl_secs: i64,
    /// The leeway of the most patient verifier, in seconds.
    pub leeway_secs: i64,
    /// How long it takes until every node of the issuer publishes and uses a change, in seconds.
    pub propagation_secs: i64,
}

impl Default for RotationPolicy {
    /// ES256, 90 days, sets cached for 5 minutes, tokens of 10 minutes, 30 seconds of leeway, one minute between nodes.
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Es256,
            rotate_every_secs: 90 * 86_400,
            jwks_cache_secs: 300,
            token_ttl_secs: 600,
            leeway_secs: 30,
            propagation_secs: 60,
        }
    }
}

/// One step of a rotation. `Create` needs a new key, so the caller makes one and calls
/// [`KeySet::with_created`]; the others are for [`KeySet::apply`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Make a key of this algorithm and publish it; it does not sign yet.
    Create {
        /// The algorithm of the new key.
        algorithm: Algorithm,
    },
    /// Make a key of this algorithm that signs at once, because nothing does, or because an operator forced it.
    CreateSigning {
        /// The algorithm of the new key.
        algorithm: Algorithm,
    },
    /// The next key begins to sign; the one that signed retires, in the same step.
    Promote {
        /// The next key.
        kid: KeyId,
    },
    /// The key leaves the published set, and its private half is to be deleted.
    Remove {
        /// A retiring key, or a next key that will not be used.
        kid: KeyId,
    },
}

/// How a rotation by hand treats verifiers that do not know the next key yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Only after the next key was published long enough: no verification fails.
    Orderly,
    /// At once, for a stolen key: verifiers with an older copy of the published set refuse new tokens until they fetch
    /// again, which ours do when they meet an unknown `kid`.
    Forced,
}

impl RotationPolicy {
    /// When a key that was published then may begin to sign: the last set without it has been dropped everywhere.
    pub fn may_sign_at(&self, published_at: i64) -> i64 {
        published_at.saturating_add(self.propagation_secs).saturating_add(self.jwks_cache_secs)
    }

    /// When a key that stopped signing then may go: its last token is dead, and nobody holds a set for which its absence
    /// would matter. (`propagation_secs` because another node may have signed with it a little longer.)
    pub fn may_go_at(&self, retiring_since: i64) -> i64 {
        self.may_sign_at(retiring_since).saturating_add(self.token_ttl_secs).saturating_add(self.leeway_secs)
    }
}

impl KeySet {
    /// What is due now. Calling it again before the list is carried out gives the same list; carrying it out and asking
    /// again ends with an empty one.
    ///
    /// There is always a next key, published right after the last promotion, so that a rotation by hand need not wait.
    pub fn plan(&self, now: i64, policy: &RotationPolicy) -> Vec<Transition> {
        let mut due: Vec<_> = self.entries().iter().filter(|entry| may_go(entry, now, policy)).map(remove).collect();
        // Two nodes that made a next key at the same moment; the older one stays.
        let chosen = self.next().map(KeyEntry::kid);
        let surplus = |entry: &&KeyEntry| entry.state() == KeyState::Next && Some(entry.kid()) != chosen;
        due.extend(self.entries().iter().filter(surplus).map(remove));
        let Some(signing) = self.signing() else {
            due.push(self.first_key(policy));
            return due;
        };
        match self.next() {
            None => due.push(Transition::Create { algorithm: policy.algorithm }),
            // A next key of an algorithm that is no longer wanted never signed, so it can go at once.
            Some(next) if next.key().algorithm() != policy.algorithm => {
                due.push(remove(next));
                due.push(Transition::Create { algorithm: policy.algorithm });
            }
            Some(next) if turn_is_over(signing, now, policy) && now >= policy.may_sign_at(next.published_at()) => {
                due.push(Transition::Promote { kid: next.kid().clone() });
                due.push(Transition::Create { algorithm: policy.algorithm });
            }
            Some(_) => {}
        }
        due
    }

    /// What a rotation by hand does now.
    ///
    /// `Orderly` promotes the next key if it was published long enough, and otherwise says from when on it may
    /// ([`RotationError::NotYet`]). Without a next key it creates one. `Forced` promotes whatever next key there is; only
    /// if there is none does a new key sign without having been published before.
    pub fn plan_by_hand(
        &self,
        now: i64,
        policy: &RotationPolicy,
        urgency: Urgency,
    ) -> Result<Vec<Transition>, RotationError> {
        let algorithm = policy.algorithm;
        if self.signing().is_none() {
            return Ok(vec![self.first_key(policy)]);
        }
        match (self.next(), urgency) {
            (None, Urgency::Orderly) => Ok(vec![Transition::Create { algorithm }]),
            (None, Urgency::Forced) => {
                Ok(vec![Transition::CreateSigning { algorithm }, Transition::Create { algorithm }])
            }
            (Some(next), Urgency::Orderly) if now < policy.may_sign_at(next.published_at()) => {
                Err(RotationError::NotYet { at: policy.may_sign_at(next.published_at()) })
            }
            (Some(next), Urgency::Orderly | Urgency::Forced) => {
                Ok(vec![Transition::Promote { kid: next.kid().clone() }, Transition::Create { algorithm }])
            }
        }
    }

    /// Nothing signs: a next key that is there is better than a new one, since somebody may already know it.
    fn first_key(&self, policy: &RotationPolicy) -> Transition {
        match self.next() {
            Some(next) => Transition::Promote { kid: next.kid().clone() },
            None => Transition::CreateSigning { algorithm: policy.algorithm },
        }
    }
}

fn remove(entry: &KeyEntry) -> Transition {
    Transition::Remove { kid: entry.kid().clone() }
}

fn may_go(entry: &KeyEntry, now: i64, policy: &RotationPolicy) -> bool {
    entry.state() == KeyState::Retiring && entry.retiring_since().is_some_and(|since| now >= policy.may_go_at(since))
}

fn turn_is_over(signing: &KeyEntry, now: i64, policy: &RotationPolicy) -> bool {
    let over = signing.signing_since().is_some_and(|since| now >= since.saturating_add(policy.rotate_every_secs));
    over || signing.key().algorithm() != policy.algorithm
}
