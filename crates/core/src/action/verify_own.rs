//! Verifying our own tokens. A token of a key that another node made a moment ago is good at once: who meets an unknown `kid`
//! reads the keys again. What must stay true: however many forged `kid`s come, the store is read once a second at most.

use std::time::Duration;

use gatewright_token::Rejection;

use super::{
    keyring::{KeySource, Keyring, KeysInUse},
    keys::keys_failed,
};
use crate::{Error, Gatewright, model::Timestamp, port::StoreError};

/// How often unknown `kid`s may make an instance read the keys.
const READ_EVERY: Duration = Duration::from_secs(1);

/// The last time that an unknown `kid` made this instance read the keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastRead {
    at: Timestamp,
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// What the store held is in use.
    Done,
    /// The store did not answer, or whoever asked went away before it did: nothing is known of keys that are not in use.
    Unknown,
}

impl Gatewright {
    /// See [`KeysInUse::verify`].
    pub(super) async fn verify_own<T>(
        &self,
        verify: impl Fn(&Keyring) -> Result<T, Rejection>,
    ) -> Result<Result<T, Rejection>, Error> {
        self.0.keys.verify(self.key_source(), verify).await
    }
}

impl KeysInUse {
    /// Verifies a token with the keys in use, and, if it names none of them, once more with those that the store holds now.
    ///
    /// # Errors
    /// When the store is away: an unknown key is then no verdict.
    pub(super) async fn verify<T>(
        &self,
        source: KeySource<'_>,
        verify: impl Fn(&Keyring) -> Result<T, Rejection>,
    ) -> Result<Result<T, Rejection>, Error> {
        let verdict = verify(&self.load());
        if !names_no_key(&verdict) || self.load().is_given() {
            return Ok(verdict);
        }
        // One reads; whoever comes meanwhile waits for what that one finds.
        let mut last_read = self.last_read.lock().await;
        let verdict = verify(&self.load());
        if !names_no_key(&verdict) {
            return Ok(verdict);
        }
        match *last_read {
            Some(LastRead { at, outcome }) if source.now().since(at) < READ_EVERY => match outcome {
                Outcome::Done => return Ok(verdict),
                Outcome::Unknown => {
                    return Err(StoreError::unavailable("the signing keys could not be read a moment ago").into());
                }
            },
            Some(_) | None => {}
        }
        *last_read = Some(LastRead { at: source.now(), outcome: Outcome::Unknown });
        let read = self.reload(source).await.map_err(keys_failed);
        let outcome = if matches!(read, Err(Error::Unavailable(_))) { Outcome::Unknown } else { Outcome::Done };
        *last_read = Some(LastRead { at: source.now(), outcome });
        match read {
            Err(error @ Error::Unavailable(_)) => Err(error),
            // Keys that we cannot use are a defect of ours, which the log has; the token is of none that we can.
            Ok(()) | Err(_) => Ok(verify(&self.load())),
        }
    }
}

fn names_no_key<T>(verdict: &Result<T, Rejection>) -> bool {
    matches!(verdict, Err(Rejection::UnknownKey))
}
