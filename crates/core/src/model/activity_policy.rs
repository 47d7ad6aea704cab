//! How long the activity log is kept.

use std::time::Duration;

/// How long the activity log is kept, and how long what is personal in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityPolicy {
    /// How long an entry is kept; `None` for ever. The oldest go first, so that what is left is still one chain.
    pub keep: Option<Duration>,
    /// How long the address and the user agent are kept in an entry; `None` as long as the entry. After that the entry stays, and
    /// the chain holds without them.
    pub keep_personal: Option<Duration>,
}

impl ActivityPolicy {
    /// Entries for 400 days, so that a year can be looked back on; addresses and user agents for 180.
    pub const DEFAULT: Self =
        Self { keep: Some(Duration::from_secs(400 * 86_400)), keep_personal: Some(Duration::from_secs(180 * 86_400)) };
}
