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

/// How an entry is not in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// Entries between it and the one before are missing.
    Gap,
    /// It does not say what it said when it got its place, or another one stood before it then.
    Altered,
    /// Its address or its user agent is not the one that it had.
    PersonalAltered,
}

impl ChainedActivity {
    /// Whether it stands in the chain after `previous` as it did when it got its place.
    ///
    /// # Errors
    /// See [`Misplaced`].
    pub fn follows(&self, previous: &Link) -> Result<(), Misplaced> {
        if self.link.seq > previous.seq.saturating_add(1) {
            return Err(Misplaced::Gap);
        }
        if self.link != link(previous, &self.activity, &self.commitment) {
            return Err(Misplaced::Altered);
        }
        let holds = match commitment(&self.activity) {
            Some(commitment) => commitment == self.commitment,
            // Where it was erased nothing of it is left.
            None => self.activity.ip.is_none() && self.activity.user_agent.is_none(),
        };
        if holds { Ok(()) } else { Err(Misplaced::PersonalAltered) }
    }

    /// Whether what is personal in it was erased.
    #[must_use]
    pub const fn is_erased(&self) -> bool {
        self.activity.salt.is_none()
    }
}

/// What is signed now and then. The removal of entries and the erasure of what is personal are announced by it: nothing is
/// removed or erased by age that no checkpoint names, so that what is missing without one was taken by somebody else.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Entries up to this one may have been removed, as the settings say. None after it.
    pub begin: Link,
    /// The last entry that it vouches for.
    pub head: Link,
    /// What is personal may have been erased from entries older than this.
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
    let seq = previous.seq.saturating_add(1);
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{
        AccountId, Act, ActivityId, Actor, EndReason, Metadata, ServiceKeyId, SessionId, UserAgent, UserId,
    };

    fn agent(text: &str) -> Option<UserAgent> {
        UserAgent::from_header(text)
    }

    fn entry() -> Activity {
        Activity {
            id: ActivityId::from_bytes([1; 16]),
            at: Timestamp::from_micros(1_795_292_400_000_001),
            account_id: Some(AccountId::from_bytes([2; 16])),
            user_id: Some(UserId::from_bytes([3; 16])),
            session_id: Some(SessionId::from_bytes([4; 16])),
            act: Act::SessionEnded,
            reason: Some(EndReason::Revoked),
            actor: Actor::Admin(UserId::from_bytes([5; 16])),
            detail: Metadata::from_iter([("role".to_owned(), json!("editor"))]),
            ip: Some("192.0.2.7".parse().unwrap()),
            user_agent: agent("Mozilla/5.0"),
            salt: Some([6; 16]),
        }
    }

    const BEFORE: Link = Link { seq: 41, digest: [8; 32] };

    /// A change of one part of an entry.
    type Change = fn(&mut Activity);

    /// Every other value of each part that the link holds itself.
    const CHANGES: [Change; 18] = [
        |it| it.id = ActivityId::from_bytes([9; 16]),
        |it| it.at = Timestamp::from_micros(1_795_292_400_000_002),
        |it| it.account_id = None,
        |it| it.account_id = Some(AccountId::from_bytes([9; 16])),
        |it| it.user_id = None,
        |it| it.user_id = Some(UserId::from_bytes([9; 16])),
        |it| it.session_id = None,
        |it| it.session_id = Some(SessionId::from_bytes([9; 16])),
        |it| it.act = Act::LoggedOut,
        |it| it.reason = None,
        |it| it.reason = Some(EndReason::Operator),
        |it| it.actor = Actor::Account,
        |it| it.actor = Actor::Admin(UserId::from_bytes([9; 16])),
        |it| it.actor = Actor::Impersonator(UserId::from_bytes([5; 16])),
        |it| it.actor = Actor::ServiceKey(ServiceKeyId::from_bytes([5; 16])),
        |it| it.detail = Metadata::new(),
        |it| it.detail = Metadata::from_iter([("role".to_owned(), json!("admin"))]),
        |it| it.detail = Metadata::from_iter([("rolf".to_owned(), json!("editor"))]),
    ];

    const PERSONAL: [Change; 5] = [
        |it| it.ip = None,
        |it| it.ip = Some("192.0.2.8".parse().unwrap()),
        |it| it.user_agent = None,
        |it| it.user_agent = agent("Mozilla/5.1"),
        |it| it.salt = Some([9; 16]),
    ];

    fn changed(change: Change) -> Activity {
        let mut changed = entry();
        change(&mut changed);
        assert_ne!(changed, entry(), "the change changes something");
        changed
    }

    #[test]
    fn lg6_another_value_of_any_part_is_another_digest() {
        let mut digests: HashSet<Digest> =
            CHANGES.iter().map(|change| link(&BEFORE, &changed(*change), &[7; 32]).digest).collect();
        digests.insert(link(&BEFORE, &entry(), &[7; 32]).digest);
        digests.insert(link(&BEFORE, &entry(), &[6; 32]).digest);
        digests.insert(link(&Link { seq: 42, ..BEFORE }, &entry(), &[7; 32]).digest);
        digests.insert(link(&Link { digest: [9; 32], ..BEFORE }, &entry(), &[7; 32]).digest);
        assert_eq!(digests.len(), CHANGES.len() + 4);
    }

    #[test]
    fn lg6_what_is_personal_is_held_by_the_commitment_alone_and_every_part_of_it_counts() {
        let mut digests: HashSet<Digest> =
            PERSONAL.iter().map(|change| commitment(&changed(*change)).unwrap()).collect();
        digests.insert(commitment(&entry()).unwrap());
        assert_eq!(digests.len(), PERSONAL.len() + 1);
        for change in PERSONAL {
            assert_eq!(link(&BEFORE, &changed(change), &[7; 32]), link(&BEFORE, &entry(), &[7; 32]));
        }
        let erased = Activity { ip: None, user_agent: None, salt: None, ..entry() };
        assert_eq!(commitment(&erased), None);
        assert_eq!(link(&BEFORE, &erased, &[7; 32]), link(&BEFORE, &entry(), &[7; 32]), "the chain holds without it");
    }

    #[test]
    fn lg6_an_entry_follows_the_one_that_it_followed_and_no_other() {
        let chained = |activity: Activity| {
            let commitment = commitment(&activity).unwrap();
            ChainedActivity { link: link(&BEFORE, &activity, &commitment), activity, commitment }
        };
        let good = chained(entry());
        assert_eq!(good.follows(&BEFORE), Ok(()));
        assert_eq!(good.follows(&Link { seq: 40, ..BEFORE }), Err(Misplaced::Gap));
        assert_eq!(good.follows(&Link { seq: 42, ..BEFORE }), Err(Misplaced::Altered));
        assert_eq!(good.follows(&Link { digest: [9; 32], ..BEFORE }), Err(Misplaced::Altered));
        for change in CHANGES {
            let altered = ChainedActivity { activity: changed(change), ..good.clone() };
            assert_eq!(altered.follows(&BEFORE), Err(Misplaced::Altered));
        }
        for change in PERSONAL {
            let altered = ChainedActivity { activity: changed(change), ..good.clone() };
            assert_eq!(altered.follows(&BEFORE), Err(Misplaced::PersonalAltered));
        }
        let mut erased = good;
        (erased.activity.ip, erased.activity.user_agent, erased.activity.salt) = (None, None, None);
        assert_eq!((erased.follows(&BEFORE), erased.is_erased()), (Ok(()), true));
        erased.activity.ip = entry().ip;
        assert_eq!(erased.follows(&BEFORE), Err(Misplaced::PersonalAltered), "half of it cannot be checked any more");
        let last = Link { seq: u64::MAX, digest: [0; 32] };
        assert_eq!(chained(entry()).follows(&last), Err(Misplaced::Altered));
    }

    /// The digests of earlier versions are in databases and in the hands of auditors: they must never change. Computed
    /// apart from this code, by `docs/activity.md`'s description, with Python's hashlib.
    #[test]
    fn lg6_the_digests_are_those_of_every_version() {
        let commitment = commitment(&entry()).unwrap();
        let linked = link(&BEFORE, &entry(), &commitment);
        assert_eq!(linked.seq, 42);
        insta::assert_snapshot!(data_encoding::HEXLOWER.encode(&commitment), @"7057f2999109ca2e6be364529405799c7107be524d78c24233f5bdc9ed181c2f");
        insta::assert_snapshot!(data_encoding::HEXLOWER.encode(&linked.digest), @"287426f07aece7474027050151d554362e788311905075a641d6aa5adfdc7d75");
    }

    #[test]
    fn one_detail_has_one_digest_in_whatever_order_it_was_said() {
        let said = |names: [&str; 2]| {
            let detail = names.into_iter().map(|name| (name.to_owned(), json!(1))).collect();
            link(&BEFORE, &Activity { detail, ..entry() }, &[7; 32])
        };
        assert_eq!(said(["a", "b"]), said(["b", "a"]));
    }

    fn optional(bytes: impl Strategy<Value = [u8; 16]>) -> impl Strategy<Value = Option<[u8; 16]>> {
        proptest::option::of(bytes)
    }

    /// Few values, so that two entries often have the same in another place.
    fn few() -> impl Strategy<Value = [u8; 16]> {
        prop_oneof![Just([0; 16]), Just([1; 16])]
    }

    fn any_entry() -> impl Strategy<Value = Activity> {
        let ids = (few(), optional(few()), optional(few()), optional(few()), optional(few()));
        let acts = prop_oneof![Just(Act::LoggedIn), Just(Act::LoggedOut)];
        let reasons = proptest::option::of(prop_oneof![Just(EndReason::LoggedOut), Just(EndReason::Revoked)]);
        let details = proptest::collection::btree_map("[a-b]{0,2}", "[a-b\",]{0,2}", 0..3);
        let personal = (proptest::option::of(0..2_u8), proptest::option::of("[a-b]{0,2}"), few());
        (ids, 0..2_i64, acts, reasons, details, personal).prop_map(|(ids, at, act, reason, details, personal)| {
            Activity {
                id: ActivityId::from_bytes(ids.0),
                at: Timestamp::from_micros(at),
                account_id: ids.1.map(AccountId::from_bytes),
                user_id: ids.2.map(UserId::from_bytes),
                session_id: ids.3.map(SessionId::from_bytes),
                act,
                reason,
                actor: ids.4.map_or(Actor::System, |id| Actor::ServiceKey(ServiceKeyId::from_bytes(id))),
                detail: details.into_iter().map(|(name, value)| (name, Value::from(value))).collect(),
                ip: personal.0.map(|last| [127, 0, 0, last].into()),
                user_agent: personal.1.and_then(|text| agent(&text)),
                salt: Some(personal.2),
            }
        })
    }

    proptest! {
        #[test]
        fn lg6_two_entries_have_one_digest_exactly_if_they_are_one(one in any_entry(), other in any_entry()) {
            let digest = |entry: &Activity| link(&Link::START, entry, &commitment(entry).unwrap()).digest;
            prop_assert_eq!(one == other, digest(&one) == digest(&other));
            let mut moved = one.clone();
            (moved.user_id, moved.session_id) =
                (one.session_id.map(|id| UserId::from_uuid(id.uuid())), one.user_id.map(|id| SessionId::from_uuid(id.uuid())));
            prop_assert_eq!(moved == one, digest(&moved) == digest(&one));
        }
    }
}
