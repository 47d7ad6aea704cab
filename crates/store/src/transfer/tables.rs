//! What is copied: every table with its key and its columns, in an order in which what is referred to comes first. What must
//! stay true: this list is the whole schema but for `leases` (who works where is not moved), the tables of the migrations
//! and of the copy itself, and what PostgreSQL knows of its own server; a test compares it with both schemas.

/// How many rows are read, written and compared at once. It stands in the statements, so it is a literal.
macro_rules! page_rows {
    () => {
        2000
    };
}

/// Hands the tables to the macro `$with`: a name, which databases have it, the key's columns and all columns, numbered as parameters are.
macro_rules! tables {
    ($with:ident) => {
        $with! {
            accounts Everywhere (1 id) [
                1 id Id, 2 email Text, 3 email_key Text, 4 email_verified_at Number, 5 epoch Number,
                6 disabled_at Number, 7 created_at Number
            ]
            passwords Everywhere (1 account_id) [1 account_id Id, 2 phc Text]
            users Everywhere (1 id) [
                1 id Id, 2 account_id Id, 3 username Text, 4 skeleton Text, 5 rank Text, 6 roles Text,
                7 display_name Text, 8 avatar_url Text, 9 locale Text, 10 metadata Text, 11 app_metadata Text,
                12 epoch Number, 13 disabled_at Number, 14 lock Text, 15 created_at Number
            ]
            pins Everywhere (1 user_id) [1 user_id Id, 2 phc Text]
            sessions Everywhere (1 id) [
                1 id Id, 2 account_id Id, 3 user_id Id, 4 transport Text, 5 label Text, 6 created_at Number,
                7 absolute_end Number, 8 idle_end Number, 9 auth_time Number, 10 amr Text, 11 ended_at Number,
                12 end_reason Text, 13 account_epoch Number, 14 user_epoch Number, 15 salt Bytes,
                16 generation Number, 17 current Bytes, 18 previous Bytes, 19 next Bytes, 20 current_key Number,
                21 next_key Number, 22 rotated_at Number, 23 redelivered_at Number, 24 redeliveries Number,
                25 retry_key Bytes, 26 last_ip Bytes, 27 last_user_agent Text
            ]
            spent_selections Everywhere (1 token) [1 token Id, 2 ends_at Number]
            activity Everywhere (1 account_id, 2 id) [
                1 account_id Id, 2 id Id, 3 at Number, 4 user_id Id, 5 session_id Id, 6 act Text, 7 reason Text,
                8 ip Bytes, 9 user_agent Text, 10 actor Text, 11 actor_id Id, 12 detail Text, 13 salt Bytes,
                14 commitment Bytes, 15 seq Number, 16 digest Bytes
            ]
            activity_chain Everywhere (1 one) [
                1 one Number, 2 begin_seq Number, 3 begin_digest Bytes, 4 head_seq Number, 5 head_digest Bytes,
                6 erased_seq Number, 7 personal_since Number
            ]
            activity_checkpoints Everywhere (1 head_seq, 2 at) [
                1 head_seq Number, 2 at Number, 3 head_digest Bytes, 4 begin_seq Number, 5 begin_digest Bytes,
                6 personal_since Number, 7 signed Text
            ]
            activity_counts Everywhere (1 hour, 2 what) [1 hour Number, 2 what Text, 3 count Number]
            limits Everywhere (1 key) [1 key Bytes, 2 count Number, 3 at Number, 4 fades_at Number]
            signing_keys Everywhere (1 kid) [
                1 kid Text, 2 position Number, 3 state Text, 4 created_at Number, 5 published_at Number,
                6 signing_since Number, 7 retiring_since Number, 8 sealed Bytes
            ]
            mail_tokens Everywhere (1 id) [
                1 id Id, 2 purpose Text, 3 account_id Id, 4 user_id Id, 5 email Text, 6 email_key Text, 7 link Bytes,
                8 code Bytes, 9 browser Bytes, 10 details Bytes, 11 tries Number, 12 created_at Number,
                13 ends_at Number, 14 used_at Number
            ]
            outbox Everywhere (1 id) [
                1 id Id, 2 account_id Id, 3 kind Text, 4 state Text, 5 sealed Bytes, 6 written_at Number,
                7 attempts Number, 8 due_at Number, 9 done_at Number, 10 last_error Text
            ]
            roles Everywhere (1 name) [1 name Text, 2 permissions Text, 3 changed_at Number]
            service_keys Everywhere (1 id) [
                1 id Id, 2 name Text, 3 permissions Text, 4 hash Bytes, 5 created_at Number, 6 ends_at Number,
                7 used_at Number
            ]
            bootstrap Everywhere (1 one) [1 one Number, 2 hash Bytes, 3 ends_at Number]
            rules Everywhere (1 id) [
                1 id Id, 2 name Text, 3 url Text, 4 moments Text, 5 acts Text, 6 timeout Number, 7 on_failure Text,
                8 namespace Text, 9 secret Bytes, 10 previous_secret Bytes, 11 state Text, 12 created_at Number,
                13 version Number
            ]
            listeners Everywhere (1 listener) [1 listener Text, 2 told_to Number]
            deliveries Everywhere (1 id) [
                1 id Id, 2 listener Text, 3 activity_id Id, 4 seq Number, 5 act Text, 6 account_id Id, 7 state Text,
                8 created_at Number, 9 attempts Number, 10 due_at Number, 11 done_at Number, 12 last_status Number,
                13 last_error Text
            ]
            session_register Postgres (1 id) [
                1 id Id, 2 account_id Id, 3 user_id Id, 4 created_at Number, 5 absolute_end Number,
                6 account_epoch Number, 7 user_epoch Number, 8 ended_at Number, 9 end_reason Text
            ]
            session_space Postgres (1 one) [
                1 one Number, 2 instance Text, 3 number Number, 4 incarnation Number, 5 beat Number, 6 server Text,
                7 promoted_at Number
            ]
            meta Everywhere (1 one) [
                1 one Number, 2 clock_high Number, 3 store_promoted_at Number, 4 is_backup Number,
                5 keys_version Number
            ]
        }
    };
}
pub(crate) use {page_rows, tables};

