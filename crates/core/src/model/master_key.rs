//! The master key: what the database must not contain. Everything that makes, checks or seals a token is derived from it.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
    hmac,
};
use zeroize::Zeroizing;

use super::{Checkpoint, CheckpointKey, Secret, checkpoint::CheckpointSigner};

/// Numbers the master keys of an instance, so that tokens made with an older one stay good after a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyNumber(u8);

impl KeyNumber {
    /// The key with this number.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// All master keys of an instance, the active one first.
pub struct MasterKeys(Vec<Derived>);

struct Derived {
    number: KeyNumber,
    /// `K_mac`: signs refresh tokens.
    mac: hmac::Key,
    /// `K_rot`: derives the successor of a refresh token.
    rotation: Salt,
    /// Signs what is bound to a browser or must not be guessed: limiter keys, retry keys.
    binding: hmac::Key,
    /// Seals private keys.
    sealing: LessSafeKey,
    /// Signs checkpoints of the activity log.
    checkpoints: CheckpointSigner,
}

/// Why a text is no set of master keys. Never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    /// There is none.
    #[error("there is no master key")]
    Missing,
    /// One is not 32 bytes in hex or base64url, perhaps after `<number>:`.
    #[error(
        "a master key is 32 bytes as 64 hexadecimal digits or as base64url, optionally after its number and a colon (`2:…`)"
    )]
    Malformed,
    /// Two have the same number.
    #[error("two master keys have the same number")]
    Duplicate,
    /// One has too little variety to be random (SECURITY JW18).
    #[error("a master key is not random; make one with `openssl rand -hex 32`")]
    Weak,
}

impl MasterKeys {
    /// Parses one or more keys, separated by commas or whitespace: each 32 bytes in hex or base64url, optionally after its
    /// number and a colon; without a number it is 1. The first is the active one, the others only honour what they made.
    ///
    /// # Errors
    /// See [`MasterKeyError`].
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let mut keys: Vec<Derived> = Vec::new();
        for part in text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty()) {
            let (number, key) = part.split_once(':').unwrap_or(("1", part));
            let number = KeyNumber(number.parse().map_err(|_| MasterKeyError::Malformed)?);
            if keys.iter().any(|key| key.number == number) {
                return Err(MasterKeyError::Duplicate);
            }
            keys.push(Derived::new(number, &decode(key)?));
        }
        if keys.is_empty() { Err(MasterKeyError::Missing) } else { Ok(Self(keys)) }
    }

    /// One active key.
    #[must_use]
    pub fn single(number: KeyNumber, key: &Secret<32>) -> Self {
        Self(vec![Derived::new(number, key)])
    }

    /// The number of the key that new things are made with.
    #[must_use]
    pub fn active(&self) -> KeyNumber {
        self.0[0].number
    }

    fn by_number(&self, number: KeyNumber) -> Option<&Derived> {
        self.0.iter().find(|key| key.number == number)
    }

    /// The first 16 bytes of HMAC-SHA-256 over `parts` with the key's `K_mac`; `None` if there is no such key.
    pub(crate) fn refresh_tag(&self, number: KeyNumber, bytes: &[u8]) -> Option<[u8; 16]> {
        let tag = hmac::sign(&self.by_number(number)?.mac, bytes);
        let mut short = [0; 16];
        short.copy_from_slice(&tag.as_ref()[..16]);
        Some(short)
    }

    /// HKDF-SHA-256 of `secret` with salt `K_rot`; `None` if there is no such key.
    pub(crate) fn successor(&self, number: KeyNumber, secret: &Secret<32>, info: &[&[u8]]) -> Option<Secret<32>> {
        let mut next = Zeroizing::new([0; 32]);
        let prk = self.by_number(number)?.rotation.extract(secret.expose());
        prk.expand(info, Bytes32).and_then(|okm| okm.fill(&mut *next)).expect("32 bytes are within HKDF's bound");
        Some(Secret::new(*next))
    }

    /// A keyed hash of `bytes` for `purpose`: same input, same output, and nobody without the master key can compute it.
    #[must_use]
    pub fn keyed_hash(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0[0].binding);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(bytes);
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        hash
    }

    /// What the checkpoints of the activity log are verified with: the key of the active master key first, then those of the
    /// others, whose checkpoints are still kept.
    #[must_use]
    pub fn checkpoint_keys(&self) -> Vec<CheckpointKey> {
        self.0.iter().map(|key| key.checkpoints.key()).collect()
    }

    /// Signs a checkpoint of the instance `issuer` with the active key.
    pub(crate) fn sign_checkpoint(&self, issuer: &str, checkpoint: &Checkpoint) -> String {
        self.0[0].checkpoints.sign(issuer, checkpoint)
    }

    /// Seals `plain` with AES-256-GCM under the active key, bound to `context`: number, nonce, ciphertext, tag.
    #[must_use]
    pub fn seal(&self, context: &[u8], nonce: [u8; NONCE_LEN], plain: &[u8]) -> Vec<u8> {
        let key = &self.0[0];
        let mut sealed = plain.to_vec();
        key.sealing
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut sealed)
            .expect("a private key is far below the cipher's bound");
        [&[key.number.0][..], &nonce, &sealed].concat()
    }

    /// Opens what [`Self::seal`] sealed under any of the keys with the same `context`; `None` if it is not that.
    #[must_use]
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (number, rest) = sealed.split_first()?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_LEN>()?;
        let key = self.by_number(KeyNumber(*number))?;
        let mut plain = Zeroizing::new(ciphertext.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = key.sealing.open_in_place(nonce, Aad::from(context), &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} master key(s) [secret]", self.0.len())
    }
}

