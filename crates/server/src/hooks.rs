//! What calls webhooks, put together from the settings.
//!
//! What must stay true: a file of certificates that cannot be used ends the start, and does not make each call fail later.

use std::{fs, sync::Arc};

use gatewright_hooks::HookClient;

use crate::{
    config::{Problem, Settings, keys},
    gate::port::HookCaller,
};

/// The caller of webhooks. It reads the system's certificates when it first needs them.
///
/// # Errors
/// What cannot be used, with its key.
pub(crate) fn caller(settings: &Settings) -> Result<Arc<dyn HookCaller>, Problem> {
    let webhooks = &settings.webhooks;
    let refused = |says: String| {
        Problem::new(settings.spoken(&keys::WEBHOOKS_CA_FILE), says, "name a file of certificates in PEM")
    };
    let pem = match &webhooks.authority {
        None => None,
        Some(path) => {
            Some(fs::read(path).map_err(|error| refused(format!("{} cannot be read: {error}", path.display())))?)
        }
    };
    let client = HookClient::new(webhooks.rules.clone(), pem.as_deref());
    // There are certificates to be wrong only if a file was named.
    let path = webhooks.authority.as_deref().unwrap_or_else(|| "".as_ref());
    Ok(Arc::new(client.map_err(|error| refused(format!("{}: {error}", path.display())))?))
}
