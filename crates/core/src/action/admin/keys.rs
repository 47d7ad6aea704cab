//! The signing keys, as admins see them.

use gatewright_token::{KeyRecord, Urgency};

use super::{Allowed, rights};
use crate::{
    Gatewright, RotateError,
    model::{Act, ClientInfo},
};

impl Gatewright {
    /// What is known of each signing key.
    #[must_use]
    pub fn list_keys(&self, _: &Allowed<rights::KeysRead>) -> Vec<KeyRecord> {
        self.key_records()
    }

    /// Rotates the signing keys, so that no token of the old one is refused.
    ///
    /// # Errors
    /// See [`RotateError`].
    pub async fn rotate_keys_by(
        &self,
        by: &Allowed<rights::KeysWrite>,
        client: &ClientInfo,
    ) -> Result<Vec<KeyRecord>, RotateError> {
        let records = self.rotate_keys(Urgency::Orderly).await?;
        let now = self.now();
        let entry = by.entry(self, now, None, Act::KeysRotated, client);
        self.ports().activity.append(entry.into()).await.map_err(crate::StartError::Store)?;
        tracing::info!(actor = ?by.admin().actor(), "signing keys rotated by hand");
        Ok(records)
    }
}
