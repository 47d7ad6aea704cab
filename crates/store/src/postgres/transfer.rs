//! A PostgreSQL database as one side of a copy. What must stay true: a source's tables are locked against writers before the
//! snapshot is taken that is read from, in one transaction that lasts as long as the copy; and no server of ours is
//! connected to either side.

use std::{error::Error, num::NonZeroUsize, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::{BufMut, BytesMut};
use deadpool_postgres::{Object, Pool};
use gatewright_core::port::{Clock, StoreError, SystemClock};
use tokio_postgres::{
    Client,
    error::SqlState,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

use super::{
    Address, OpenError, Options,
    failure::Failure,
    migrations, open,
    promotion::{self, Historian},
    rows::{Cell, Columns, Cursor},
    statements,
    value::Value as Parameter,
};
use crate::transfer::{
    Role, TransferError, Use,
    page::{Key, Page, Value},
    side::{CopyId, Progress, Side, Stage},
    tables::{Kind, META, TABLES, Table, page_rows, tables},
};

/// What is said to one table.
struct Statements {
    count: &'static str,
    first: &'static str,
    next: &'static str,
    insert: &'static str,
}

macro_rules! listed {
    ($first:ident $(, $other:ident)*) => { concat!(stringify!($first) $(, ", ", stringify!($other))*) };
}
macro_rules! numbered {
    ($first:literal $(, $other:literal)*) => { concat!("$", $first $(, ", $", $other)*) };
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
                "INSERT INTO ", stringify!($name), " (", listed!($($column),+), ") SELECT * FROM unnest(",
                numbered!($($number),+), ")"
            ),
        }),+];
    };
}
tables!(spoken);

/// Takes the place of the row that a fresh database has; what it knows of its own server stays.
const WRITE_META: &str = "
    UPDATE meta SET clock_high = v.clock_high, store_promoted_at = v.store_promoted_at, is_backup = v.is_backup,
                    keys_version = v.keys_version
    FROM unnest($1, $2, $3, $4, $5) AS v (one, clock_high, store_promoted_at, is_backup, keys_version)
    WHERE meta.one = v.one";

const BEGIN: &str = "
    TRUNCATE accounts, passwords, users, pins, sessions, spent_selections, activity, activity_chain,
             activity_checkpoints, activity_counts, limits, signing_keys,
             mail_tokens, outbox, roles, service_keys, bootstrap, rules, listeners, deliveries,
             session_register, session_space;
    DROP TABLE IF EXISTS copying;
    CREATE TABLE copying (
        name TEXT PRIMARY KEY, copy BYTEA NOT NULL, copied BIGINT NOT NULL, last BYTEA, is_done BIGINT NOT NULL
    )";

/// Replaces the rows and not the table: the transaction that holds the snapshot may have read it.
const MARK: &str = "
    BEGIN;
    SET LOCAL lock_timeout = '10s';
    CREATE TABLE IF NOT EXISTS copy_mark (copy BYTEA NOT NULL, was_backup BIGINT NOT NULL);
    DELETE FROM copy_mark";

/// Waits for writers that are under way, and then keeps all others out; the snapshot is taken after that.
const LOCK: &str = "
    BEGIN ISOLATION LEVEL REPEATABLE READ;
    SET LOCAL lock_timeout = '10s';
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0;
    LOCK TABLE accounts, passwords, users, pins, sessions, spent_selections, activity, activity_chain,
               activity_checkpoints, activity_counts, limits, signing_keys,
               mail_tokens, outbox, roles, service_keys, bootstrap, rules, listeners, deliveries,
               session_register, session_space, meta
    IN SHARE MODE";

const ANALYZE: &str = "
    ANALYZE accounts, passwords, users, pins, sessions, spent_selections, activity, activity_chain,
            activity_checkpoints, activity_counts, limits, signing_keys,
            mail_tokens, outbox, roles, service_keys, bootstrap, rules, listeners, deliveries,
            session_register, session_space";

/// What the connections of a copy call themselves; those of a server begin with the same word.
const APPLICATION: &str = "gatewright-copy";

/// A process that was killed is known to the server for a moment longer.
const ATTEMPTS: u32 = 20;
const AGAIN_AFTER: Duration = Duration::from_millis(250);

const CONNECTIONS: NonZeroUsize = NonZeroUsize::new(2).expect("two is not zero");

fn statements_of(table: &Table) -> &'static Statements {
    &STATEMENTS[table.place]
}

async fn has_table(client: &Client, name: &str) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = $1";
    statements::exists(client, sql, &[name.into()]).await
}

