//! What takes months: removal, erasure, and what is signed when. On real databases, with a clock that the test moves.

use std::{sync::Arc, time::Duration};

use gatewright::core::{
    ActivityFault, ActivityReport, Checkpointing, Evidence, Gatewright, Ports, SigningKeySource, Tended, Trust,
    model::{
        AccountId, Act, Activity, ActivityId, ActivityPolicy, Actor, ClientInfo, EntrySeed, MasterKeys, Policy,
        UserAgent,
    },
    port::{ActivityLog, Clock, Entropy},
    verify_activity,
};
use gatewright_password::{CommonPasswords, Engine, Parameters, Settings};
use gatewright_testkit::{FrozenClock, SeededEntropy};

use super::{Bench, MASTER};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// An instance whose clock stands still.
struct Instance {
    bench: Bench,
    gate: Gatewright,
    log: Arc<dyn ActivityLog>,
    clock: Arc<FrozenClock>,
    entropy: Arc<SeededEntropy>,
}

impl Instance {
    async fn on(bench: Bench, policy: ActivityPolicy) -> Self {
        let clock = Arc::new(FrozenClock::default());
        let (log, ports, entropy) = opened(&bench, clock.clone()).await;
        let policy = Policy { activity: policy, ..Policy::for_issuer("https://auth.example.test") };
        let master = MasterKeys::parse(MASTER).unwrap();
        let gate = Gatewright::start(ports, policy, master, SigningKeySource::Generated).await.unwrap();
        Self { bench, gate, log, clock, entropy }
    }

    async fn both(policy: ActivityPolicy) -> [Self; 2] {
        [Self::on(Bench::on_sqlite(), policy).await, Self::on(Bench::on_postgres(), policy).await]
    }

    /// So many entries, now.
    async fn write(&self, count: usize) {
        for _ in 0..count {
            let now = self.clock.now();
            let seed = EntrySeed { id: ActivityId::new(now, self.entropy.bytes()), salt: self.entropy.bytes() };
            let client = ClientInfo {
                ip: Some([192, 0, 2, 7].into()),
                user_agent: UserAgent::from_header("Mozilla/5.0"),
                received_at: now,
            };
            let entry = Activity::new(seed, now, AccountId::from_bytes([2; 16]), Act::LoggedIn, &client);
            self.log.append(entry.into()).await.unwrap();
        }
        self.gate.chain_activity().await.unwrap();
    }

    async fn tend(&self) {
        assert!(matches!(self.gate.tend().await.unwrap(), Tended::Here(_)));
    }

    async fn verify(&self) -> ActivityReport {
        let keys = MasterKeys::parse(MASTER).unwrap().checkpoint_keys();
        verify_activity(&*self.log, &Evidence { keys: &keys, kept: &[] }).await.unwrap()
    }

    #[track_caller]
    fn clean(report: ActivityReport) -> ActivityReport {
        assert!(report.is_clean(), "{:?}", report.faults);
        report
    }

    async fn signed(&self) -> u64 {
        self.log.checkpoints(1).await.unwrap().first().map_or(0, |last| last.checkpoint.head.seq)
    }

    /// How many entries there are, and in how many something personal is left.
    async fn left(&self) -> (usize, usize) {
        let entries = self.log.chained(0, 100_000).await.unwrap();
        (entries.len(), entries.iter().filter(|entry| entry.activity.ip.is_some()).count())
    }
}

async fn opened(bench: &Bench, clock: Arc<FrozenClock>) -> (Arc<dyn ActivityLog>, Ports, Arc<SeededEntropy>) {
    use gatewright_store::{
        postgres::{self, PgStore},
        sqlite::{self, SqliteStore},
    };
    let entropy = Arc::new(SeededEntropy::new(7));
    let clock: Arc<dyn Clock> = clock;
    let settings = Settings::new(Parameters::new(19_456, 2).unwrap());
    let engine = Arc::new(Engine::start(settings, clock.clone(), entropy.clone()).unwrap());
    let blocklist = Arc::new(CommonPasswords::new());
    let shared: Arc<dyn Entropy> = entropy.clone();
    match &bench.database {
        Some(database) => {
            let address = postgres::Address::parse(&database.url()).unwrap();
            let store = PgStore::open(&address, postgres::Options::default(), |_| clock.clone()).await.unwrap();
            let store = Arc::new(store);
            (store.clone(), Ports::on_store(store, engine, blocklist, clock, shared), entropy)
        }
        None => {
            std::fs::create_dir_all(bench.place.data()).unwrap();
            let store = SqliteStore::open(&bench.file(), sqlite::Options::default(), |_| clock.clone()).unwrap();
            let store = Arc::new(store);
            (store.clone(), Ports::on_store(store, engine, blocklist, clock, shared), entropy)
        }
    }
}

