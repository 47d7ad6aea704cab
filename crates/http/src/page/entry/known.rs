//! The accounts that a browser remembers, because somebody ticked that it should: what was typed to sign in to each, so that next time
//! only the password is missing.
//!
//! What must stay true: the cookie holds what was typed and nothing that opens anything; no page can read it, and no request shows it
//! to anybody but us. It is sealed, so that what a page shows from it was typed at a login that succeeded here: planted text is nobody's
//! account. And it is small: [`MOST`] entries of an address each.

use std::time::Duration;

use axum::http::HeaderValue;
use data_encoding::BASE64URL_NOPAD;
use gatewright_core::model::{AccountId, Secret};

use crate::{
    Edge, Problem,
    page::{cookies::PageCookie, visit::Visit},
};

/// So many are remembered; the one that was not used for longest goes first.
const MOST: usize = 5;
/// Longer than any address or name.
const LONGEST: usize = 320;
/// Who does not come back in half a year is forgotten.
const LIFE: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// An account that this browser remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) account: AccountId,
    /// What was typed to sign in: an address or a username.
    pub(super) login: String,
}

/// Those that it remembers, last used first. What is not as we sealed it is nothing.
///
/// # Errors
/// The cookie came twice.
pub(super) fn read(visit: &Visit) -> Result<Vec<Known>, Problem> {
    let text = visit.cookie(PageCookie::Known)?;
    Ok(text.and_then(|text| opened(text, &visit.edge)).unwrap_or_default())
}

/// A `Set-Cookie` that remembers these; that deletes it if there are none.
pub(super) fn write(visit: &Visit, known: &[Known]) -> Option<HeaderValue> {
    match known {
        [] => PageCookie::Known.delete(visit.names()),
        known => PageCookie::Known.set(visit.names(), &sealed(known, &visit.edge), Some(LIFE)),
    }
}

/// With this one in front, and no other of its account.
pub(super) fn with(mut known: Vec<Known>, one: Known) -> Vec<Known> {
    known.retain(|other| other.account != one.account);
    if one.login.len() <= LONGEST {
        known.insert(0, one);
    }
    known.truncate(MOST);
    known
}

fn sealed(known: &[Known], edge: &Edge) -> String {
    let rows: Vec<[String; 2]> = known.iter().map(|one| [one.account.to_string(), one.login.clone()]).collect();
    let bytes = serde_json::to_vec(&rows).unwrap_or_default();
    format!("{}.{}", BASE64URL_NOPAD.encode(&bytes), BASE64URL_NOPAD.encode(&seal(&bytes, edge)))
}

fn opened(text: &str, edge: &Edge) -> Option<Vec<Known>> {
    let (bytes, shown) = text.split_once('.')?;
    let bytes = BASE64URL_NOPAD.decode(bytes.as_bytes()).ok()?;
    let shown: [u8; 32] = BASE64URL_NOPAD.decode(shown.as_bytes()).ok()?.try_into().ok()?;
    // Secrets are compared in constant time.
    if Secret::new(shown) != Secret::new(seal(&bytes, edge)) {
        return None;
    }
    let rows: Vec<(String, String)> = serde_json::from_slice(&bytes).ok()?;
    rows.into_iter().map(|(account, login)| Some(Known { account: account.parse().ok()?, login })).collect()
}

fn seal(bytes: &[u8], edge: &Edge) -> [u8; 32] {
    edge.gate().keyed_hash("remembered accounts", bytes)
}