impl Derived {
    fn new(number: KeyNumber, key: &Secret<32>) -> Self {
        let prk = Salt::new(HKDF_SHA256, b"gatewright").extract(key.expose());
        let derive = |purpose: &str| {
            let mut bytes = Zeroizing::new([0; 32]);
            let info = [purpose.as_bytes()];
            prk.expand(&info, Bytes32).and_then(|okm| okm.fill(&mut *bytes)).expect("32 bytes are within HKDF's bound");
            bytes
        };
        let sealing =
            UnboundKey::new(&AES_256_GCM, &*derive("key sealing 1")).expect("the key has the cipher's length");
        Self {
            number,
            mac: hmac::Key::new(hmac::HMAC_SHA256, &*derive("refresh mac 1")),
            rotation: Salt::new(HKDF_SHA256, &*derive("refresh rotation 1")),
            binding: hmac::Key::new(hmac::HMAC_SHA256, &*derive("binding 1")),
            sealing: LessSafeKey::new(sealing),
            checkpoints: CheckpointSigner::new(number, &derive("activity checkpoints 1")),
        }
    }
}

struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

fn decode(text: &str) -> Result<Secret<32>, MasterKeyError> {
    let is_hex = text.len() == 64;
    let decoded = if is_hex {
        data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes())
    } else {
        data_encoding::BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes())
    };
    let bytes = Zeroizing::new(decoded.map_err(|_| MasterKeyError::Malformed)?);
    let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| MasterKeyError::Malformed)?;
    // 32 random bytes have fewer than 12 different values once in 10^24 times; a typed sentence has no byte above 0x7f.
    let mut seen = [false; 256];
    key.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    // And 43 random letters of base64url are all of one case once in 10^9 times; words usually are.
    let mixes_cases =
        text.contains(|c: char| c.is_ascii_uppercase()) && text.contains(|c: char| c.is_ascii_lowercase());
    if seen.iter().filter(|it| **it).count() < 12 || key.is_ascii() || !(is_hex || mixes_cases) {
        return Err(MasterKeyError::Weak);
    }
    Ok(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Link, Timestamp};

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";
    const HEX2: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";

    #[test]
    fn a_key_is_hex_or_base64url_with_or_without_a_number() {
        let base64 = data_encoding::BASE64URL_NOPAD.encode(&data_encoding::HEXLOWER.decode(HEX.as_bytes()).unwrap());
        for text in [HEX.to_owned(), base64, format!("1:{HEX}"), format!("{HEX}\n")] {
            let keys = MasterKeys::parse(&text).unwrap();
            assert_eq!(keys.active(), KeyNumber(1));
            assert_eq!(keys.keyed_hash("x", b"y"), MasterKeys::parse(HEX).unwrap().keyed_hash("x", b"y"));
        }
    }

    #[test]
    fn jw18_a_short_or_typed_key_is_refused() {
        let refused = |text: &str| MasterKeys::parse(text).unwrap_err();
        assert_eq!(refused(""), MasterKeyError::Missing);
        assert_eq!(refused("abcd"), MasterKeyError::Malformed);
        assert_eq!(refused(&"00".repeat(32)), MasterKeyError::Weak);
        assert_eq!(refused(&data_encoding::HEXLOWER.encode(b"correct horse battery staple 123")), MasterKeyError::Weak);
        assert_eq!(refused("correct-horse-battery-staple-and-more-words"), MasterKeyError::Weak);
        assert_eq!(refused(&format!("{HEX},{HEX2}")), MasterKeyError::Duplicate);
    }

    #[test]
    fn lg6_checkpoints_of_an_older_master_key_are_verified_after_a_rotation() {
        let (old, rotated) =
            (MasterKeys::parse(HEX).unwrap(), MasterKeys::parse(&format!("2:{HEX2},1:{HEX}")).unwrap());
        let checkpoint = Checkpoint {
            begin: Link::START,
            head: Link::START,
            personal_since: Timestamp::default(),
            at: Timestamp::default(),
        };
        let keys = rotated.checkpoint_keys();
        assert_eq!((keys.len(), keys[1]), (2, old.checkpoint_keys()[0]));
        assert_eq!(keys[1].verify(&old.sign_checkpoint("x", &checkpoint)).unwrap().number, KeyNumber(1));
        assert_eq!(keys[0].verify(&rotated.sign_checkpoint("x", &checkpoint)).unwrap().number, KeyNumber(2));
        assert!(keys[0].verify(&old.sign_checkpoint("x", &checkpoint)).is_err());
        // An auditor has the key written down: it must be the same from the same master key for ever.
        insta::assert_snapshot!(old.checkpoint_keys()[0].to_string(), @"TM7MisRhpWvTZHHJJlG4fV_-rMKJysyAgGmgbEW6pYo");
    }

    #[test]
    fn what_an_older_key_sealed_opens_after_a_rotation_and_only_in_its_context() {
        let sealed = MasterKeys::parse(HEX).unwrap().seal(b"kid", [9; 12], b"private");
        let rotated = MasterKeys::parse(&format!("2:{HEX2},1:{HEX}")).unwrap();
        assert_eq!(rotated.active(), KeyNumber(2));
        assert_eq!(rotated.open(b"kid", &sealed).unwrap().as_slice(), b"private");
        assert!(rotated.open(b"other", &sealed).is_none());
        assert!(MasterKeys::parse(&format!("2:{HEX2}")).unwrap().open(b"kid", &sealed).is_none());
        assert!(!sealed.windows(7).any(|window| window == b"private"));
    }
}
