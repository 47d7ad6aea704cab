//! Moving a database from one place to another, so that nobody is logged out. What must stay true:
//!
//! - The source does not change meanwhile: a SQLite file is locked for everybody else, PostgreSQL's tables are locked for
//!   whoever writes, and a source or a target that a server has open is refused.
//! - A target is usable only when every row of it was compared with the source's. Until then opening it is refused.
//! - A copy that was broken off, by whatever, goes on where it was, if nobody has opened the source since; otherwise it
//!   starts anew. Source and target know each other by the same random bytes.
//! - Of two places one is in use: the source is a backup afterwards, in which no session lives, unless it is to be kept.
//!
//! | file | what it is |
//! |---|---|
//! | `tables` | what is copied, and in which order |
//! | `page` | rows in memory, how they are compared and digested |
//! | `side` | what a database does for a copy: `sqlite/transfer.rs`, `postgres/transfer.rs` |

pub(crate) mod page;
pub(crate) mod side;
pub(crate) mod tables;

use std::{error::Error, fmt, fs, path::PathBuf, sync::Arc};

use gatewright_core::port::{Entropy, StoreError};

pub use self::page::Difference;
use self::{
    page::{Checksum, Key},
    side::{Progress, Side, Stage},
    tables::{Home, PAGE_ROWS, TABLES, Table},
};
use crate::{
    postgres::{Address, transfer::PgSide},
    sqlite::transfer::SqliteSide,
};

/// What a database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// To be a store.
    Serve,
    /// To be one side of a copy: half a copy is welcome.
    Copy,
}

/// Where a database is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Box<Address>),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

/// Which of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The one that is copied.
    Source,
    /// The one that it is copied to.
    Target,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "the source",
            Self::Target => "the target",
        })
    }
}

/// What becomes of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// It is a backup: whoever opens it ends every session in it.
    Retire,
    /// It stays as it is, and every session lives in two places, each of which knows nothing of the other.
    Keep,
}

/// What becomes of sessions whose tokens are in Redis, where the target has no place for them: SQLite does not work with Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InRedis {
    /// If there are any, nothing is copied.
    Refuse,
    /// They are left behind: these people sign in again.
    Leave,
}

/// What to do beside copying.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// With the source.
    pub afterwards: Afterwards,
    /// With sessions that are not in the database alone.
    pub in_redis: InRedis,
}

/// Why nothing was copied, or not everything. The texts say what to do.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// There is no file.
    #[error("there is no database to copy")]
    NoSource,
    /// Both are the same.
    #[error("the source and the target are the same database")]
    Same,
    /// It cannot be opened.
    #[error("{role} cannot be opened")]
    Open {
        /// Which one.
        role: Role,
        /// Why.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// A server, or another copy, has it open.
    #[error("{role} is in use: stop every server and every command that has it open, then run the copy again")]
    InUse {
        /// Which one.
        role: Role,
    },
    /// The source is half a copy itself.
    #[error("the source is itself the target of a copy that was not finished")]
    HalfCopied,
    /// The target has accounts of its own.
    #[error("the target has accounts of its own ({accounts}); copy to a database that is empty or not there")]
    NotEmpty {
        /// How many.
        accounts: u64,
    },
    /// Sessions would be left behind.
    #[error(
        "{sessions} sessions have their tokens in Redis, with which SQLite does not work: these people would have to sign in again"
    )]
    InRedis {
        /// How many.
        sessions: u64,
    },
    /// The comparison found a difference. The target stays unusable.
    #[error(
        "the copy is not the same as the source: in {table}, the row {id} {}; nothing can be served from the target. \
         Run the copy again: it starts anew", says(*.difference)
    )]
    Differs {
        /// Where.
        table: &'static str,
        /// The key of the first row that differs.
        id: String,
        /// How.
        difference: Difference,
    },
    /// Reading or writing failed. What is there stays there, and the same copy goes on with it.
    #[error("{role} failed; run the same copy again, it goes on where it was")]
    Failed {
        /// Which one.
        role: Role,
        /// Why.
        #[source]
        cause: StoreError,
    },
}

fn says(difference: Difference) -> &'static str {
    match difference {
        Difference::Missing => "is missing in the target",
        Difference::Extra => "is only in the target",
        Difference::Other => "has other values in the target",
    }
}

/// What a copy is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Rows are read and written.
    Copying,
    /// Rows of both sides are read and compared.
    Comparing,
}

