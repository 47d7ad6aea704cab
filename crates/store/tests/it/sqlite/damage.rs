//! A file that is not what was written to it: a flipped bit, a page of zeros, half a page, pages in each other's place, a log
//! that is damaged. It is noticed, nothing is served from it, and nothing is taken for a theft or an end (SECURITY LG4, P5).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use gatewright_core::{
    model::{Account, Act, Checkpoint, Login, MailPurpose, Standing, Timestamp, User},
    port::{
        Accounts, ActivityFilter, ActivityLog, Applied, ChainState, Keys, LetterFilter, MailTokens, NewAccount, Opened,
        Opening, Outbox, Passwords, Sessions, StoreError, StoredCheckpoint, StoredKey, StoredMailToken, Users,
    },
};
use gatewright_store::sqlite::{OpenError, Options, SqliteStore};
use gatewright_testkit::Sample;
use rusqlite::{Connection, Row, types::Value};

use super::backend::{Folder, connect};

const PAGE: usize = 4096;

/// A database that was closed, and what it holds.
struct Closed {
    folder: Folder,
    sample: Sample,
    signed_up: Vec<(Account, User, Standing)>,
    /// One for each of those who were there first.
    mail_tokens: Vec<StoredMailToken>,
}

impl Closed {
    async fn with_accounts(count: usize) -> Self {
        let (folder, sample) = (Folder::new(), Sample::default());
        let store = folder.open(&sample.clock);
        let (mut signed_up, mut mail_tokens) = (Vec::new(), Vec::new());
        for number in 0..count {
            let person = sign_up(&store, &sample, &format!("person{number}")).await;
            let token = sample.mail_token(MailPurpose::VerifyEmail, &person.0, 1);
            store.issue(token.clone(), sample.letter(Some(person.0.id))).await.unwrap();
            signed_up.push(person);
            mail_tokens.push(token);
        }
        let key = StoredKey {
            kid: "one".into(),
            state: "signing".into(),
            created_at: 0,
            published_at: None,
            signing_since: None,
            retiring_since: None,
            sealed: vec![7; 200],
        };
        assert!(store.replace(0, vec![key]).await.unwrap());
        let ChainState { begin, head, personal_since, .. } = store.chain_state().await.unwrap();
        let checkpoint = Checkpoint { begin, head, personal_since, at: sample.now() };
        store.keep_checkpoint(StoredCheckpoint { checkpoint, signed: "a.b.c".into() }).await.unwrap();
        drop(store);
        let closed = Self { folder, sample, signed_up, mail_tokens };
        let free: i64 = connect(&closed.path()).query_row("PRAGMA freelist_count", [], |row| row.get(0)).unwrap();
        assert_eq!(free, 0, "what is in no page that is used, nobody reads");
        closed
    }

    fn path(&self) -> PathBuf {
        self.folder.database()
    }

    fn open(&self, path: &Path) -> Result<SqliteStore, OpenError> {
        let clock = Arc::clone(&self.sample.clock);
        SqliteStore::open(path, Options::default(), |_| clock)
    }

    /// Everything that can be read of it.
    async fn readings(&self, store: &SqliteStore) -> Vec<Result<String, StoreError>> {
        fn shown<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> Result<String, StoreError> {
            answer.map(|answer| format!("{answer:?}"))
        }
        let mut all = vec![shown(store.keys().await), shown(store.outbox_stats().await)];
        all.push(shown(store.letters(LetterFilter { limit: usize::MAX, ..LetterFilter::default() }).await));
        all.push(shown(store.chain_state().await));
        all.push(shown(store.chained(0, usize::MAX).await));
        all.push(shown(store.page(ActivityFilter { limit: 100, ..ActivityFilter::default() }).await));
        all.push(shown(store.checkpoints(9).await));
        all.push(shown(store.counts(Timestamp::from_micros(0), Timestamp::from_micros(i64::MAX)).await));
        for token in &self.mail_tokens {
            all.push(shown(store.mail_token(token.link).await));
        }
        for (account, user, standing) in &self.signed_up {
            let filter = ActivityFilter { account: Some(account.id), limit: 9, ..ActivityFilter::default() };
            all.push(shown(store.standing(standing.session.id).await));
            all.push(shown(store.account(account.id).await));
            all.push(shown(store.account_by_login(&Login::Email(account.email.clone())).await));
            all.push(shown(store.account_by_login(&Login::Username(user.username.clone())).await));
            all.push(shown(store.password(account.id).await));
            all.push(shown(store.users(account.id).await));
            all.push(shown(store.of_account(account.id, self.sample.now()).await));
            all.push(shown(store.page(filter).await));
        }
        all
    }

