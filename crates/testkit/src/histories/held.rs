//! What the client of a session holds. What must stay true: of each generation there is one token, whoever delivers it, and how
//! often (P2).

use std::collections::BTreeMap;

use gatewright_core::model::{MasterKeys, RefreshToken, RetryKey, SessionId};

use super::{answer::Number, model::Key, system::Finding};

/// What the client of a session has.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) id: SessionId,
    /// The last access token.
    pub(super) access: String,
    /// Each refresh token that was ever delivered, by its generation.
    pub(super) tokens: BTreeMap<u64, String>,
}

impl Held {
    /// Takes a refresh token, which must be the one that its generation has always had (P2). Answers the generation.
    pub(super) fn take(&mut self, text: &str, master: &MasterKeys) -> Result<u64, Finding> {
        let token = RefreshToken::parse(text, master).map_err(|error| format!("a token that is none: {error}"))?;
        if token.session() != self.id {
            return Err("a token of another session".into());
        }
        let generation = token.generation();
        let known = self.tokens.entry(generation).or_insert_with(|| text.to_owned());
        if known == text { Ok(generation) } else { Err(format!("two tokens of generation {generation}")) }
    }
}

/// The text of a retry key.
pub(super) fn retry_key(session: Number, key: Key) -> RetryKey {
    RetryKey::parse(&format!("retry-key-of-session-{session}-{key:?}")).unwrap()
}