/// The most rows of a page; a page with fewer is a table's last.
pub(crate) const PAGE_ROWS: usize = page_rows!();

/// What a column holds, the same on every database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The sixteen bytes of an id.
    Id,
    /// Other bytes.
    Bytes,
    /// A number or a moment.
    Number,
    /// Text.
    Text,
}

/// Which databases have a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    Everywhere,
    /// PostgreSQL alone: what it knows of sessions whose tokens are in Redis.
    Postgres,
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// What the columns hold.
    pub(crate) columns: &'static [Kind],
    /// How many of the first columns are the key.
    pub(crate) key: usize,
    pub(crate) home: Home,
    /// Its place in [`TABLES`], by which a database finds its statements.
    pub(crate) place: usize,
}

macro_rules! described {
    ($($name:ident $home:ident ($($key_number:literal $key:ident),+) [$($number:literal $column:ident $kind:ident),+])+) => {
        /// Every table, in the order in which they are copied.
        pub(crate) const TABLES: &[Table] = &placed([
            $(Table {
                name: stringify!($name),
                columns: &[$(Kind::$kind),+],
                key: [$($key_number),+].len(),
                place: 0,
                home: Home::$home,
            }),+
        ]);
        /// The names of the columns, for the test that compares them with the schemas.
        #[cfg(test)]
        pub(crate) const NAMES: &[(&str, &[&str])] = &[$((stringify!($name), &[$(stringify!($column)),+])),+];
    };
}
tables!(described);

const fn placed<const N: usize>(mut tables: [Table; N]) -> [Table; N] {
    let mut place = 0;
    while place < N {
        tables[place].place = place;
        place += 1;
    }
    tables
}

/// The one row that is no content: what is written there takes the place of what a fresh database has.
pub(crate) const META: &str = "meta";
/// Which column of it says that the database is a backup.
pub(crate) const META_IS_BACKUP: usize = 3;
