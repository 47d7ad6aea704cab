//! The pepper (SECURITY PW14): the tag is sealed with a key that is not in the database, so that a stolen database alone
//! cannot be guessed against.
//!
//! Sealed, not hashed once more: what is sealed can be opened and sealed anew with another key without the password, so a
//! pepper that leaked is replaced for everybody at once and not at their next login. AES-256-GCM-SIV, because its nonces are
//! random and a repeated one gives nothing away but equality; what is sealed is bound to salt, parameters and key number.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use gatewright_core::{
    model::{KeyNumber, Secret},
    port::Entropy,
};
use zeroize::Zeroizing;

use crate::phc::Phc;

/// The keys that hashes are sealed with, the active one first; the others only open what they sealed.
pub struct Peppers(Vec<(KeyNumber, LessSafeKey)>);

/// Why keys are no set of peppers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PepperError {
    /// There is none. Who wants no pepper configures no [`Peppers`].
    #[error("there is no pepper")]
    Missing,
    /// Two have the same number.
    #[error("two peppers have the same number")]
    Duplicate,
}

impl Peppers {
    /// Takes charge of the keys, the active one first.
    ///
    /// # Errors
    /// See [`PepperError`].
    pub fn new(keys: impl IntoIterator<Item = (KeyNumber, Secret<32>)>) -> Result<Self, PepperError> {
        let mut peppers: Vec<(KeyNumber, LessSafeKey)> = Vec::new();
        for (number, key) in keys {
            if peppers.iter().any(|(known, _)| *known == number) {
                return Err(PepperError::Duplicate);
            }
            let key = UnboundKey::new(&AES_256_GCM_SIV, key.expose()).expect("32 bytes are a key of AES-256");
            peppers.push((number, LessSafeKey::new(key)));
        }
        if peppers.is_empty() { Err(PepperError::Missing) } else { Ok(Self(peppers)) }
    }

    /// The number of the key that seals.
    #[must_use]
    pub fn active(&self) -> KeyNumber {
        self.0.first().map(|(number, _)| *number).expect("there is at least one pepper")
    }

    /// Turns the bare tag in `phc.output` into a sealed one.
    pub(crate) fn seal(&self, phc: &mut Phc, entropy: &dyn Entropy) {
        let (number, key) = self.0.first().expect("there is at least one pepper");
        phc.key = Some(*number);
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut sealed = nonce.to_vec();
        let mut body = std::mem::take(&mut phc.output);
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(phc.header()), &mut body)
            .expect("a tag is shorter than any limit of AES-GCM-SIV");
        sealed.extend_from_slice(&body);
        phc.output = sealed;
    }

    /// The bare tag in a sealed `phc`; nothing if the key is unknown or anything was changed.
    pub(crate) fn open(&self, phc: &Phc) -> Option<Zeroizing<Vec<u8>>> {
        let (_, key) = self.0.iter().find(|(number, _)| Some(*number) == phc.key)?;
        let (nonce, body) = phc.output.split_first_chunk::<NONCE_LEN>()?;
        let mut body = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = key.open_in_place(nonce, Aad::from(phc.header()), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }
}

impl fmt::Debug for Peppers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(number, _)| number.number())).finish()
    }
}