/// How far a copy is. Rows are those of all tables together.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// What it is at.
    pub phase: Phase,
    /// Where it is.
    pub table: &'static str,
    /// Rows that are done in this phase, including those of an earlier run.
    pub rows: u64,
    /// Rows that an earlier run had done.
    pub before: u64,
    /// Rows that there are.
    pub of: u64,
}

/// A table that was copied and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub table: &'static str,
    /// How many rows.
    pub rows: u64,
    /// SHA-256 over all of them in the order of the key, in hexadecimal digits; the same on every kind of database.
    pub sha256: String,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Every table.
    pub tables: Vec<Copied>,
    /// Rows that an earlier run had copied.
    pub resumed_from: u64,
    /// Whether the source was a backup already: then every session ends when the target is opened, too.
    pub was_backup: bool,
}

/// Copies everything, compares everything, and gives the target free. `watch` is told how far it is, at each page.
///
/// Dropping the future breaks the copy off, as does killing the process.
///
/// # Errors
/// See [`TransferError`]. Whatever it is, the source is as it was, and a target that was touched is not usable.
pub async fn copy(
    from: &Place,
    to: &Place,
    plan: Plan,
    entropy: &dyn Entropy,
    watch: &mut (dyn FnMut(Moment) + Send),
) -> Result<Report, TransferError> {
    refuse_same(from, to)?;
    let source = open(from, Role::Source).await?;
    let target = open(to, Role::Target).await?;
    let is_everywhere = matches!((from, to), (Place::Postgres(_), Place::Postgres(_)));
    let tables = TABLES.iter().filter(|table| is_everywhere || table.home == Home::Everywhere).collect();
    if !is_everywhere && plan.in_redis == InRedis::Refuse {
        let sessions = source.in_redis().await.map_err(failed(Role::Source))?;
        if sessions > 0 {
            return Err(TransferError::InRedis { sessions });
        }
    }
    let mut work = Work { source: &*source, target: &*target, tables, before: 0, of: 0, watch };
    let progress = work.settle(entropy).await?;
    work.copy_all(&progress).await?;
    let (tables, was_backup) = match work.compare_all().await {
        Err(error @ TransferError::Differs { .. }) => {
            target.spoil().await.map_err(failed(Role::Target))?;
            return Err(error);
        }
        compared => compared?,
    };
    // In this order: if it ends between the two, there is one usable database too few, not one too many.
    if plan.afterwards == Afterwards::Retire {
        source.retire().await.map_err(failed(Role::Source))?;
    }
    target.finish().await.map_err(failed(Role::Target))?;
    source.release().await.map_err(failed(Role::Source))?;
    let resumed_from = work.before;
    Ok(Report { tables, resumed_from, was_backup })
}

fn refuse_same(from: &Place, to: &Place) -> Result<(), TransferError> {
    let is_same = match (from, to) {
        (Place::Sqlite(from), Place::Sqlite(to)) => {
            fs::canonicalize(from).is_ok_and(|from| fs::canonicalize(to).is_ok_and(|to| from == to))
        }
        (Place::Postgres(from), Place::Postgres(to)) => from.to_string() == to.to_string(),
        (Place::Sqlite(_), Place::Postgres(_)) | (Place::Postgres(_), Place::Sqlite(_)) => false,
    };
    if is_same { Err(TransferError::Same) } else { Ok(()) }
}

async fn open(place: &Place, role: Role) -> Result<Box<dyn Side>, TransferError> {
    Ok(match place {
        Place::Sqlite(path) => Box::new(SqliteSide::open(path, role)?),
        Place::Postgres(address) => Box::new(PgSide::open(address, role).await?),
    })
}

fn failed(role: Role) -> impl FnOnce(StoreError) -> TransferError {
    move |cause| TransferError::Failed { role, cause }
}

/// A copy that is under way.
struct Work<'c> {
    source: &'c dyn Side,
    target: &'c dyn Side,
    /// What both have.
    tables: Vec<&'static Table>,
    /// Rows that an earlier run had copied, and rows that there are.
    before: u64,
    of: u64,
    watch: &'c mut (dyn FnMut(Moment) + Send),
}