/// Refuses a database that was not copied to the end.
pub(super) async fn refuse_half_copied(client: &Client) -> Result<(), OpenError> {
    if has_table(client, "copying").await? { Err(OpenError::HalfCopied) } else { Ok(()) }
}

/// Whoever opens a database to use it may change it: a copy of it that was broken off must not be gone on with.
pub(super) async fn forget_mark(client: &Client) -> Result<(), Failure> {
    if has_table(client, "copy_mark").await? {
        client.batch_execute("DROP TABLE IF EXISTS copy_mark").await?;
    }
    Ok(())
}

/// A database for a copy.
pub(crate) struct PgSide {
    /// Reads and writes rows; of a source, inside of one transaction.
    client: Object,
    /// What has to be durable while that transaction lasts.
    beside: Object,
}

impl PgSide {
    /// Connects to the database for `role`; the schema of a target is made if there is none.
    pub(crate) async fn open(address: &Address, role: Role) -> Result<Self, TransferError> {
        let refused = |error: OpenError| TransferError::Open { role, cause: error.into() };
        let mut address = address.clone();
        address.config.application_name(APPLICATION);
        let options = Options { connections: CONNECTIONS, ..Options::default() };
        let pool = open::pool(&address, &options, &Arc::default(), &Historian::default()).map_err(refused)?;
        let client = connect(&pool).await.map_err(refused)?;
        if role == Role::Source && !has_table(&client, "migrations").await.map_err(|it| refused(it.into()))? {
            return Err(TransferError::NoSource);
        }
        open::prepare(&client, Use::Copy).await.map_err(refused)?;
        let mut attempts = 0;
        while others(&client).await.map_err(|it| refused(it.into()))? {
            attempts += 1;
            if attempts == ATTEMPTS {
                return Err(TransferError::InUse { role });
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
        if role == Role::Source {
            // If it is a promoted replica that no server has noticed yet, the target has to know it, too.
            let clock = SystemClock::starting_at(open::latest_moment(&client).await.map_err(refused)?);
            promotion::note_history(&client, clock.now()).await.map_err(|it| refused(it.into()))?;
            client.batch_execute(LOCK).await.map_err(|error| match error.code() {
                Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => TransferError::InUse { role },
                _ => refused(error.into()),
            })?;
        }
        let beside = connect(&pool).await.map_err(refused)?;
        Ok(Self { client, beside })
    }
}

async fn connect(pool: &Pool) -> Result<Object, OpenError> {
    pool.get().await.map_err(|error| OpenError::Database(Box::new(error)))
}

/// Whether anything else of ours is connected as the same role, which may mean to the same tables.
async fn others(client: &Client) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM pg_stat_activity
               WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
                 AND application_name LIKE 'gatewright%'";
    statements::exists(client, sql, &[]).await
}

async fn done(work: impl Future<Output = Result<(), tokio_postgres::Error>>) -> Result<(), StoreError> {
    Ok(work.await.map_err(Failure::from)?)
}

#[async_trait]
impl Side for PgSide {
    async fn count(&self, table: &'static Table) -> Result<u64, StoreError> {
        number(&self.client, statements_of(table).count, table.name).await
    }

    async fn page(&self, table: &'static Table, after: Option<&Key>) -> Result<Page, StoreError> {
        Ok(read(&self.client, table, after).await?)
    }

    async fn in_redis(&self) -> Result<u64, StoreError> {
        number(&self.client, "SELECT count(*) FROM session_register WHERE ended_at IS NULL", "session_register").await
    }

    async fn mark(&self) -> Result<Option<Vec<u8>>, StoreError> {
        if !has_table(&self.client, "copy_mark").await? {
            return Ok(None);
        }
        let sql = "SELECT copy FROM copy_mark";
        Ok(statements::first(&self.client, sql, &[], |row| Cursor::new(row, "copy_mark", 0).blob()).await?)
    }

    async fn set_mark(&self, copy: &CopyId) -> Result<(), StoreError> {
        done(self.beside.batch_execute(MARK)).await?;
        let sql = "INSERT INTO copy_mark (copy, was_backup) SELECT $1, is_backup FROM meta";
        statements::run(&self.beside, sql, &[Parameter::Bytes(Some(copy))]).await?;
        done(self.beside.batch_execute("COMMIT")).await
    }

    async fn unretire(&self) -> Result<(), StoreError> {
        done(self.client.batch_execute("UPDATE meta SET is_backup = (SELECT was_backup FROM copy_mark)")).await
    }