const FOREVER: ActivityPolicy = ActivityPolicy { keep: None, keep_personal: None };

#[tokio::test(flavor = "multi_thread")]
async fn lg6_the_log_is_signed_after_ten_minutes_or_a_thousand_entries_and_not_when_nothing_happens() {
    for it in Instance::both(FOREVER).await {
        it.tend().await;
        assert_eq!(it.signed().await, 0, "there is nothing to sign");
        it.write(3).await;
        it.tend().await;
        assert_eq!(it.signed().await, 3, "the first time at once");
        it.write(1).await;
        it.clock.advance(9 * MINUTE);
        it.tend().await;
        assert_eq!(it.signed().await, 3);
        let report = Instance::clean(it.verify().await);
        assert_eq!(report.unsigned.map(|unsigned| unsigned.entries), Some(1));
        it.clock.advance(MINUTE);
        it.tend().await;
        assert_eq!(it.signed().await, 4);
        it.write(999).await;
        it.tend().await;
        assert_eq!(it.signed().await, 4);
        it.write(1).await;
        it.tend().await;
        assert_eq!(it.signed().await, 1004);
        it.clock.advance(20 * MINUTE);
        it.tend().await;
        assert_eq!(it.log.checkpoints(10).await.unwrap().len(), 3, "nothing has happened");
        it.write(1).await;
        assert!(matches!(it.gate.checkpoint_activity(Trust::Verified).await.unwrap(), Checkpointing::Signed(_)));
        assert_eq!(Instance::clean(it.verify().await).unsigned, None);
        assert!(matches!(it.gate.checkpoint_activity(Trust::Verified).await.unwrap(), Checkpointing::Unchanged(_)));
    }
}

