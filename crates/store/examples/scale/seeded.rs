//! Sessions as if people had signed in yesterday: ten to an account, each with a chain whose first token anybody who knows
//! the recipe can make. Written past the ports, because through them ten millions would take hours.

use std::{fs, path::Path, pin::pin};

use bytes::Bytes;
use futures_util::SinkExt;
use gatewright_core::{
    model::{KeyNumber, MasterKeys, RefreshToken, Secret, SecretHash, SessionId, Timestamp},
    port::{Clock, SystemClock},
};
use tokio_postgres::NoTls;

const SESSIONS_PER_ACCOUNT: usize = 10;
const DAY: i64 = 86_400_000_000;
const KEY: KeyNumber = KeyNumber::new(1);

/// So many sessions, by recipe.
#[derive(Clone, Copy)]
pub(crate) struct Seeded {
    sessions: usize,
    now: Timestamp,
}

/// What differs between the rows of two sessions.
struct Row {
    id: SessionId,
    whose: [u8; 16],
    salt: [u8; 16],
    current: SecretHash,
    next: SecretHash,
}

impl Seeded {
    pub(crate) fn new(sessions: usize) -> Self {
        Self { sessions, now: SystemClock::starting_at(Timestamp::default()).now() }
    }

    pub(crate) fn sessions(&self) -> usize {
        self.sessions
    }

    pub(crate) fn master(&self) -> MasterKeys {
        MasterKeys::single(KEY, &Secret::new([0x5A; 32]))
    }

    /// The token that this session's client holds.
    pub(crate) fn first_token(&self, session: usize) -> String {
        let text = self.first(session).encode(&self.master()).expect("the master key is there");
        text.expose().to_owned()
    }

    fn first(&self, session: usize) -> RefreshToken {
        RefreshToken::first(KEY, self.session_id(session), Secret::new(bytes("secret", session)))
    }

    fn session_id(&self, session: usize) -> SessionId {
        let random: [u8; 32] = bytes("session", session);
        let born = Timestamp::from_micros(self.now.micros() - DAY + session as i64);
        SessionId::new(born, *random.first_chunk().expect("there are 32"))
    }

    /// Accounts and users share their ids: each account has one user.
    fn account_id(&self, account: usize) -> [u8; 16] {
        let random: [u8; 32] = bytes("account", account);
        let born = Timestamp::from_micros(self.now.micros() - 2 * DAY + account as i64);
        *SessionId::new(born, *random.first_chunk().expect("there are 32")).as_bytes()
    }

    fn row(&self, session: usize, master: &MasterKeys) -> Row {
        let first = self.first(session);
        let salt: [u8; 32] = bytes("salt", session);
        let salt = *salt.first_chunk().expect("there are 32");
        let next = first.successor(KEY, &salt, master).expect("the master key is there");
        // Ten sessions of an account are not neighbours: people do not sign in ten times at once.
        let whose = self.account_id(session % self.accounts());
        Row { id: first.session(), whose, salt, current: first.hash(), next: next.hash() }
    }

    fn accounts(&self) -> usize {
        self.sessions.div_ceil(SESSIONS_PER_ACCOUNT)
    }

