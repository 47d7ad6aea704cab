//! A secret as text: a prefix that says what it is, so that whoever finds it in a repository or a log knows, 256 bits in small
//! base32, and a checksum, so that a mistyped or cut one is known before anything is read. Capitals do no harm.

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use super::Secret;

/// 32 bytes in base32 without padding.
const BODY: usize = 52;
/// Four bytes in base32 without padding.
const CHECKSUM: usize = 7;

/// Characters of such a text.
pub(super) const fn length(prefix: &str) -> usize {
    prefix.len() + BODY + 1 + CHECKSUM
}

/// Reads one; `None` if it is damaged or something else.
pub(super) fn parse(prefix: &str, text: &str) -> Option<Secret<32>> {
    if text.len() != length(prefix) || !text.is_ascii() {
        return None;
    }
    let text = Zeroizing::new(text.to_ascii_lowercase());
    let (body, checksum) = text.rsplit_once('_')?;
    if checksum != checksum_of(body) {
        return None;
    }
    let capitals = Zeroizing::new(body.strip_prefix(prefix)?.to_ascii_uppercase());
    let bytes = Zeroizing::new(BASE32_NOPAD.decode(capitals.as_bytes()).ok()?);
    Some(Secret::new(bytes.as_slice().try_into().ok()?))
}

/// The text, to be handed to whoever it is for and to nobody else.
pub(super) fn encode(prefix: &str, secret: &Secret<32>) -> String {
    let mut text = String::with_capacity(length(prefix));
    text.push_str(prefix);
    let capitals = Zeroizing::new(BASE32_NOPAD.encode(secret.expose()));
    text.extend(capitals.chars().map(|letter| letter.to_ascii_lowercase()));
    let checksum = checksum_of(&text);
    text.push('_');
    text.push_str(&checksum);
    text
}

fn checksum_of(body: &str) -> String {
    BASE32_NOPAD.encode(&crc32fast::hash(body.as_bytes()).to_be_bytes()).to_ascii_lowercase()
}