    /// Puts `bytes` in the place of the file, elsewhere: whoever opens it notices, or is told by the check, and no reading
    /// answers anything but what was written or that the store is unavailable. Whether one was refused.
    async fn is_noticed(&self, bytes: &[u8], whole: &[Result<String, StoreError>], what: &str) -> bool {
        let elsewhere = Folder::new();
        fs::write(elsewhere.database(), bytes).unwrap();
        let store = match self.open(&elsewhere.database()) {
            Ok(store) => store,
            Err(OpenError::Damaged { .. } | OpenError::NotOurs) => return true,
            Err(other) => panic!("{what}: {other:?}"),
        };
        let mut refused = false;
        for (found, whole) in self.readings(&store).await.iter().zip(whole) {
            match found {
                Ok(found) => assert_eq!(found, whole.as_ref().unwrap(), "{what}"),
                Err(StoreError::Unavailable { .. }) => refused = true,
                Err(other) => panic!("{what}: {other:?}"),
            }
        }
        assert!(store.integrity_check().await.is_err(), "{what} is not noticed");
        assert_eq!(refused, store.stats().damaged > 0, "{what}");
        refused
    }

    async fn whole(&self) -> (Vec<u8>, Vec<Result<String, StoreError>>) {
        let bytes = fs::read(self.path()).unwrap();
        let store = self.open(&self.path()).unwrap();
        let whole = self.readings(&store).await;
        store.integrity_check().await.unwrap();
        drop(store);
        assert!(whole.iter().all(Result::is_ok));
        (bytes, whole)
    }
}

async fn sign_up(store: &SqliteStore, sample: &Sample, name: &str) -> (Account, User, Standing) {
    let new = sample.new_account(name);
    let NewAccount { account, owner, .. } = new.clone();
    store.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
    let standing = opened(store, sample, &account, &owner).await;
    (account, owner, standing)
}

async fn opened(store: &SqliteStore, sample: &Sample, account: &Account, user: &User) -> Standing {
    let opening = Opening { max_sessions: usize::MAX, ..sample.opening(sample.session(account, user)) };
    match store.open(opening, sample.entry(account.id, Act::LoggedIn)).await.unwrap() {
        Opened::Done(standing) => standing,
        refused @ (Opened::Stale | Opened::Spent) => panic!("{refused:?}"),
    }
}

/// Every row, as SQLite reads them where nothing compares pages.
fn without_checksums(bytes: &[u8]) -> rusqlite::Result<Vec<String>> {
    let elsewhere = Folder::new();
    fs::write(elsewhere.database(), bytes).unwrap();
    let connection = Connection::open(elsewhere.database())?;
    let mut rows = Vec::new();
    for table in [
        "meta",
        "accounts",
        "passwords",
        "users",
        "sessions",
        "activity",
        "activity_chain",
        "activity_checkpoints",
        "activity_counts",
        "signing_keys",
        "mail_tokens",
        "outbox",
    ] {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = statement.column_count();
        let row = |row: &Row<'_>| (0..columns).map(|at| row.get::<_, Value>(at)).collect::<Result<Vec<_>, _>>();
        for row in statement.query_map([], row)? {
            rows.push(format!("{table} {:?}", row?));
        }
    }
    Ok(rows)
}

