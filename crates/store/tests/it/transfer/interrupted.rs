//! A copy that was broken off goes on, or starts anew if it must; meanwhile nobody uses what is there.

use super::*;

const ACCOUNTS: i64 = 9000;

/// Stops in the middle of the sessions.
fn in_sessions(moment: Moment) -> bool {
    moment.phase == Phase::Copying && moment.table == "sessions"
}

#[tokio::test]
async fn a_copy_that_was_broken_off_goes_on_where_it_was_and_ends_the_same() {
    let folder = Folder::new();
    let source = folder.filled("first.db", ACCOUNTS);
    let whole = copy(&source, &folder.place("whole.db"), KEEP).await.unwrap();
    let (database, to) = postgres();
    copy_until(&source, &to, in_sessions).await;
    let there: u64 = database.superuser_sql("SELECT count(*) FROM sessions").parse().unwrap();
    assert!((2000..9000).contains(&there), "{there}");

    let refused = open_postgres(&database).await.unwrap_err();
    assert!(matches!(refused, postgres::OpenError::HalfCopied), "{refused}");

    let report = copy(&source, &to, RETIRE).await.unwrap();
    // Accounts, passwords, users, a tenth of PINs, and the sessions that were there.
    assert_eq!(report.resumed_from, 27_900 + there);
    assert_eq!(report.tables, whole.tables);
    drop(open_postgres(&database).await.unwrap());
}

#[tokio::test]
async fn the_same_in_a_file_and_also_when_everything_is_copied_and_nothing_compared() {
    let folder = Folder::new();
    let source = folder.filled("first.db", ACCOUNTS);
    let to = folder.place("second.db");
    copy_until(&source, &to, in_sessions).await;
    let refused = open_file(&folder.path("second.db")).unwrap_err();
    assert!(matches!(refused, sqlite::OpenError::HalfCopied), "{refused}");
    copy_until(&source, &to, |moment| moment.phase == Phase::Comparing && moment.table == "users").await;
    let refused = open_file(&folder.path("second.db")).unwrap_err();
    assert!(matches!(refused, sqlite::OpenError::HalfCopied), "{refused}");
    let report = copy(&source, &to, RETIRE).await.unwrap();
    assert_eq!(report.resumed_from, report.tables.iter().map(|table| table.rows).sum::<u64>());
    drop(open_file(&folder.path("second.db")).unwrap());
}

#[tokio::test]
async fn a_copy_whose_source_was_opened_meanwhile_starts_anew() {
    let folder = Folder::new();
    let source = folder.filled("first.db", ACCOUNTS);
    let (_database, to) = postgres();
    copy_until(&source, &to, in_sessions).await;
    // Somebody serves it for a while; a row that was copied changes.
    drop(open_file(&folder.path("first.db")).unwrap());
    let path = folder.path("first.db");
    let changed = "UPDATE accounts SET epoch = 77 WHERE id = (SELECT min(id) FROM accounts) RETURNING epoch";
    assert_eq!(asked(&path, changed), "Integer(77)");
    let report = copy(&source, &to, RETIRE).await.unwrap();
    assert_eq!(report.resumed_from, 0);
}

#[tokio::test]
async fn the_same_for_a_source_in_postgres() {
    let folder = Folder::new();
    let (database, source) = postgres();
    copy(&folder.filled("first.db", ACCOUNTS), &source, KEEP).await.unwrap();
    let to = folder.place("second.db");
    copy_until(&source, &to, in_sessions).await;
    copy_until(&source, &to, |moment| moment.before > 0).await;
    drop(open_postgres(&database).await.unwrap());
    database.superuser_sql("UPDATE accounts SET epoch = 77");
    let report = copy(&source, &to, RETIRE).await.unwrap();
    assert_eq!(report.resumed_from, 0);
    assert_eq!(database.superuser_sql("SELECT is_backup FROM meta"), "1");
}

#[tokio::test]
async fn what_was_broken_off_to_one_place_is_copied_to_another() {
    let folder = Folder::new();
    let (_database, source) = postgres();
    copy(&folder.filled("first.db", ACCOUNTS), &source, KEEP).await.unwrap();
    let first = folder.place("second.db");
    copy_until(&source, &first, in_sessions).await;
    let elsewhere = copy(&source, &folder.place("third.db"), KEEP).await.unwrap();
    assert_eq!(elsewhere.resumed_from, 0);
    assert_eq!(copy(&source, &first, RETIRE).await.unwrap().tables, elsewhere.tables);
}

#[tokio::test]
async fn a_change_past_every_lock_is_found_by_the_comparison_and_mended_by_the_next_run() {
    let folder = Folder::new();
    let source = folder.filled("first.db", ACCOUNTS);
    let to = folder.place("second.db");
    copy_until(&source, &to, in_sessions).await;
    // As a program does that knows nothing of marks.
    asked(
        &folder.path("first.db"),
        "UPDATE users SET epoch = 77 WHERE id = (SELECT max(id) FROM users) RETURNING epoch",
    );
    let refused = copy(&source, &to, RETIRE).await.unwrap_err();
    assert!(matches!(refused, TransferError::Differs { table: "users", .. }), "{refused:?}");
    assert_eq!(copy(&source, &to, RETIRE).await.unwrap().resumed_from, 0);
}

#[tokio::test]
async fn a_row_that_was_spoilt_in_the_target_is_named_and_the_target_stays_unusable() {
    let folder = Folder::new();
    let source = folder.filled("first.db", 300);
    for (spoil, says) in [
        (
            "UPDATE sessions SET ended_at = NULL, end_reason = NULL WHERE end_reason = 'logout'",
            "has other values in the target",
        ),
        ("DELETE FROM sessions WHERE end_reason = 'logout'", "is missing in the target"),
    ] {
        let (database, to) = postgres();
        copy_until(&source, &to, |moment| moment.phase == Phase::Comparing && moment.table == "accounts").await;
        let first = database.superuser_sql("SELECT min(id::text) FROM sessions WHERE end_reason = 'logout'");
        database.superuser_sql(spoil);
        let refused = copy(&source, &to, RETIRE).await.unwrap_err();
        assert!(refused.to_string().contains(&format!("in sessions, the row {first} {says}")), "{refused}");
        assert!(matches!(open_postgres(&database).await.unwrap_err(), postgres::OpenError::HalfCopied));
        assert_eq!(copy(&source, &to, KEEP).await.unwrap().resumed_from, 0);
    }
}