    async fn retire(&self) -> Result<(), StoreError> {
        done(self.client.batch_execute("UPDATE meta SET is_backup = 1; COMMIT")).await
    }

    async fn release(&self) -> Result<(), StoreError> {
        // Ends the transaction, if nothing was to be changed in it.
        done(self.client.batch_execute("COMMIT")).await?;
        Ok(forget_mark(&self.beside).await?)
    }

    async fn progress(&self) -> Result<Vec<Progress>, StoreError> {
        if !has_table(&self.client, "copying").await? {
            return Ok(Vec::new());
        }
        let sql = "SELECT name, copy, copied, last, is_done FROM copying";
        let read = statements::all(&self.client, sql, &[], |row| {
            let mut cursor = Cursor::new(row, "copying", 0);
            Ok(Progress {
                table: cursor.text()?,
                copy: cursor.blob()?,
                rows: cursor.number()?,
                last: cursor.optional_blob()?.map(<[u8]>::to_vec),
                stage: if cursor.number::<i64>()? == 1 { Stage::Done } else { Stage::Open },
            })
        });
        Ok(read.await?)
    }

    async fn begin(&self, copy: &CopyId) -> Result<(), StoreError> {
        // A server that starts right now is either seen here, or sees what is made here.
        done(self.client.batch_execute("BEGIN; SET LOCAL lock_timeout = '10s'")).await?;
        statements::rows(&self.client, "SELECT pg_advisory_xact_lock($1)", &[migrations::LOCK.into()]).await?;
        let sql = "SELECT 1 FROM pg_stat_activity
                   WHERE datname = current_database() AND usename = current_user
                     AND application_name LIKE 'gatewright%' AND application_name <> 'gatewright-copy'";
        if statements::exists(&self.client, sql, &[]).await? {
            return Err(StoreError::unavailable(TransferError::InUse { role: Role::Target }));
        }
        done(self.client.batch_execute(BEGIN)).await?;
        for table in TABLES {
            let sql = "INSERT INTO copying (name, copy, copied, is_done) VALUES ($1, $2, 0, 0)";
            statements::run(&self.client, sql, &[table.name.into(), Parameter::Bytes(Some(copy))]).await?;
        }
        done(self.client.batch_execute("COMMIT")).await
    }

    async fn write(&self, page: Arc<Page>, rows: u64, stage: Stage) -> Result<(), StoreError> {
        // No waiting for the disk at each page: a commit that is lost takes its note of progress with it, and the last
        // commit of all, which waits, brings everything before it to the disk.
        done(self.client.batch_execute("BEGIN; SET LOCAL synchronous_commit = off")).await?;
        let table = page.table();
        if page.rows() > 0 {
            let sql = if table.name == META { WRITE_META } else { statements_of(table).insert };
            insert(&self.client, sql, &page).await?;
        }
        let sql = "UPDATE copying SET copied = $2, last = coalesce($3, last), is_done = $4 WHERE name = $1";
        let last = page.last_key().map(|key| key.to_bytes());
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let is_done = i64::from(stage == Stage::Done);
        let parameters = [table.name.into(), rows.into(), Parameter::Bytes(last.as_deref()), is_done.into()];
        statements::run(&self.client, sql, &parameters).await?;
        done(self.client.batch_execute("COMMIT")).await
    }

    async fn spoil(&self) -> Result<(), StoreError> {
        done(self.client.batch_execute("UPDATE copying SET copy = ''")).await
    }

