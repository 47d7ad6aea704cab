//! What can be wrong with an activity log, in words for who has to look into it.

use std::fmt;

use crate::model::{ActivityId, CheckpointRefusal, Timestamp};

/// A way in which the log is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivityFault {
    /// Entries at the beginning are gone that no checkpoint has given up.
    #[error(
        "the log begins after entry {begin}, but entries were given up to {announced} only: the first ones were removed"
    )]
    BeginMoved {
        /// Where it begins.
        begin: u64,
        /// Where it may begin at most.
        announced: u64,
    },
    /// Entries in the middle are gone.
    #[error("{} missing: removed, or never there", missing(*after, *before))]
    Gap {
        /// The last one before.
        after: u64,
        /// The first one after.
        before: u64,
    },
    /// An entry does not say what it said.
    #[error("entry {seq} ({id}) was altered, or put there, or what stood before it was")]
    Altered {
        /// Its place.
        seq: u64,
        /// Its id.
        id: ActivityId,
    },
    /// An entry has another address, user agent or salt than it had.
    #[error("the address or the user agent of entry {seq} ({id}) was altered")]
    PersonalAltered {
        /// Its place.
        seq: u64,
        /// Its id.
        id: ActivityId,
    },
    /// What is personal is gone from an entry that is too young for it, and whose account was not deleted.
    #[error(
        "the address and the user agent of entry {seq} ({id}) of {at} were erased: it is too young for that, and its account was \
         not deleted{}", likewise(*entries)
    )]
    PersonalErased {
        /// Its place.
        seq: u64,
        /// Its id.
        id: ActivityId,
        /// When it was written.
        at: Timestamp,
        /// How many such entries the account has.
        entries: u64,
    },
    /// The last entry is not the one that it should be.
    #[error("the last entry is {last}, but should be {head}: the end was removed, added to or moved")]
    HeadMoved {
        /// Which should be the last.
        head: u64,
        /// Which is.
        last: u64,
    },
    /// A row holds what no version has written.
    #[error("a row of the table {table} cannot be read ({id}), so that nothing after it was verified")]
    Unreadable {
        /// Where it is.
        table: &'static str,
        /// Which one it is.
        id: String,
    },
    /// A stored checkpoint is not signed by the key.
    #[error("the checkpoint of entry {seq} of {at} is not genuine: {refusal}")]
    CheckpointForged {
        /// The entry that it names.
        seq: u64,
        /// When it says that it was signed.
        at: Timestamp,
        /// What is wrong with it.
        refusal: CheckpointRefusal,
    },
    /// A stored checkpoint is signed, and stands beside something else.
    #[error("the checkpoint of entry {seq} of {at} was altered: it is not what was signed")]
    CheckpointAltered {
        /// The entry that it names.
        seq: u64,
        /// When it says that it was signed.
        at: Timestamp,
    },
    /// The entries are not those that a checkpoint was signed for.
    #[error("the entries up to {seq} are not those that {witness} of {at} was signed for: they were written anew")]
    Contradicted {
        /// The entry that it names.
        seq: u64,
        /// When it was signed.
        at: Timestamp,
        /// Which one.
        witness: Witness,
    },
    /// A checkpoint was signed for an entry that is not there any more.
    #[error(
        "{witness} of {at} was signed for entry {seq}, but the log ends with {head}: its end was removed, or it is an older copy"
    )]
    EndMissing {
        /// The entry that it names.
        seq: u64,
        /// When it was signed.
        at: Timestamp,
        /// The last entry that there is.
        head: u64,
        /// Which one.
        witness: Witness,
    },
    /// A checkpoint that was kept elsewhere is newer than all that are there.
    #[error(
        "the checkpoint that was given, of entry {seq} of {at}, is newer than all that are stored: some were removed"
    )]
    CheckpointRemoved {
        /// The entry that it names.
        seq: u64,
        /// When it was signed.
        at: Timestamp,
    },
    /// Nothing was signed for longer than a server takes.
    #[error(
        "no checkpoint vouches for the last {entries} entries, from {since} to {until}: checkpoints were removed, or no server was \
         running that signs them"
    )]
    NotSigned {
        /// How many.
        entries: u64,
        /// When the first of them was written.
        since: Timestamp,
        /// When the last of them was.
        until: Timestamp,
    },
}

/// Which checkpoint says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// One that is stored beside the log.
    Stored,
    /// One that was kept elsewhere.
    Kept,
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stored => "the checkpoint",
            Self::Kept => "the checkpoint that was given,",
        })
    }
}

fn missing(after: u64, before: u64) -> String {
    let (first, last) = (after.saturating_add(1), before.saturating_sub(1));
    if first == last { format!("entry {first} is") } else { format!("entries {first} to {last} are") }
}

fn likewise(entries: u64) -> String {
    if entries > 1 { format!(" ({entries} entries of it likewise)") } else { String::new() }
}
