//! The refresh token: its format, its checks and its successor (DESIGN 4.1).
//!
//! `gwr_` + base62( version:1 | key:1 | session:16 | generation:8 | secret:32 | tag:16 ) + `_` + base62(crc32):6. Checked in
//! the order length, alphabet, CRC, MAC; only then does anybody ask a store. So a forged or damaged token costs microseconds,
//! reads nothing, and can never revoke anything (invariant P7).

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::{Zeroize, Zeroizing};

use super::{KeyNumber, MasterKeys, Presentation, RetryKeyHash, Secret, SecretHash, SessionId, base62};

const PREFIX: &str = "gwr_";
const VERSION: u8 = 1;
const BODY_BYTES: usize = 58;
const TOTAL_BYTES: usize = BODY_BYTES + 16;
/// Characters of a refresh token.
pub const REFRESH_TOKEN_LENGTH: usize = PREFIX.len() + base62::LENGTH_74 + 1 + base62::LENGTH_CRC;

/// An authentic refresh token: made here, or presented and its MAC found valid.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    key: KeyNumber,
    session: SessionId,
    generation: u64,
    secret: Secret<32>,
}

/// This is no refresh token of this instance. It says no more on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// Not even the form: length, alphabet or checksum. Something truncated it, or it is something else.
    #[error("it is no refresh token")]
    Malformed,
    /// The form, but made by nobody who has a master key of ours.
    #[error("its authentication tag is wrong")]
    BadTag,
}

impl RefreshToken {
    /// The first token of a session's chain.
    #[must_use]
    pub const fn first(key: KeyNumber, session: SessionId, secret: Secret<32>) -> Self {
        Self { key, session, generation: 1, secret }
    }

    /// Parses a presented token and checks that it is authentic.
    ///
    /// # Errors
    /// [`Forged`]; nothing has been read or written.
    pub fn parse(text: &str, keys: &MasterKeys) -> Result<Self, Forged> {
        let bytes = decode(text).ok_or(Forged::Malformed)?;
        let (body, tag) = bytes.split_at(BODY_BYTES);
        let key = KeyNumber::new(body[1]);
        let expected = keys.refresh_tag(key, body).ok_or(Forged::BadTag)?;
        verify_slices_are_equal(&expected, tag).map_err(|_| Forged::BadTag)?;
        if body[0] != VERSION {
            return Err(Forged::Malformed);
        }
        Ok(Self {
            key,
            session: SessionId::from_bytes(array(&body[2..18])),
            generation: u64::from_be_bytes(array(&body[18..26])),
            secret: Secret::new(array(&body[26..58])),
        })
    }

    /// The token as text, to be handed to its client and to nobody else; `None` if the keys no longer have its key.
    #[must_use]
    pub fn encode(&self, keys: &MasterKeys) -> Option<RefreshTokenText> {
        let mut bytes = Zeroizing::new([0; TOTAL_BYTES]);
        bytes[0] = VERSION;
        bytes[1] = self.key.number();
        bytes[2..18].copy_from_slice(self.session.as_bytes());
        bytes[18..26].copy_from_slice(&self.generation.to_be_bytes());
        bytes[26..58].copy_from_slice(self.secret.expose());
        let tag = keys.refresh_tag(self.key, &bytes[..BODY_BYTES])?;
        bytes[BODY_BYTES..].copy_from_slice(&tag);
        let mut text = String::with_capacity(REFRESH_TOKEN_LENGTH);
        text.push_str(PREFIX);
        base62::encode_74(&bytes, &mut text);
        let crc = crc32fast::hash(text.as_bytes());
        text.push('_');
        base62::encode_crc(crc, &mut text);
        Some(RefreshTokenText(text))
    }

    /// The one token that follows this one. A pure function of the secret, the key, the session and its salt: every retry,
    /// replica and restored store computes the same (invariant P2). `None` if the keys do not have `key`.
    #[must_use]
    pub fn successor(&self, key: KeyNumber, salt: &[u8; 16], keys: &MasterKeys) -> Option<Self> {
        let generation = self.generation.checked_add(1)?;
        let info: [&[u8]; 3] = [self.session.as_bytes(), &generation.to_be_bytes(), salt];
        let secret = keys.successor(key, &self.secret, &info)?;
        Some(Self { key, session: self.session, generation, secret })
    }

    /// The session it continues.
    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.session
    }

    /// Its number in the chain.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// What a store may keep of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        self.secret.hash()
    }

    /// What the judgement looks at.
    #[must_use]
    pub fn presentation(&self, retry_key: Option<RetryKeyHash>) -> Presentation {
        Presentation { generation: self.generation, secret: self.hash(), retry_key }
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[refresh token {} of {}]", self.generation, self.session)
    }
}

/// A refresh token's text on its way to its client. Prints as `[secret]`.
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[zeroize(drop)]
pub struct RefreshTokenText(String);

impl RefreshTokenText {
    /// The text itself, for a cookie or a body.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RefreshTokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Whether a text claims to be a refresh token: tells it from an access token in one header (DESIGN 6, `Bearer`).
#[must_use]
pub fn looks_like_refresh_token(text: &str) -> bool {
    text.starts_with(PREFIX)
}

fn decode(text: &str) -> Option<Zeroizing<[u8; TOTAL_BYTES]>> {
    if text.len() != REFRESH_TOKEN_LENGTH || !text.is_ascii() {
        return None;
    }
    let (checked, crc) = text.rsplit_once('_')?;
    let body = checked.strip_prefix(PREFIX)?;
    if base62::decode_crc(crc)? != crc32fast::hash(checked.as_bytes()) {
        return None;
    }
    base62::decode_74(body)
}

fn array<const N: usize>(slice: &[u8]) -> [u8; N] {
    slice.try_into().expect("the ranges above have these lengths")
}
