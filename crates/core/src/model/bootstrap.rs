//! The secret for the first admin, as text. One that we made is a text like a service key; one of the settings may be any text
//! that is long enough.

use super::{Secret, SecretHash, secret_text};

const PREFIX: &str = "gwb_";
/// The least that a secret of the settings may have, in bytes.
pub const MIN_BOOTSTRAP_SECRET: usize = 16;

/// A secret of ours as text.
pub(crate) fn bootstrap_text(secret: &Secret<32>) -> String {
    secret_text::encode(PREFIX, secret)
}

/// What is compared. Capitals and white space around it do no harm to one of ours.
#[must_use]
pub fn bootstrap_hash(text: &str) -> SecretHash {
    let text = text.trim();
    match secret_text::parse(PREFIX, text) {
        Some(secret) => secret.hash(),
        None => SecretHash::of(text.as_bytes()),
    }
}
