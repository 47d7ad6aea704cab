//! The chain of the activity log: every entry is numbered and carries a digest of itself and of everything before it, so that
//! none can be removed, altered or put in between without all later digests being wrong. A checkpoint is the last digest,
//! signed, so that the later ones cannot be made anew either (SECURITY LG6). What must stay true: what is personal goes into
//! the chain as a salted commitment only, so that it can be erased and the chain still holds.

use aws_lc_rs::digest::{Context, SHA256};

use super::{Activity, Timestamp};

/// A SHA-256.
pub type Digest = [u8; 32];

/// A place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The number of the entry, from 1; 0 before the first.
    pub seq: u64,
    /// Digest of this entry and of all before it; zeros before the first.
    pub digest: Digest,
}

impl Link {
    /// Before the first entry.
    pub const START: Self = Self { seq: 0, digest: [0; 32] };
}

/// An entry in its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainedActivity {
    /// The entry.
    pub activity: Activity,
    /// What the chain holds of its personal part.
    pub commitment: Digest,
    /// Its place.
    pub link: Link,
}

/// What is signed now and then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The chain begins after this entry: those up to it were removed as the settings say.
    pub begin: Link,
    /// The last entry.
    pub head: Link,
    /// What is personal was erased from entries older than this.
    pub personal_since: Timestamp,
    /// When it was signed.
    pub at: Timestamp,
}

/// What the chain holds of the personal part of an entry. `None` if that was erased.
#[must_use]
pub fn commitment(activity: &Activity) -> Option<Digest> {
    let salt = activity.salt?;
    let mut hash = Hash::new("gatewright activity, personal 1");
    hash.part(&salt);
    hash.optional(activity.ip.map(|ip| ip.to_string()).as_deref().map(str::as_bytes));
    hash.optional(activity.user_agent.as_ref().map(|agent| agent.as_str().as_bytes()));
    Some(hash.finish())
}

/// The place of an entry after `previous`.
#[must_use]
pub fn link(previous: &Link, activity: &Activity, commitment: &Digest) -> Link {
    let seq = previous.seq + 1;
    let mut hash = Hash::new("gatewright activity 1");
    hash.part(&previous.digest);
    hash.part(&seq.to_be_bytes());
    hash.part(activity.id.as_bytes());
    hash.part(&activity.at.micros().to_be_bytes());
    hash.optional(activity.account_id.as_ref().map(|id| &id.as_bytes()[..]));
    hash.optional(activity.user_id.as_ref().map(|id| &id.as_bytes()[..]));
    hash.optional(activity.session_id.as_ref().map(|id| &id.as_bytes()[..]));
    hash.part(activity.act.name().as_bytes());
    hash.optional(activity.reason.map(|reason| reason.name().as_bytes()));
    hash.part(activity.actor.kind().as_bytes());
    hash.optional(activity.actor.id().map(|id| &id[..]));
    // A map of serde_json is sorted, so one detail has one text.
    let detail = serde_json::to_vec(&activity.detail).expect("names and JSON values always serialise");
    hash.part(&detail);
    hash.part(commitment);
    Link { seq, digest: hash.finish() }
}

/// SHA-256 of parts that cannot run into one another: each comes with its length.
struct Hash(Context);

impl Hash {
    fn new(purpose: &str) -> Self {
        let mut hash = Self(Context::new(&SHA256));
        hash.part(purpose.as_bytes());
        hash
    }

    fn part(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64 + 1).to_be_bytes());
        self.0.update(bytes);
    }

    fn optional(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.part(bytes),
            None => self.0.update(&0_u64.to_be_bytes()),
        }
    }

    fn finish(self) -> Digest {
        let mut digest = [0; 32];
        digest.copy_from_slice(self.0.finish().as_ref());
        digest
    }
}