/// docs/attacks.md#damaged-disk
#[tokio::test]
async fn lg4_a_flipped_bit_in_any_page_is_noticed_and_never_served() {
    let closed = Closed::with_accounts(6).await;
    let (bytes, whole) = closed.whole().await;
    let pages = bytes.len() / PAGE;
    assert!(pages > 20, "{pages}");
    let (mut refused, mut believed) = (0, 0);
    let dump = without_checksums(&bytes);
    for page in 0..pages {
        // In the header of the page, in the middle, among its rows at the end, in the checksum: another bit each time.
        for offset in [3, 1000 + page, 4000 + page % 80, PAGE - 1 - page % 8] {
            let mut spoilt = bytes.clone();
            spoilt[page * PAGE + offset] ^= 1 << (page % 8);
            let what = format!("a bit of byte {offset} of page {}", page + 1);
            refused += usize::from(closed.is_noticed(&spoilt, &whole, &what).await);
            let alone = without_checksums(&spoilt);
            believed += usize::from(alone.is_ok() && alone != dump);
        }
    }
    assert!(believed > 0, "SQLite alone would have noticed all of it, too");
    println!(
        "{refused} of {} flipped bits were met while reading, all of them by the check; SQLite alone believes {believed}",
        pages * 4
    );
    assert!(refused > pages * 2, "{refused} of {}", pages * 4);
}

/// The header of the file says that there are checksums, how large pages are, and whose file it is.
#[tokio::test]
async fn lg4_no_flipped_bit_of_the_header_switches_the_checksums_off() {
    let closed = Closed::with_accounts(1).await;
    let (bytes, whole) = closed.whole().await;
    for byte in (0..100).filter(|byte| (16..=20).contains(byte) || byte % 7 == 0) {
        for bit in 0..8 {
            let mut spoilt = bytes.clone();
            spoilt[byte] ^= 1 << bit;
            assert!(closed.is_noticed(&spoilt, &whole, &format!("bit {bit} of byte {byte}")).await);
        }
    }
}

#[tokio::test]
async fn lg4_pages_that_are_torn_empty_swapped_or_missing_are_noticed_and_never_served() {
    let closed = Closed::with_accounts(4).await;
    let (older, _) = closed.whole().await;
    let store = closed.open(&closed.path()).unwrap();
    closed.sample.clock.advance(std::time::Duration::from_secs(100));
    for (_, _, standing) in &closed.signed_up {
        assert!(matches!(store.rotate(closed.sample.rotation(standing)).await.unwrap(), Applied::Done(_)));
    }
    drop(store);
    let (bytes, whole) = closed.whole().await;
    let pages = bytes.len() / PAGE;
    let mut torn = 0;
    for page in 0..pages {
        let at = page * PAGE;
        let mut empty = bytes.clone();
        empty[at..at + PAGE].fill(0);
        closed.is_noticed(&empty, &whole, &format!("page {} is empty", page + 1)).await;
        let mut half = bytes.clone();
        half[at + 512..at + PAGE].copy_from_slice(&older[at + 512..at + PAGE]);
        if half != bytes && half[at..at + PAGE] != older[at..at + PAGE] {
            torn += 1;
            closed.is_noticed(&half, &whole, &format!("page {} is torn", page + 1)).await;
        }
        let mut swapped = bytes.clone();
        let other = (page + 1) % pages * PAGE;
        swapped[at..at + PAGE].copy_from_slice(&bytes[other..other + PAGE]);
        swapped[other..other + PAGE].copy_from_slice(&bytes[at..at + PAGE]);
        closed.is_noticed(&swapped, &whole, &format!("page {} is swapped with the next", page + 1)).await;
    }
    assert!(torn > 0);
    for missing in [1, PAGE / 2, PAGE, PAGE * 3 / 2] {
        closed.is_noticed(&bytes[..bytes.len() - missing], &whole, &format!("{missing} bytes are missing")).await;
    }
}

