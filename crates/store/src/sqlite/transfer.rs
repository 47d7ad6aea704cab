//! A SQLite file as one side of a copy. What must stay true: from being opened to being closed it belongs to this process
//! alone (SQLite's exclusive locking mode), so that no server changes it meanwhile, and one that runs is noticed.

use std::{fs, path::Path, sync::Arc};

use async_trait::async_trait;
use gatewright_core::port::StoreError;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, ToSql, params, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    OpenError, Options,
    connection::{self, Purpose},
    failure::{Failure, Refusal},
    open, threads,
};
use crate::sync::{
    JoinHandle,
    mpsc::{SyncSender, sync_channel},
    oneshot,
};
use crate::transfer::{
    Role, TransferError, Use,
    page::{Key, Page, Value},
    side::{CopyId, Progress, Side, Stage},
    tables::{Home, Kind, META, TABLES, Table, page_rows, tables},
};

/// What is said to one table.
struct Statements {
    count: &'static str,
    first: &'static str,
    next: &'static str,
    insert: &'static str,
    clear: &'static str,
}

macro_rules! listed {
    ($first:ident $(, $other:ident)*) => { concat!(stringify!($first) $(, ", ", stringify!($other))*) };
}
macro_rules! numbered {
    ($first:literal $(, $other:literal)*) => { concat!("?", $first $(, ", ?", $other)*) };
}
macro_rules! spoken {
    ($($name:ident $home:ident ($($key_number:literal $key:ident),+) [$($number:literal $column:ident $kind:ident),+])+) => {
        const STATEMENTS: &[Statements] = &[$(Statements {
            count: concat!("SELECT count(*) FROM ", stringify!($name)),
            first: concat!(
                "SELECT ", listed!($($column),+), " FROM ", stringify!($name),
                " ORDER BY ", listed!($($key),+), " LIMIT ", page_rows!()
            ),
            next: concat!(
                "SELECT ", listed!($($column),+), " FROM ", stringify!($name),
                " WHERE (", listed!($($key),+), ") > (", numbered!($($key_number),+),
                ") ORDER BY ", listed!($($key),+), " LIMIT ", page_rows!()
            ),
            insert: concat!(
                "INSERT INTO ", stringify!($name), " (", listed!($($column),+), ") VALUES (",
                numbered!($($number),+), ")"
            ),
            clear: concat!("DELETE FROM ", stringify!($name)),
        }),+];
    };
}
tables!(spoken);

/// Takes the place of the row that a fresh database has.
const WRITE_META: &str =
    "UPDATE meta SET one = ?1, clock_high = ?2, store_promoted_at = ?3, is_backup = ?4, keys_version = ?5";

const BEGIN: &str = "
    DROP TABLE IF EXISTS copying;
    CREATE TABLE copying (
        name TEXT PRIMARY KEY, copy BLOB NOT NULL, copied INTEGER NOT NULL, last BLOB, is_done INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID";

const MARK: &str = "
    DROP TABLE IF EXISTS copy_mark;
    CREATE TABLE copy_mark (copy BLOB NOT NULL, was_backup INTEGER NOT NULL) STRICT";

fn statements(table: &Table) -> &'static Statements {
    &STATEMENTS[table.place]
}

fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?.exists([name])
}

/// Refuses a file that was not copied to the end.
pub(super) fn refuse_half_copied(connection: &Connection) -> Result<(), OpenError> {
    if has_table(connection, "copying")? { Err(OpenError::HalfCopied) } else { Ok(()) }
}

