//! What is not copied, and what it says.

use gatewright_core::{model::Act, port::Accounts};
use gatewright_store::transfer::Role;
use gatewright_testkit::Sample;

use super::*;

#[tokio::test]
async fn a_file_that_is_in_use_is_refused_on_either_side() {
    let folder = Folder::new();
    let source = folder.filled("first.db", 10);
    let to = folder.place("second.db");
    let server = open_file(&folder.path("first.db")).unwrap();
    let refused = copy(&source, &to, RETIRE).await.unwrap_err();
    assert!(matches!(refused, TransferError::InUse { role: Role::Source }), "{refused:?}");
    drop(server);
    let server = open_file(&folder.path("second.db")).unwrap();
    let refused = copy(&source, &to, RETIRE).await.unwrap_err();
    assert!(matches!(refused, TransferError::InUse { role: Role::Target }), "{refused:?}");
    drop(server);
    copy(&source, &to, RETIRE).await.unwrap();
}

#[tokio::test]
async fn a_database_that_a_server_is_connected_to_is_refused_on_either_side() {
    let folder = Folder::new();
    let (database, place) = postgres();
    let server = open_postgres(&database).await.unwrap();
    let refused = copy(&folder.filled("first.db", 10), &place, RETIRE).await.unwrap_err();
    assert!(matches!(refused, TransferError::InUse { role: Role::Target }), "{refused:?}");
    let refused = copy(&place, &folder.place("second.db"), RETIRE).await.unwrap_err();
    assert!(matches!(refused, TransferError::InUse { role: Role::Source }), "{refused:?}");
    drop(server);
}

#[tokio::test]
async fn a_target_with_accounts_of_its_own_is_refused_and_left_as_it_is() {
    let folder = Folder::new();
    let source = folder.filled("first.db", 10);
    let (database, to) = postgres();
    let sample = Sample::default();
    let store = open_postgres(&database).await.unwrap();
    let new = sample.new_account("ada");
    let id = new.account.id;
    store.sign_up(new, sample.entry(id, Act::SignedUp)).await.unwrap();
    drop(store);
    let refused = copy(&source, &to, RETIRE).await.unwrap_err();
    assert!(matches!(refused, TransferError::NotEmpty { accounts: 1 }), "{refused:?}");
    assert_eq!(database.superuser_sql("SELECT count(*) FROM accounts"), "1");
    let file = folder.filled("second.db", 3);
    let refused = copy(&source, &file, RETIRE).await.unwrap_err();
    assert!(matches!(refused, TransferError::NotEmpty { accounts: 3 }), "{refused:?}");
    drop(open_file(&folder.path("second.db")).unwrap());
    assert_eq!(asked(&folder.path("first.db"), "SELECT is_backup FROM meta"), "Integer(0)");
}

#[tokio::test]
async fn keys_of_a_server_that_nobody_signed_up_at_make_room() {
    let folder = Folder::new();
    let source = folder.filled("first.db", 10);
    let (database, to) = postgres();
    drop(open_postgres(&database).await.unwrap());
    database.superuser_sql("INSERT INTO signing_keys VALUES ('old', 1, 'signing', 1, 1, 1, NULL, 'x')");
    copy(&source, &to, RETIRE).await.unwrap();
    assert_eq!(database.superuser_sql("SELECT count(*) FROM signing_keys WHERE kid = 'old'"), "0");
}

#[tokio::test]
async fn nothing_is_made_of_a_source_that_is_not_there() {
    let folder = Folder::new();
    let (database, empty) = postgres();
    for source in [folder.place("nothing.db"), empty] {
        let refused = copy(&source, &folder.place("second.db"), RETIRE).await.unwrap_err();
        assert!(matches!(refused, TransferError::NoSource), "{refused:?}");
    }
    assert!(!folder.path("nothing.db").exists() && !folder.path("second.db").exists());
    assert_eq!(database.superuser_sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

#[tokio::test]
async fn a_database_is_not_copied_to_itself_and_half_a_copy_not_on() {
    let folder = Folder::new();
    let source = folder.filled("first.db", 6000);
    let same = Place::Sqlite(folder.0.path().join(".").join("first.db"));
    assert!(matches!(copy(&source, &same, RETIRE).await.unwrap_err(), TransferError::Same));
    let half = folder.place("half.db");
    copy_until(&source, &half, |moment| moment.table == "users").await;
    let refused = copy(&half, &folder.place("third.db"), RETIRE).await.unwrap_err();
    assert!(matches!(refused, TransferError::HalfCopied), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_starts_while_its_database_is_copied_does_not_serve_it() {
    let folder = Folder::new();
    let source = folder.filled("first.db", 6000);
    let path = folder.path("first.db");
    let mut tried = false;
    let mut watch = |moment: Moment| {
        if !tried && moment.table == "sessions" {
            tried = true;
            assert!(open_file(&path).is_err(), "the file belongs to the copy");
        }
    };
    let to = folder.place("second.db");
    transfer::copy(&source, &to, RETIRE, &SystemEntropy::default(), &mut watch).await.unwrap();
    assert!(tried);
}
