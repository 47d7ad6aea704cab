//! Online backups and what a restored one does: SECURITY LG11, invariant P5.

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc, time::Duration};

use gatewright_core::{
    model::{Account, Act, Epoch, MailPurpose, SecretHash, Standing, User},
    port::{Accounts, Admins, Applied, MailTokens, Maintenance, NewAccount, Opened, Outbox, Sessions, StoreError},
};
use gatewright_store::sqlite::{Options, SqliteStore};
use gatewright_testkit::Sample;

use super::backend::{Folder, connect};

async fn signed_up(store: &SqliteStore, sample: &Sample, name: &str) -> (Account, User) {
    let new = sample.new_account(name);
    let NewAccount { account, owner, .. } = new.clone();
    store.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
    (account, owner)
}

async fn opened(store: &SqliteStore, sample: &Sample, account: &Account, user: &User) -> Standing {
    let opening = sample.opening(sample.session(account, user));
    match store.open(opening, sample.entry(account.id, Act::LoggedIn)).await.unwrap() {
        Opened::Done(standing) => standing,
        refused @ (Opened::Stale | Opened::Spent) => panic!("{refused:?}"),
    }
}

fn reopen(path: &std::path::Path, sample: &Sample) -> SqliteStore {
    let clock = Arc::clone(&sample.clock);
    SqliteStore::open(path, Options::default(), |_| clock).unwrap()
}

#[tokio::test]
async fn lg11_em1_what_mails_carried_in_a_backup_is_dead_and_what_waited_is_not_sent_again() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let (account, _) = signed_up(&store, &sample, "ada").await;
    let [reset, undo] =
        [MailPurpose::ResetPassword, MailPurpose::UndoEmail].map(|it| sample.mail_token(it, &account, 1));
    for token in [&reset, &undo] {
        store.issue(token.clone(), sample.letter(Some(account.id))).await.unwrap();
    }
    let backup = folder.0.path().join("backup.db");
    store.backup_to(&backup).await.unwrap();
    let waiting = store.outbox_stats().await.unwrap().waiting;
    assert!(waiting >= 2 && store.spend(reset.id, sample.now()).await.unwrap());
    drop(store);

    let store = reopen(&backup, &sample);
    assert!(!store.spend(reset.id, sample.now()).await.unwrap(), "it was used once since");
    assert!(store.spend(undo.id, sample.now()).await.unwrap(), "what it undoes is there again");
    assert_eq!(store.take_letters(sample.now(), Duration::from_secs(1), 100).await.unwrap(), []);
    let stats = store.outbox_stats().await.unwrap();
    assert_eq!((stats.waiting, stats.given_up), (0, waiting));
}

#[tokio::test]
async fn lg11_pw19_the_secret_for_the_first_admin_is_good_for_nothing_in_a_restored_backup() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let (secret, ends_at) = (SecretHash::of(b"a secret of sixteen bytes"), sample.now().plus(Duration::from_secs(60)));
    assert!(store.open_bootstrap(secret, ends_at, sample.entry(None, Act::BootstrapOpened)).await.unwrap());
    let backup = folder.0.path().join("backup.db");
    store.backup_to(&backup).await.unwrap();
    assert_eq!(store.bootstrap_secret(sample.now()).await.unwrap(), Some(secret));
    drop(store);
    assert_eq!(reopen(&backup, &sample).bootstrap_secret(sample.now()).await.unwrap(), None);
}

#[tokio::test]
async fn lg11_a_restored_backup_revives_no_session_that_has_ended_since() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let (account, user) = signed_up(&store, &sample, "ada").await;
    let ended = opened(&store, &sample, &account, &user).await;
    let backup = folder.0.path().join("backup.db");
    store.backup_to(&backup).await.unwrap();
    assert!(store.end(sample.end(ended.session.id), sample.entry(account.id, Act::LoggedOut)).await.unwrap());
    drop(store);

    sample.clock.advance(Duration::from_secs(100));
    let store = reopen(&backup, &sample);
    let standing = store.standing(ended.session.id).await.unwrap().unwrap();
    assert_eq!(standing.account.epoch, Epoch::new(1));
    assert_eq!(standing.store_promoted_at, Some(sample.now()));
    assert!(standing.dead(sample.now()).is_some());
    assert_eq!(store.rotate(sample.rotation(&ended)).await.unwrap(), Applied::Stale);
    let account = store.account(account.id).await.unwrap().unwrap();
    let fresh = opened(&store, &sample, &account, &user).await;
    assert_eq!(fresh.dead(sample.now()), None);
    drop(store);

    // It is restored once: another start ends nothing.
    sample.clock.advance(Duration::from_secs(100));
    let store = reopen(&backup, &sample);
    assert_eq!(store.standing(fresh.session.id).await.unwrap().unwrap(), fresh);
}

