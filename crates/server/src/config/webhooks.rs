//! The settings of webhooks: what may be called beside public addresses, and whose certificates are believed.
//!
//! What must stay true: without a setting nothing private is called and nothing in clear; a file of certificates that holds none is
//! found at the start (`hooks.rs`).

use std::path::PathBuf;

use gatewright_hooks::{ClearText, HookRules};

use super::{
    keys,
    settings::{Reader, flag, network},
};

/// The settings of webhooks.
#[derive(Debug)]
pub(crate) struct WebhookSettings {
    pub(crate) rules: HookRules,
    /// Certificates in PEM, believed beside those of the operating system.
    pub(crate) authority: Option<PathBuf>,
}

impl Reader<'_> {
    pub(super) fn webhooks(&mut self) -> WebhookSettings {
        let allow = self.list(&keys::WEBHOOKS_ALLOW, network);
        let clear = if self.read(&keys::WEBHOOKS_ALLOW_HTTP, flag) { ClearText::ToAllowed } else { ClearText::Never };
        let authority = self.text(&keys::WEBHOOKS_CA_FILE).map(PathBuf::from);
        WebhookSettings { rules: HookRules { allow, clear }, authority }
    }
}