    /// Fills a new file; how many bytes the sessions take, with their indexes.
    pub(crate) fn fill_sqlite(&self, path: &Path, make_schema: impl FnOnce()) -> u64 {
        make_schema();
        let connection = rusqlite::Connection::open_with_flags_and_vfs(
            path,
            rusqlite::OpenFlags::default(),
            gatewright_store::sqlite::layer(),
        )
        .unwrap();
        connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN").unwrap();
        let now = self.now.micros();
        for account in 0..self.accounts() {
            let (id, name) = (self.account_id(account), format!("person{account}"));
            let sql = "INSERT INTO accounts (id, email, email_key, epoch, created_at) VALUES (?1, ?2, ?2, 0, ?3)";
            let address = format!("{name}@example.test");
            connection.prepare_cached(sql).unwrap().execute((id, address, now - 2 * DAY)).unwrap();
            let sql =
                "INSERT INTO users (id, account_id, username, skeleton, rank, roles, metadata, app_metadata, epoch,
                           lock, created_at)
                       VALUES (?1, ?1, ?2, ?2, 'owner', '', '{}', '{}', 0, 'open', ?3)";
            connection.prepare_cached(sql).unwrap().execute((id, name, now - 2 * DAY)).unwrap();
        }
        connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let before = fs::metadata(path).unwrap().len();
        let master = self.master();
        for session in 0..self.sessions {
            if session.is_multiple_of(200_000) {
                connection.execute_batch(if session == 0 { "BEGIN" } else { "COMMIT; BEGIN" }).unwrap();
            }
            let row = self.row(session, &master);
            let sql = "INSERT INTO sessions (id, account_id, user_id, transport, created_at, absolute_end, idle_end,
                           auth_time, amr, account_epoch, user_epoch, salt, generation, current, next, current_key,
                           next_key, rotated_at, redeliveries, last_ip, last_user_agent)
                       VALUES (?1, ?2, ?2, 'hybrid', ?3, ?4, ?5, ?3, 'pwd', 0, 0, ?6, 1, ?7, ?8, 1, 1, ?3, 0, ?9, ?10)";
            let born = now - DAY;
            connection
                .prepare_cached(sql)
                .unwrap()
                .execute(rusqlite::params![
                    row.id.as_bytes(),
                    row.whose,
                    born,
                    born + 30 * DAY,
                    born + 14 * DAY,
                    row.salt,
                    row.current.as_bytes(),
                    row.next.as_bytes(),
                    [192_u8, 0, 2, 1],
                    USER_AGENT,
                ])
                .unwrap();
        }
        connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        fs::metadata(path).unwrap().len() - before
    }

    /// Fills an empty database that has its schema; how many bytes the sessions take, with their indexes.
    pub(crate) async fn fill_postgres(&self, url: &str) -> u64 {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        let talking = tokio::spawn(connection);
        let now = self.now.micros();
        let accounts = (0..self.accounts()).map(|account| {
            let id = hex(&self.account_id(account));
            format!("{id}\tperson{account}@example.test\tperson{account}@example.test\t0\t{}\n", now - 2 * DAY)
        });
        copy(&client, "accounts (id, email, email_key, epoch, created_at)", accounts).await;
        let users = (0..self.accounts()).map(|account| {
            let id = hex(&self.account_id(account));
            let name = format!("person{account}");
            format!("{id}\t{id}\t{name}\t{name}\towner\t\t{{}}\t{{}}\t0\topen\t{}\n", now - 2 * DAY)
        });
        let columns =
            "users (id, account_id, username, skeleton, rank, roles, metadata, app_metadata, epoch, lock, created_at)";
        copy(&client, columns, users).await;
        let master = self.master();
        let born = now - DAY;
        let sessions = (0..self.sessions).map(|session| {
            let row = self.row(session, &master);
            let (id, whose) = (hex(row.id.as_bytes()), hex(&row.whose));
            let (salt, current, next) = (hex(&row.salt), hex(row.current.as_bytes()), hex(row.next.as_bytes()));
            format!(
                "{id}\t{whose}\t{whose}\thybrid\t{born}\t{}\t{}\t{born}\tpwd\t0\t0\t\\\\x{salt}\t1\t\\\\x{current}\t\
                 \\\\x{next}\t1\t1\t{born}\t0\t\\\\xc0000201\t{USER_AGENT}\n",
                born + 30 * DAY,
                born + 14 * DAY,
            )
        });
        let columns = "sessions (id, account_id, user_id, transport, created_at, absolute_end, idle_end, auth_time, amr,
                           account_epoch, user_epoch, salt, generation, current, next, current_key, next_key, rotated_at,
                           redeliveries, last_ip, last_user_agent)";
        copy(&client, columns, sessions).await;
        client.batch_execute("VACUUM ANALYZE").await.unwrap();
        client.batch_execute("CHECKPOINT").await.unwrap_or_default();
        let bytes: i64 = client.query_one("SELECT pg_total_relation_size('sessions')", &[]).await.unwrap().get(0);
        drop(client);
        talking.await.unwrap().unwrap();
        bytes.unsigned_abs()
    }
}

const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn copy(client: &tokio_postgres::Client, into: &str, lines: impl Iterator<Item = String>) {
    let sink = client.copy_in::<_, Bytes>(&format!("COPY {into} FROM STDIN")).await.unwrap();
    let mut sink = pin!(sink);
    let mut batch = String::new();
    for line in lines {
        batch.push_str(&line);
        if batch.len() > 1 << 20 {
            sink.send(Bytes::from(std::mem::take(&mut batch))).await.unwrap();
        }
    }
    sink.send(Bytes::from(batch)).await.unwrap();
    sink.finish().await.unwrap();
}

/// Thirty-two bytes that look random, by recipe.
fn bytes(what: &str, number: usize) -> [u8; 32] {
    *SecretHash::of(format!("{what} {number}").as_bytes()).as_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |text, byte| format!("{text}{byte:02x}"))
}