#[tokio::test]
async fn the_database_that_was_backed_up_goes_on_as_before() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let (account, user) = signed_up(&store, &sample, "ada").await;
    let standing = opened(&store, &sample, &account, &user).await;
    store.backup_to(&folder.0.path().join("backup.db")).await.unwrap();
    drop(store);
    let store = folder.open(&sample.clock);
    assert_eq!(store.standing(standing.session.id).await.unwrap().unwrap(), standing);
}

#[tokio::test]
async fn a_backup_shows_one_moment_while_writing_goes_on() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    for number in 0..300 {
        signed_up(&store, &sample, &format!("before{number}")).await;
    }
    let writing = async {
        for number in 0..300 {
            signed_up(&store, &sample, &format!("during{number}")).await;
        }
    };
    let backup = folder.0.path().join("backup.db");
    let (written, ()) = tokio::join!(store.backup_to(&backup), writing);
    written.unwrap();
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    let names: Vec<_> = fs::read_dir(folder.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().starts_with("backup.db-")), "{names:?}");

    let connection = connect(&backup);
    let count =
        |table| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap();
    let accounts = count("accounts");
    assert!((300..=600).contains(&accounts), "{accounts}");
    assert_eq!([count("users"), count("passwords"), count("activity")], [accounts; 3]);
    drop(connection);
    reopen(&backup, &sample).integrity_check().await.unwrap();
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_leaves_nothing_when_it_fails() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let taken = folder.0.path().join("precious.db");
    fs::write(&taken, "precious").unwrap();
    assert!(matches!(store.backup_to(&taken).await, Err(StoreError::Unavailable { .. })));
    assert_eq!(fs::read_to_string(&taken).unwrap(), "precious");
    let nowhere = folder.0.path().join("nowhere/backup.db");
    assert!(matches!(store.backup_to(&nowhere).await, Err(StoreError::Unavailable { .. })));
    assert!(!nowhere.parent().unwrap().exists());
}

/// The server was killed, and the operator puts a backup in the database's place without a thought for the log beside it.
#[tokio::test]
async fn p5_lg11_a_log_that_a_crash_left_is_not_read_as_the_continuation_of_a_restored_backup() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let (account, user) = signed_up(&store, &sample, "ada").await;
    let ended = opened(&store, &sample, &account, &user).await;
    let backup = folder.0.path().join("backup.db");
    store.backup_to(&backup).await.unwrap();
    assert!(store.end(sample.end(ended.session.id), sample.entry(account.id, Act::LoggedOut)).await.unwrap());
    store.ping().await.unwrap();
    let crashed = Folder::new();
    fs::copy(folder.0.path().join("gatewright.db-wal"), crashed.0.path().join("gatewright.db-wal")).unwrap();
    fs::copy(&backup, crashed.database()).unwrap();
    drop(store);

    let store = crashed.open(&sample.clock);
    let standing = store.standing(ended.session.id).await.unwrap().unwrap();
    assert_eq!(standing.account.epoch, Epoch::new(1), "it knows that it is a backup");
    assert!(standing.dead(sample.now()).is_some());
    assert!(crashed.0.path().join("gatewright.db-wal-of-another").exists());
    store.integrity_check().await.unwrap();
    drop(store);
    // Only what was never opened: its own log is its own.
    let store = crashed.open(&sample.clock);
    let (later, _) = signed_up(&store, &sample, "grace").await;
    let image = Folder::new();
    for name in ["gatewright.db", "gatewright.db-wal"] {
        fs::copy(crashed.0.path().join(name), image.0.path().join(name)).unwrap();
    }
    assert!(image.open(&sample.clock).account(later.id).await.unwrap().is_some());
}