#[tokio::test]
async fn lg4_sessions_of_a_damaged_page_wait_for_its_repair_and_the_others_go_on() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let (account, user, first) = sign_up(&store, &sample, "ada").await;
    let mut all = vec![first];
    for _ in 0..150 {
        all.push(opened(&store, &sample, &account, &user).await);
    }
    drop(store);
    let sql =
        "SELECT pageno FROM dbstat WHERE name = 'sessions' AND pagetype = 'leaf' ORDER BY pageno LIMIT 1 OFFSET 2";
    let page: usize = connect(&folder.database()).query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    let at = (page - 1) * PAGE;
    let mut bytes = fs::read(folder.database()).unwrap();
    let good = bytes[at..at + PAGE].to_vec();
    bytes[at + 3000] ^= 4;
    fs::write(folder.database(), &bytes).unwrap();

    let store = folder.open(&sample.clock);
    sample.clock.advance(std::time::Duration::from_secs(100));
    let (mut hit, mut neighbours) = (Vec::new(), 0);
    for (number, seen) in all.iter().enumerate() {
        match store.standing(seen.session.id).await {
            Ok(found) => {
                assert_eq!(found.as_ref(), Some(seen));
                match store.rotate(sample.rotation(seen)).await {
                    Ok(rotated) => assert!(matches!(rotated, Applied::Done(_)), "{rotated:?}"),
                    // A row that grows can need the pages beside its own.
                    Err(StoreError::Unavailable { .. }) => neighbours += 1,
                    Err(other) => panic!("{other:?}"),
                }
            }
            Err(StoreError::Unavailable { cause }) => {
                let expected =
                    format!("the database file is damaged: the page at byte {at} does not have its checksum");
                assert_eq!(cause.to_string(), expected);
                for refused in [
                    store.rotate(sample.rotation(seen)).await.map(|_| ()),
                    store
                        .end(sample.end(seen.session.id), sample.entry(account.id, Act::RefreshReuse))
                        .await
                        .map(|_| ()),
                ] {
                    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
                }
                hit.push(number);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    let told = format!("{} and {neighbours} beside them of {} sessions", hit.len(), all.len());
    assert!(!hit.is_empty() && hit.len() * 5 < all.len() && neighbours * 2 < all.len(), "{told}");
    assert_eq!(store.stats().damaged, (3 * hit.len() + neighbours) as u64, "{told}");
    let backup = folder.0.path().join("backup.db");
    let refused = store.backup_to(&backup).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })) && !backup.exists(), "{refused:?}");
    drop(store);

    let mut bytes = fs::read(folder.database()).unwrap();
    bytes[at..at + PAGE].copy_from_slice(&good);
    fs::write(folder.database(), &bytes).unwrap();
    let store = folder.open(&sample.clock);
    for number in hit {
        assert_eq!(store.standing(all[number].session.id).await.unwrap().as_ref(), Some(&all[number]));
    }
    store.integrity_check().await.unwrap();
}

/// What the files of a running store look like when the power goes.
struct Crashed {
    closed: Closed,
    file: Vec<u8>,
    log: Vec<u8>,
    /// How long the log was when each account was acknowledged.
    acknowledged: Vec<usize>,
}

impl Crashed {
    async fn after_sign_ups(count: usize) -> Self {
        let mut closed = Closed::with_accounts(1).await;
        let store = closed.open(&closed.path()).unwrap();
        let log = closed.folder.0.path().join("gatewright.db-wal");
        let mut acknowledged = Vec::new();
        for number in 0..count {
            let signed_up = sign_up(&store, &closed.sample, &format!("late{number}")).await;
            closed.signed_up.push(signed_up);
            acknowledged.push(fs::metadata(&log).unwrap().len() as usize);
        }
        // The checkpointer moves pages after a second, and what is moved is in both.
        let (file, log) = (fs::read(closed.path()).unwrap(), fs::read(&log).unwrap());
        drop(store);
        Self { closed, file, log, acknowledged }
    }

    fn open(&self, log: &[u8]) -> (Folder, Result<SqliteStore, OpenError>) {
        let elsewhere = Folder::new();
        fs::write(elsewhere.database(), &self.file).unwrap();
        fs::write(elsewhere.0.path().join("gatewright.db-wal"), log).unwrap();
        let opened = self.closed.open(&elsewhere.database());
        (elsewhere, opened)
    }

    /// How many commits end behind this place of the log, in frames that begin there or later.
    fn commits_behind(&self, place: usize) -> usize {
        let frames = (32..self.log.len()).step_by(24 + PAGE).filter(|frame| *frame >= place);
        frames.filter(|frame| self.log[frame + 4..frame + 8] != [0; 4]).count()
    }