/// docs/attacks.md#cutting-the-activity-log
#[tokio::test(flavor = "multi_thread")]
async fn lg6_checkpoints_that_were_removed_are_missed_when_more_happened_than_goes_unsigned() {
    for it in Instance::both(FOREVER).await {
        for _ in 0..4 {
            it.write(2).await;
            it.tend().await;
            it.clock.advance(11 * MINUTE);
        }
        Instance::clean(it.verify().await);
        it.bench.sql("DELETE FROM activity_checkpoints WHERE head_seq = 8");
        Instance::clean(it.verify().await);
        it.bench.sql("DELETE FROM activity_checkpoints WHERE head_seq > 2");
        let faults = it.verify().await.faults;
        assert!(matches!(faults[..], [ActivityFault::NotSigned { entries: 6, .. }]), "{faults:?}");
        it.bench.sql("DELETE FROM activity_checkpoints");
        let faults = it.verify().await.faults;
        assert!(matches!(faults[..], [ActivityFault::NotSigned { entries: 8, .. }]), "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg6_what_grows_old_goes_after_a_checkpoint_has_said_so_and_the_rest_is_clean() {
    let policy = ActivityPolicy { keep: Some(20 * DAY), keep_personal: Some(10 * DAY) };
    for it in Instance::both(policy).await {
        // Ten entries a day, for thirty days.
        for _ in 0..30 {
            it.write(10).await;
            it.tend().await;
            Instance::clean(it.verify().await);
            it.clock.advance(DAY);
        }
        it.tend().await;
        it.gate.chain_activity().await.unwrap();
        let report = Instance::clean(it.verify().await);
        let (entries, personal) = it.left().await;
        // 20 days of ten entries, and one a day that says what grew old, since day eleven.
        assert_eq!(report.begin.seq, 100);
        assert!((219..=220).contains(&entries), "{entries}");
        assert_eq!(personal, 100);
        let entries = it.log.chained(0, 1000).await.unwrap();
        let notes: Vec<_> = entries.iter().filter(|entry| entry.activity.act == Act::ActivityPruned).collect();
        assert!((19..=20).contains(&notes.len()), "{}", notes.len());
        assert!(notes.iter().all(|note| note.activity.actor == Actor::System && note.activity.ip.is_none()));
        let last = &notes.last().unwrap().activity.detail;
        assert_eq!((&last["entries"], &last["up_to"]), (&10.into(), &100.into()), "{last:?}");

        // What was not announced is tampering, be it in the same way.
        it.bench.sql(
            "DELETE FROM activity WHERE seq = (SELECT begin_seq + 1 FROM activity_chain);
             UPDATE activity_chain SET begin_digest = begin_digest, begin_seq = begin_seq + 1",
        );
        let faults = it.verify().await.faults;
        assert!(faults.iter().any(|fault| matches!(fault, ActivityFault::BeginMoved { .. })), "{faults:?}");
        let refused = it.gate.checkpoint_activity(Trust::Verified).await.unwrap();
        let is_begin =
            matches!(refused, Checkpointing::Unchanged(_) | Checkpointing::Refused(ActivityFault::BeginMoved { .. }));
        assert!(is_begin, "{refused:?}");
    }
}

/// A kill between any two steps of it leaves what is clean, and the next turn goes on.
#[tokio::test(flavor = "multi_thread")]
async fn lg6_a_crash_between_signing_and_removing_is_no_tampering() {
    let policy = ActivityPolicy { keep: Some(20 * DAY), keep_personal: Some(10 * DAY) };
    for it in Instance::both(policy).await {
        it.write(500).await;
        it.tend().await;
        it.clock.advance(21 * DAY);
        it.write(5).await;
        // Signed, and then nothing.
        let Checkpointing::Signed(announced) = it.gate.checkpoint_activity(Trust::Verified).await.unwrap() else {
            panic!("something has happened")
        };
        assert_eq!(announced.checkpoint.begin.seq, 500);
        Instance::clean(it.verify().await);
        // Half of it removed, and then nothing.
        assert_eq!(it.log.prune(it.clock.now().minus(20 * DAY), 123).await.unwrap(), 123);
        Instance::clean(it.verify().await);
        assert_eq!(it.log.erase_personal(it.clock.now().minus(10 * DAY), 50).await.unwrap(), 50);
        Instance::clean(it.verify().await);
        // Another node goes on.
        it.tend().await;
        Instance::clean(it.verify().await);
        assert_eq!(it.log.chain_state().await.unwrap().begin.seq, 500);
        // An announcement is none of more than it names.
        it.clock.advance(21 * DAY);
        it.log.prune(it.clock.now().minus(20 * DAY), 2).await.unwrap();
        let faults = it.verify().await.faults;
        assert!(matches!(faults[0], ActivityFault::BeginMoved { begin: 502, announced: 500 }), "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg6_a_log_to_which_nothing_is_added_grows_old_as_well() {
    let policy = ActivityPolicy { keep: None, keep_personal: Some(10 * DAY) };
    for it in Instance::both(policy).await {
        it.write(5).await;
        it.tend().await;
        for _ in 0..12 {
            it.clock.advance(DAY);
            it.tend().await;
        }
        assert_eq!(it.left().await.1, 0);
        Instance::clean(it.verify().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg6_nothing_is_signed_that_was_altered_since_the_last_checkpoint() {
    for it in Instance::both(FOREVER).await {
        it.write(5).await;
        it.tend().await;
        it.write(5).await;
        let refused = async |why: fn(&ActivityFault) -> bool| {
            let outcome = it.gate.checkpoint_activity(Trust::Verified).await.unwrap();
            assert!(matches!(&outcome, Checkpointing::Refused(fault) if why(fault)), "{outcome:?}");
            it.clock.advance(11 * MINUTE);
            it.tend().await;
            assert_eq!(it.signed().await, 5);
        };
        it.bench.sql("UPDATE activity SET at = at + 1 WHERE seq = 8");
        refused(|fault| matches!(fault, ActivityFault::Altered { seq: 8, .. })).await;
        it.bench.sql("UPDATE activity SET at = at - 1 WHERE seq = 8; UPDATE activity SET ip = NULL WHERE seq = 9");
        refused(|fault| matches!(fault, ActivityFault::PersonalAltered { seq: 9, .. })).await;
        it.bench.sql("DELETE FROM activity WHERE seq = 9");
        refused(|fault| matches!(fault, ActivityFault::Gap { after: 8, before: 10 })).await;
        it.bench.sql(
            "DELETE FROM activity WHERE seq > 4;
             UPDATE activity_chain SET (head_seq, head_digest) = (SELECT seq, digest FROM activity WHERE seq = 4)",
        );
        refused(|fault| matches!(fault, ActivityFault::EndMissing { seq: 5, head: 4, .. })).await;
        it.bench.sql("UPDATE activity_checkpoints SET signed = 'x.y.z'");
        refused(|fault| matches!(fault, ActivityFault::CheckpointForged { .. })).await;
        let begun = it.gate.checkpoint_activity(Trust::AsItStands).await.unwrap();
        assert!(matches!(&begun, Checkpointing::Signed(it) if it.checkpoint.head.seq == 4), "{begun:?}");
    }
}