    async fn finish(&self) -> Result<(), StoreError> {
        // The planner has to know that the tables are no longer empty.
        done(self.client.batch_execute(ANALYZE)).await?;
        done(self.client.batch_execute("DROP TABLE copying")).await
    }
}

async fn number(client: &Client, sql: &str, table: &'static str) -> Result<u64, StoreError> {
    let rows = statements::rows(client, sql, &[]).await?;
    match rows.first().map(|row| row.number(0)) {
        Some(Cell::Value(count)) => Ok(u64::try_from(count).unwrap_or(0)),
        Some(Cell::Null | Cell::Wrong) | None => Err(Failure::inconsistent(table, b"").into()),
    }
}

async fn read(client: &Client, table: &'static Table, after: Option<&Key>) -> Result<Page, Failure> {
    let Statements { first, next, .. } = statements_of(table);
    let rows = match after {
        None => statements::rows(client, first, &[]).await?,
        Some(key) => {
            let parameters: Vec<_> = key.values(table).zip(table.columns).map(parameter).collect();
            statements::rows(client, next, &parameters).await?
        }
    };
    let mut page = Page::new(table);
    for row in &rows {
        for (column, kind) in table.columns.iter().enumerate() {
            let is_there = match kind {
                Kind::Number => match row.number(column) {
                    Cell::Value(number) => {
                        page.push_number(number);
                        continue;
                    }
                    Cell::Null => Cell::Null,
                    Cell::Wrong => Cell::Wrong,
                },
                Kind::Id | Kind::Bytes => row.bytes(column),
                Kind::Text => match row.text(column) {
                    Cell::Value(text) => Cell::Value(text.as_bytes()),
                    Cell::Null => Cell::Null,
                    Cell::Wrong => Cell::Wrong,
                },
            };
            match is_there {
                Cell::Value(bytes) => page.push_bytes(*kind, bytes),
                Cell::Null => page.push_null(),
                Cell::Wrong => return Err(Cursor::new(row, table.name, 0).impossible()),
            }
        }
    }
    Ok(page)
}

fn parameter<'k>((value, kind): (Value<'k>, &Kind)) -> Parameter<'k> {
    match (value, kind) {
        (Value::Null, _) => Parameter::Number(None),
        (Value::Number(number), _) => Parameter::Number(Some(number)),
        (Value::Bytes(id), Kind::Id) => Parameter::Id(id.try_into().ok()),
        (Value::Bytes(bytes), _) => Parameter::Bytes(Some(bytes)),
        (Value::Text(text), _) => Parameter::Text(std::str::from_utf8(text).ok()),
    }
}

/// Adds all rows with one statement: each column is one array.
async fn insert(client: &Client, sql: &str, page: &Page) -> Result<(), Failure> {
    let columns: Vec<_> = (0..page.table().columns.len()).map(|column| Array { page, column }).collect();
    let typed: Vec<_> = columns.iter().map(|array| (array as &(dyn ToSql + Sync), array.kind())).collect();
    client.execute_typed(sql, &typed).await?;
    Ok(())
}

/// One column of a page, as an array in PostgreSQL's binary form.
#[derive(Debug)]
struct Array<'p> {
    page: &'p Page,
    column: usize,
}

impl Array<'_> {
    fn kind(&self) -> Type {
        match self.page.table().columns[self.column] {
            Kind::Id => Type::UUID_ARRAY,
            Kind::Bytes => Type::BYTEA_ARRAY,
            Kind::Number => Type::INT8_ARRAY,
            Kind::Text => Type::TEXT_ARRAY,
        }
    }

    fn element(&self) -> Type {
        match self.page.table().columns[self.column] {
            Kind::Id => Type::UUID,
            Kind::Bytes => Type::BYTEA,
            Kind::Number => Type::INT8,
            Kind::Text => Type::TEXT,
        }
    }
}

impl ToSql for Array<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        // One dimension, in which there may be nulls, counted from one.
        out.put_i32(1);
        out.put_i32(1);
        out.put_u32(self.element().oid());
        out.put_i32(i32::try_from(self.page.rows())?);
        out.put_i32(1);
        for row in 0..self.page.rows() {
            match self.page.value(row, self.column) {
                Value::Null => out.put_i32(-1),
                Value::Number(number) => {
                    out.put_i32(8);
                    out.put_i64(number);
                }
                Value::Bytes(bytes) | Value::Text(bytes) => {
                    out.put_i32(i32::try_from(bytes.len())?);
                    out.put_slice(bytes);
                }
            }
        }
        Ok(IsNull::No)
    }

    /// It is always bound as the type that it says itself.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gatewright_testkit::servers::Postgres;

    use super::*;
    use crate::transfer::tables::NAMES;

    #[tokio::test]
    async fn every_table_and_column_of_the_schema_is_copied_but_what_a_server_knows_of_itself() {
        let database = Postgres::shared().fresh_database();
        let address = Address::parse(&database.url()).unwrap();
        drop(PgSide::open(&address, Role::Target).await.unwrap());
        let columns = database.superuser_sql(
            "SELECT table_name || '.' || column_name FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name NOT IN ('migrations', 'leases')
               AND table_name || '.' || column_name NOT IN ('meta.system', 'meta.timeline')",
        );
        let schema: BTreeSet<String> = columns.lines().map(str::to_owned).collect();
        let copied = NAMES.iter().flat_map(|(table, columns)| columns.iter().map(move |it| format!("{table}.{it}")));
        assert_eq!(schema, copied.collect());
        for (table, _) in NAMES {
            assert!(*table == META || (BEGIN.contains(table) && LOCK.contains(table)), "{table}");
        }
    }
}
