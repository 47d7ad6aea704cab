//! Proving that one may be a user that has a PIN.

use crate::{
    Error, Gatewright, Refusal,
    model::{Act, Activity, AuthMethod, ClientInfo, Lock, Pin, User},
    port::{Take, Verification},
};

impl Gatewright {
    /// Lets pass who chooses an open user, or gives the right PIN. Answers what the proof adds to `amr`.
    ///
    /// # Errors
    /// [`Refusal::PinRequired`], [`Refusal::PinWrong`], or [`Error::Throttled`] before anything was hashed.
    pub(super) async fn prove_pin(
        &self,
        user: &User,
        pin: Option<&Pin>,
        client: &ClientInfo,
    ) -> Result<Option<AuthMethod>, Error> {
        match (user.lock, pin) {
            (Lock::Open, _) => return Ok(None),
            (Lock::Pin, None) => return Err(Refusal::PinRequired.into()),
            (Lock::Pin, Some(_)) => {}
        }
        let counted = self.count_attempt(self.pin_failures_of(user).into_iter().collect()).await?;
        let stored = self.ports().users.pin(user.id).await?;
        let (Some(stored), Some(pin)) = (stored, pin) else {
            // The PIN was removed between the two readings: now it is open.
            self.forgive(counted).await?;
            return Ok(None);
        };
        match self.ports().hasher.verify(pin.plaintext(), Some(&stored), client.source()).await? {
            Verification::Right | Verification::RightButWeak { .. } => {
                self.forgive(counted).await?;
                Ok(Some(AuthMethod::Pin))
            }
            Verification::Wrong => {
                let now = self.now();
                let entry = Activity::new(self.new_entry(now), now, user.account_id, Act::PinFailed, client);
                self.ports().activity.append(entry.of_user(user.id).into()).await?;
                Err(Refusal::PinWrong.into())
            }
        }
    }
    /// On what wrong PINs of this user are counted.
    pub(super) fn pin_failures_of(&self, user: &User) -> Option<Take> {
        let rule = self.limit_rules()?.pin_failures;
        Some(Take { key: self.limit_key("pin", user.id.as_bytes()), rule })
    }
}