    /// That everybody is there who was acknowledged when the log was so long.
    async fn has_all_of(&self, store: &SqliteStore, length: usize) {
        for (number, acknowledged) in self.acknowledged.iter().enumerate() {
            let (account, _, standing) = &self.closed.signed_up[number + 1];
            if *acknowledged <= length {
                assert!(store.account(account.id).await.unwrap().is_some());
                assert_eq!(store.standing(standing.session.id).await.unwrap().as_ref(), Some(standing));
            }
        }
        store.integrity_check().await.unwrap();
    }
}

#[tokio::test]
async fn p11_a_log_that_was_cut_off_anywhere_has_all_that_was_acknowledged_before() {
    let crashed = Crashed::after_sign_ups(4).await;
    let whole = crashed.acknowledged[1]..=crashed.log.len();
    for length in whole.step_by(1237) {
        let (_folder, store) = crashed.open(&crashed.log[..length]);
        crashed.has_all_of(&store.unwrap(), length).await;
        // As a disk leaves it that wrote the end and not what comes before it.
        let mut torn = crashed.log.clone();
        torn.truncate(length + 24 + PAGE);
        let from = torn.len().saturating_sub(PAGE).max(crashed.acknowledged[1]);
        torn[from..].fill(0);
        let (_folder, store) = crashed.open(&torn);
        crashed.has_all_of(&store.unwrap(), from).await;
    }
}

/// SQLite would take the damage for the end, and what had been acknowledged and ended since would be undone.
#[tokio::test]
async fn p5_p11_a_log_that_is_damaged_before_its_end_is_refused_and_not_taken_for_a_shorter_one() {
    let crashed = Crashed::after_sign_ups(6).await;
    let mut refused = 0;
    let frames = (32..crashed.log.len()).step_by(24 + PAGE);
    let places = frames.flat_map(|frame| [frame + 13, frame + 24 + 100, frame + 24 + 3333]);
    for place in (0..32).step_by(5).chain(places) {
        let mut log = crashed.log.clone();
        log[place] ^= 16;
        let (_folder, opened) = crashed.open(&log);
        match opened {
            Err(OpenError::Damaged { found }) => {
                assert!(found.contains("its log does not have its checksum"), "{found}");
                refused += 1;
            }
            Ok(store) => {
                assert!(crashed.commits_behind(place) < 2, "byte {place} of the log is damaged");
                let frame = (place - 32) / (24 + PAGE);
                crashed.has_all_of(&store, 32 + frame * (24 + PAGE)).await;
            }
            Err(other) => panic!("{place}: {other:?}"),
        }
    }
    assert!(refused > 10, "{refused}");
}

/// What is in the log of a running store is compared, too, and damage is not moved into the file.
#[tokio::test]
async fn lg4_a_flipped_bit_in_the_log_of_a_running_store_is_not_served_and_not_moved_into_the_file() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    // A reading of somebody else that goes on: what comes now stays in the log.
    let reading = connect(&folder.database());
    reading.execute_batch("BEGIN; SELECT * FROM meta").unwrap();
    let (account, _, standing) = sign_up(&store, &sample, "ada").await;
    let log = folder.0.path().join("gatewright.db-wal");
    let mut bytes = fs::read(&log).unwrap();
    let id = standing.session.id.as_bytes().to_vec();
    let places: Vec<_> = (0..bytes.len() - id.len()).filter(|at| bytes[*at..].starts_with(&id)).collect();
    for at in &places {
        bytes[at + 1] ^= 1;
    }
    assert!(!places.is_empty());
    fs::write(&log, &bytes).unwrap();
    // The threads that read have nothing in their caches yet.
    let read = store.standing(standing.session.id).await;
    assert!(matches!(read, Err(StoreError::Unavailable { .. })), "{read:?}");
    assert!(store.stats().damaged > 0);
    assert!(store.account(account.id).await.unwrap().is_some(), "other pages are served");
    drop((reading, store));
    let file = fs::read(folder.database()).unwrap();
    let mut spoilt = id;
    spoilt[1] ^= 1;
    assert!(!file.windows(spoilt.len()).any(|it| it == spoilt), "it was moved into the file");
}