/// Whoever opens a file to use it may change it: a copy of it that was broken off must not be gone on with.
pub(super) fn forget_mark(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("DROP TABLE IF EXISTS copy_mark")
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A file that nobody else can open, and the thread that works on it.
pub(crate) struct SqliteSide {
    // Taken when it is closed: the thread ends then.
    jobs: Option<SyncSender<Job>>,
    thread: Vec<JoinHandle<()>>,
}

impl SqliteSide {
    /// Opens the file for `role`; a target is made if there is none.
    pub(crate) fn open(path: &Path, role: Role) -> Result<Self, TransferError> {
        let refused = |error: OpenError| {
            if let OpenError::Database(cause) = &error
                && is_locked(&**cause)
            {
                return TransferError::InUse { role };
            }
            TransferError::Open { role, cause: error.into() }
        };
        if role == Role::Source && !fs::exists(path).map_err(|error| refused(error.into()))? {
            return Err(TransferError::NoSource);
        }
        let options = Options::default();
        drop(open::prepare(path, &options, Use::Copy).map_err(refused)?);
        let connection = connection::open(path, Purpose::Alone, options.busy_timeout);
        let mut connection = connection.map_err(|error| refused(error.into()))?;
        let (jobs, queue) = sync_channel::<Job>(1);
        let thread = threads::start("gw-sqlite-copy", move || {
            while let Ok(job) = queue.recv() {
                job(&mut connection);
            }
        });
        let thread = thread.map_err(|error| refused(error.into()))?;
        Ok(Self { jobs: Some(jobs), thread: vec![thread] })
    }

    async fn run<T: Send + 'static>(
        &self,
        body: impl FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // A caller that no longer waits has no use for it.
            let _gone = caller.send(body(connection));
        });
        let jobs = self.jobs.as_ref().expect("it is only taken when nobody has the side any more");
        jobs.send(job).map_err(|_| StoreError::from(Failure::from(Refusal::Closed)))?;
        Ok(answer.await.map_err(Failure::from)??)
    }
}

/// Closes the file; as nobody else has it open, the whole log is moved into it and removed.
impl Drop for SqliteSide {
    fn drop(&mut self) {
        self.jobs = None;
        super::join(&mut self.thread);
    }
}

