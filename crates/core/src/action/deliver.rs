//! Sending what lies in the outbox. Whoever embeds an instance calls this every second or so, on as many nodes as it likes:
//! each takes letters that no other has.

use std::time::Duration;

use futures_util::future::join_all;

use crate::{
    Error, Gatewright,
    model::{Says, Timestamp},
    port::{Courier, CourierError, DueLetter},
};

/// How many letters are sent at once.
const AT_ONCE: usize = 8;
/// How long a taken letter is nobody else's: longer than a courier takes with the slowest of servers, which is six minutes
/// with the patience that is the default.
const HOLD: Duration = Duration::from_secs(15 * 60);
/// How long after the first failure it is tried again; twice as long after each one.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// How long a letter is tried: after four days a mail server gives up as well (RFC 5321 section 4.5.4.1), and nobody waits so
/// long for one of ours.
const PATIENCE: Duration = Duration::from_secs(2 * 86_400);

/// What became of the letters that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Another system has taken them over.
    pub sent: usize,
    /// They are tried again.
    pub postponed: usize,
    /// They are not: refused for good, tried too long, or of no use any more.
    pub given_up: usize,
}

enum Fate {
    Sent,
    Postponed,
    GivenUp,
}

impl Gatewright {
    /// Sends a few of the letters that are due, and notes what became of each. Call it again at once while it does something.
    ///
    /// A crash between a letter's taking and its noting sends it a second time some minutes later, under the same
    /// `Message-ID`: it may come twice, and is never lost.
    ///
    /// # Errors
    /// When the store is away; what was taken is due again in a few minutes.
    pub async fn deliver_letters(&self, courier: &dyn Courier) -> Result<Delivered, Error> {
        let due = self.ports().outbox.take_letters(self.now(), HOLD, AT_ONCE).await?;
        let fates = join_all(due.iter().map(|letter| self.deliver(letter, courier))).await;
        let mut delivered = Delivered::default();
        for fate in fates {
            match fate? {
                Fate::Sent => delivered.sent += 1,
                Fate::Postponed => delivered.postponed += 1,
                Fate::GivenUp => delivered.given_up += 1,
            }
        }
        Ok(delivered)
    }

    async fn deliver(&self, due: &DueLetter, courier: &dyn Courier) -> Result<Fate, Error> {
        let outcome = match self.opened(due) {
            Some(letter) if is_of_use(&letter.says, due, self.now()) => courier.deliver(&letter).await,
            Some(_) => Err(CourierError::Never("what it carries has run out".to_owned())),
            None => Err(CourierError::Never("it was sealed with a master key that is not here".to_owned())),
        };
        let (outbox, now) = (&self.ports().outbox, self.now());
        let (again, error) = match outcome {
            Ok(()) => {
                outbox.letter_sent(due.id, now).await?;
                return Ok(Fate::Sent);
            }
            Err(CourierError::Later(error)) => (next_try(due, now), error),
            Err(CourierError::Never(error)) => (None, error),
        };
        outbox.letter_failed(due.id, now, again, &error).await?;
        if again.is_some() {
            tracing::warn!(letter = %due.id, kind = due.kind, attempts = due.attempts, error, "mail not sent yet");
            return Ok(Fate::Postponed);
        }
        tracing::error!(letter = %due.id, kind = due.kind, attempts = due.attempts, error, "mail given up");
        Ok(Fate::GivenUp)
    }
}

/// When it is worth another try; `None` if it was tried long enough.
fn next_try(due: &DueLetter, now: Timestamp) -> Option<Timestamp> {
    let doublings = due.attempts.saturating_sub(1).min(16);
    let again = now.plus((FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE));
    (again.since(due.written_at) <= PATIENCE).then_some(again)
}

/// Whether a link or code in it could still be used when it arrives. What merely tells something is of use at any time.
fn is_of_use(says: &Says, due: &DueLetter, now: Timestamp) -> bool {
    match says {
        Says::VerifyEmail(proof)
        | Says::SignUp(proof)
        | Says::ResetPassword(proof)
        | Says::MagicLink(proof)
        | Says::ConfirmEmail(proof)
        | Says::Invitation { proof, .. } => now.since(due.written_at) < proof.good_for,
        Says::AlreadySignedUp(_)
        | Says::EmailChanged { .. }
        | Says::NewDevice(_)
        | Says::PasswordChanged(_)
        | Says::SessionTheft(_)
        | Says::SecondStepFailed(_)
        | Says::Test => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LetterId;

    #[test]
    fn the_pauses_grow_to_an_hour_and_after_two_days_it_is_over() {
        let written_at = Timestamp::from_secs(1_800_000_000);
        let mut due = DueLetter {
            id: LetterId::from_bytes([1; 16]),
            kind: "test".to_owned(),
            sealed: None,
            written_at,
            attempts: 1,
        };
        let mut now = written_at;
        let mut pauses = Vec::new();
        while let Some(again) = next_try(&due, now) {
            pauses.push(again.since(now).as_secs());
            now = again;
            due.attempts += 1;
        }
        assert_eq!(pauses[..9], [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert!(now.since(written_at) <= PATIENCE && now.since(written_at) > PATIENCE - LONGEST_PAUSE);
    }
}