impl Work<'_> {
    /// Finds out whether there is something to go on with; otherwise begins anew.
    async fn settle(&mut self, entropy: &dyn Entropy) -> Result<Vec<Progress>, TransferError> {
        if !self.source.progress().await.map_err(failed(Role::Source))?.is_empty() {
            return Err(TransferError::HalfCopied);
        }
        for table in &self.tables {
            self.of += self.source.count(table).await.map_err(failed(Role::Source))?;
        }
        let mark = self.source.mark().await.map_err(failed(Role::Source))?;
        let progress = self.target.progress().await.map_err(failed(Role::Target))?;
        if let Some(mark) = mark
            && self.tables.iter().all(|table| progress.iter().any(|it| it.table == table.name && it.copy == mark))
        {
            self.source.unretire().await.map_err(failed(Role::Source))?;
            self.before = progress.iter().map(|it| it.rows).sum();
            return Ok(progress);
        }
        if progress.is_empty() {
            let accounts = self.target.count(&TABLES[0]).await.map_err(failed(Role::Target))?;
            if accounts > 0 {
                return Err(TransferError::NotEmpty { accounts });
            }
        }
        let mut id = [0; 16];
        entropy.fill(&mut id);
        self.target.begin(&id).await.map_err(failed(Role::Target))?;
        self.source.set_mark(&id).await.map_err(failed(Role::Source))?;
        Ok(Vec::new())
    }

    async fn copy_all(&mut self, progress: &[Progress]) -> Result<(), TransferError> {
        let mut done = self.before;
        for table in self.tables.clone() {
            let earlier = progress.iter().find(|it| it.table == table.name);
            if earlier.is_some_and(|it| it.stage == Stage::Done) {
                continue;
            }
            let after = earlier.and_then(|it| Key::from_bytes(it.last.as_ref()?));
            let rows = earlier.map_or(0, |it| it.rows);
            done += self.copy_table(table, after, rows, done).await?;
        }
        Ok(())
    }

    /// Copies the rows behind `after`, each page while the next one is read. Answers how many there were.
    async fn copy_table(
        &mut self,
        table: &'static Table,
        after: Option<Key>,
        before: u64,
        done: u64,
    ) -> Result<u64, TransferError> {
        let mut copied = 0;
        let mut page = self.source.page(table, after.as_ref()).await.map_err(failed(Role::Source))?;
        loop {
            let last = page.last_key();
            copied += u64::try_from(page.rows()).expect("a page is small");
            let stage = if page.rows() < PAGE_ROWS { Stage::Done } else { Stage::Open };
            let writing = self.target.write(Arc::new(page), before + copied, stage);
            let next = if stage == Stage::Done {
                writing.await.map_err(failed(Role::Target))?;
                None
            } else {
                let (next, written) = tokio::join!(self.source.page(table, last.as_ref()), writing);
                written.map_err(failed(Role::Target))?;
                Some(next.map_err(failed(Role::Source))?)
            };
            self.tell(Phase::Copying, table, done + copied);
            page = match next {
                Some(next) => next,
                None => return Ok(copied),
            };
        }
    }

    async fn compare_all(&mut self) -> Result<(Vec<Copied>, bool), TransferError> {
        let mut tables = Vec::new();
        let mut done = 0;
        let mut was_backup = false;
        for table in self.tables.clone() {
            let copied = self.compare(table, done, &mut was_backup).await?;
            done += copied.rows;
            tables.push(copied);
        }
        Ok((tables, was_backup))
    }

    /// Reads both sides in the same order and compares value by value.
    async fn compare(
        &mut self,
        table: &'static Table,
        done: u64,
        was_backup: &mut bool,
    ) -> Result<Copied, TransferError> {
        let mut checksum = Checksum::of(table);
        let mut rows = 0;
        let mut after: Option<Key> = None;
        loop {
            let (ours, theirs) =
                tokio::join!(self.source.page(table, after.as_ref()), self.target.page(table, after.as_ref()));
            let (ours, theirs) = (ours.map_err(failed(Role::Source))?, theirs.map_err(failed(Role::Target))?);
            if let Some((key, difference)) = ours.difference(&theirs) {
                return Err(TransferError::Differs { table: table.name, id: key.shown(table), difference });
            }
            if table.name == tables::META && ours.rows() == 1 {
                *was_backup = ours.value(0, tables::META_IS_BACKUP) == page::Value::Number(1);
            }
            checksum.add(&theirs);
            rows += u64::try_from(theirs.rows()).expect("a page is small");
            self.tell(Phase::Comparing, table, done + rows);
            after = theirs.last_key();
            if theirs.rows() < PAGE_ROWS {
                return Ok(Copied { table: table.name, rows, sha256: checksum.finish() });
            }
        }
    }

    fn tell(&mut self, phase: Phase, table: &'static Table, rows: u64) {
        let before = if phase == Phase::Copying { self.before } else { 0 };
        (self.watch)(Moment { phase, table: table.name, rows, before, of: self.of });
    }
}