fn is_locked(cause: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let code = cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

#[async_trait]
impl Side for SqliteSide {
    async fn count(&self, table: &'static Table) -> Result<u64, StoreError> {
        let sql = statements(table).count;
        self.run(|connection| Ok(connection.query_row(sql, [], |row| row.get(0)).map(count)?)).await
    }

    async fn page(&self, table: &'static Table, after: Option<&Key>) -> Result<Page, StoreError> {
        let after = after.cloned();
        self.run(move |connection| read(connection, table, after.as_ref())).await
    }

    async fn in_redis(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn mark(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.run(|connection| {
            if !has_table(connection, "copy_mark")? {
                return Ok(None);
            }
            Ok(connection.query_row("SELECT copy FROM copy_mark", [], |row| row.get(0)).optional()?)
        })
        .await
    }

    async fn set_mark(&self, copy: &CopyId) -> Result<(), StoreError> {
        let copy = *copy;
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            transaction.execute_batch(MARK)?;
            transaction.execute("INSERT INTO copy_mark (copy, was_backup) SELECT ?1, is_backup FROM meta", [copy])?;
            Ok(transaction.commit()?)
        })
        .await
    }

    async fn unretire(&self) -> Result<(), StoreError> {
        let sql = "UPDATE meta SET is_backup = (SELECT was_backup FROM copy_mark)";
        self.run(|connection| Ok(connection.execute(sql, []).map(drop)?)).await
    }

    async fn retire(&self) -> Result<(), StoreError> {
        self.run(|connection| {
            connection.pragma_update(None, "synchronous", "full")?;
            Ok(connection.execute("UPDATE meta SET is_backup = 1", []).map(drop)?)
        })
        .await
    }

    async fn release(&self) -> Result<(), StoreError> {
        self.run(|connection| Ok(forget_mark(connection)?)).await
    }

    async fn progress(&self) -> Result<Vec<Progress>, StoreError> {
        self.run(|connection| {
            if !has_table(connection, "copying")? {
                return Ok(Vec::new());
            }
            let mut statement = connection.prepare("SELECT name, copy, copied, last, is_done FROM copying")?;
            let rows = statement.query_map([], |row| {
                let stage = if row.get(4)? { Stage::Done } else { Stage::Open };
                Ok(Progress {
                    table: row.get(0)?,
                    copy: row.get(1)?,
                    rows: count(row.get(2)?),
                    last: row.get(3)?,
                    stage,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn begin(&self, copy: &CopyId) -> Result<(), StoreError> {
        let copy = *copy;
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            transaction.execute_batch(BEGIN)?;
            for table in TABLES.iter().rev().filter(|table| table.home == Home::Everywhere) {
                let sql = "INSERT INTO copying (name, copy, copied, is_done) VALUES (?1, ?2, 0, 0)";
                transaction.execute(sql, params![table.name, copy])?;
                if table.name != META {
                    transaction.execute(statements(table).clear, [])?;
                }
            }
            Ok(transaction.commit()?)
        })
        .await
    }

    async fn write(&self, page: Arc<Page>, rows: u64, stage: Stage) -> Result<(), StoreError> {
        self.run(move |connection| write(connection, &page, rows, stage)).await
    }

    async fn spoil(&self) -> Result<(), StoreError> {
        self.run(|connection| Ok(connection.execute("UPDATE copying SET copy = x''", []).map(drop)?)).await
    }

    async fn finish(&self) -> Result<(), StoreError> {
        self.run(|connection| {
            // What was written before this commit is on the disk when it is.
            connection.pragma_update(None, "synchronous", "full")?;
            Ok(connection.execute_batch("DROP TABLE copying")?)
        })
        .await
    }
}

fn count(found: i64) -> u64 {
    u64::try_from(found).unwrap_or(0)
}

fn read(connection: &Connection, table: &'static Table, after: Option<&Key>) -> Result<Page, Failure> {
    let Statements { first, next, .. } = statements(table);
    let mut statement = connection.prepare_cached(if after.is_some() { next } else { first })?;
    let mut rows = match after {
        Some(key) => statement.query(params_from_iter(key.values(table).map(Bound)))?,
        None => statement.query([])?,
    };
    let mut page = Page::new(table);
    while let Some(row) = rows.next()? {
        for (column, kind) in table.columns.iter().enumerate() {
            match (row.get_ref(column)?, kind) {
                (ValueRef::Null, _) => page.push_null(),
                (ValueRef::Integer(number), Kind::Number) => page.push_number(number),
                (ValueRef::Blob(id), Kind::Id) if id.len() == 16 => page.push_bytes(Kind::Id, id),
                (ValueRef::Blob(bytes), Kind::Bytes) => page.push_bytes(Kind::Bytes, bytes),
                (ValueRef::Text(text), Kind::Text) if std::str::from_utf8(text).is_ok() => {
                    page.push_bytes(Kind::Text, text);
                }
                _ => return Err(impossible(table, row)),
            }
        }
    }
    Ok(page)
}

fn impossible(table: &'static Table, row: &rusqlite::Row<'_>) -> Failure {
    let id = row.get_ref(0).ok().and_then(|id| id.as_bytes_or_null().ok().flatten());
    Failure::inconsistent(table.name, id.unwrap_or_default())
}

fn write(connection: &mut Connection, page: &Page, rows: u64, stage: Stage) -> Result<(), Failure> {
    let transaction = connection.transaction()?;
    let table = page.table();
    {
        let sql = if table.name == META { WRITE_META } else { statements(table).insert };
        let mut statement = transaction.prepare_cached(sql)?;
        for row in 0..page.rows() {
            statement.execute(params_from_iter(page.row(row).map(Bound)))?;
        }
    }
    let sql = "UPDATE copying SET copied = ?2, last = coalesce(?3, last), is_done = ?4 WHERE name = ?1";
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let last = page.last_key().map(|key| key.to_bytes());
    transaction.prepare_cached(sql)?.execute(params![table.name, rows, last, stage == Stage::Done])?;
    Ok(transaction.commit()?)
}

/// A value as a parameter.
struct Bound<'p>(Value<'p>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Number(number) => ValueRef::Integer(number),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            Value::Text(text) => ValueRef::Text(text),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::transfer::tables::NAMES;

    #[test]
    fn every_table_and_column_of_the_schema_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gatewright.db");
        let connection = open::prepare(&path, &Options::default(), Use::Serve).unwrap();
        let sql = "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c
                   WHERE t.type = 'table' AND t.name NOT IN ('migrations', 'leases')";
        let mut statement = connection.prepare(sql).unwrap();
        let schema: BTreeSet<String> =
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        let here = NAMES.iter().zip(TABLES).filter(|(_, table)| table.home == Home::Everywhere);
        let copied = here.flat_map(|((table, columns), _)| columns.iter().map(move |it| format!("{table}.{it}")));
        assert_eq!(schema, copied.collect());
    }
}
