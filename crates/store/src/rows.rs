//! Rows as values of the model, whatever database they come from. What must stay true: whatever a row holds, reading it
//! either gives a value or says which row is impossible; nothing here panics.

mod activity;
mod administration;
mod rules;

use std::{net::IpAddr, time::Duration};

use gatewright_core::{
    model::{
        Account, AccountId, AuthMethod, Chain, ClientLabel, Email, EndReason, Epoch, KeyNumber, LetterId, Lock,
        MailPurpose, MailTokenId, Metadata, Profile, Rank, RoleName, Roles, SecretHash, Session, SessionId,
        SessionState, Standing, Timestamp, Transport, User, UserAgent, UserId, Username,
    },
    port::{DueLetter, LetterState, LetterSummary, StoredMailToken},
};

/// The columns of an account, in the order in which [`account`] reads them.
macro_rules! account_columns {
    () => {
        "a.id, a.email, a.email_key, a.email_verified_at, a.epoch, a.disabled_at, a.created_at"
    };
}
/// The columns of a user, in the order in which [`user`] reads them.
macro_rules! user_columns {
    () => {
        "u.id, u.account_id, u.username, u.skeleton, u.rank, u.roles, u.display_name, u.avatar_url, u.locale, \
         u.metadata, u.app_metadata, u.epoch, u.disabled_at, u.lock, u.created_at"
    };
}
/// The columns of a session, in the order in which [`session`] reads them.
macro_rules! session_columns {
    () => {
        "s.id, s.account_id, s.user_id, s.transport, s.label, s.created_at, s.absolute_end, s.idle_end, s.auth_time, \
         s.amr, s.ended_at, s.end_reason, s.account_epoch, s.user_epoch, s.salt, s.generation, s.current, s.previous, \
         s.next, s.current_key, s.next_key, s.rotated_at, s.redelivered_at, s.redeliveries, s.retry_key, s.last_ip, \
         s.last_user_agent"
    };
}
/// The columns of an entry of the activity log, in the order in which [`activity`] reads them, but for the salt, which follows.
macro_rules! activity_columns {
    () => {
        "id, at, account_id, user_id, session_id, act, reason, actor, actor_id, detail, ip, user_agent"
    };
}
/// The columns of a checkpoint, in the order in which [`checkpoint`] reads them.
macro_rules! checkpoint_columns {
    () => {
        "begin_seq, begin_digest, head_seq, head_digest, personal_since, at, signed"
    };
}
/// The columns of what a mail carries, in the order in which [`mail_token`] reads them.
macro_rules! mail_token_columns {
    () => {
        "id, purpose, account_id, user_id, email, email_key, link, code, browser, details, tries, created_at, ends_at, \
         used_at"
    };
}
/// The columns of a webhook, in the order in which [`rule`] reads them.
macro_rules! rule_columns {
    () => {
        "id, name, url, moments, acts, timeout, on_failure, namespace, secret, previous_secret, state, created_at, version"
    };
}
/// The columns of a delivery, in the order in which [`delivery`] reads them.
macro_rules! delivery_columns {
    () => {
        "id, listener, activity_id, seq, act, account_id, state, created_at, attempts, due_at, done_at, last_status, \
         last_error"
    };
}
/// The columns of a letter, in the order in which [`letter_summary`] reads them.
macro_rules! letter_columns {
    () => {
        "id, account_id, kind, state, written_at, attempts, due_at, done_at, last_error"
    };
}
pub(crate) use activity::{activity, chain_state, chained, checkpoint, hourly_count, link, step, waiting};
pub(crate) use administration::{
    administered, is_as_seen, is_enabled_admin, permission_names, role, role_names, service_key,
};
pub(crate) use rules::{
    after_try, at_most, count, delivery, due_delivery, moments_and_acts, rule, timeout_micros, told,
};
pub(crate) use {
    account_columns, activity_columns, checkpoint_columns, delivery_columns, letter_columns, mail_token_columns,
    rule_columns, session_columns, user_columns,
};

/// A value in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell<T> {
    /// There is none.
    Null,
    /// There is one of the kind that was asked for.
    Value(T),
    /// There is one of another kind, or no such column.
    Wrong,
}

/// A row as a database gives it.
pub(crate) trait Columns {
    /// What goes wrong with this database.
    type Failure: From<Impossible>;

    /// Bytes, or an id.
    fn bytes(&self, column: usize) -> Cell<&[u8]>;

    /// A number.
    fn number(&self, column: usize) -> Cell<i64>;

    /// Text.
    fn text(&self, column: usize) -> Cell<&str>;
}

/// A row that cannot be: somebody else wrote it, or we have a bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Impossible {
    pub(crate) table: &'static str,
    /// Its id in hexadecimal digits.
    pub(crate) id: String,
}

impl Impossible {
    pub(crate) fn new(table: &'static str, id: &[u8]) -> Self {
        let id = id.iter().fold(String::with_capacity(2 * id.len()), |text, byte| format!("{text}{byte:02x}"));
        Self { table, id }
    }
}

/// A place in a row, and what to call the row if it is impossible.
pub(crate) struct Cursor<'r, R> {
    row: &'r R,
    table: &'static str,
    /// The column that names the row.
    id: usize,
    next: usize,
}

impl<'r, R: Columns> Cursor<'r, R> {
    /// The values from the column `first` on, which is the row's id.
    pub(crate) fn new(row: &'r R, table: &'static str, first: usize) -> Self {
        Self { row, table, id: first, next: first }
    }

    /// The row cannot be.
    pub(crate) fn impossible(&self) -> R::Failure {
        let id = match self.row.bytes(self.id) {
            Cell::Value(id) => id,
            Cell::Null | Cell::Wrong => match self.row.text(self.id) {
                Cell::Value(id) => id.as_bytes(),
                Cell::Null | Cell::Wrong => b"",
            },
        };
        Impossible::new(self.table, id).into()
    }

    fn step(&mut self) -> usize {
        let column = self.next;
        self.next += 1;
        column
    }

    fn optional<V, T>(&self, cell: Cell<V>, convert: impl FnOnce(V) -> Option<T>) -> Result<Option<T>, R::Failure> {
        match cell {
            Cell::Null => Ok(None),
            Cell::Value(value) => convert(value).map(Some).ok_or_else(|| self.impossible()),
            Cell::Wrong => Err(self.impossible()),
        }
    }

    fn present<T>(&self, value: Option<T>) -> Result<T, R::Failure> {
        value.ok_or_else(|| self.impossible())
    }

    pub(crate) fn optional_blob(&mut self) -> Result<Option<&'r [u8]>, R::Failure> {
        let column = self.step();
        self.optional(self.row.bytes(column), Some)
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, R::Failure> {
        let value = self.optional_blob()?;
        self.present(value.map(<[u8]>::to_vec))
    }

    pub(crate) fn optional_bytes<const N: usize>(&mut self) -> Result<Option<[u8; N]>, R::Failure> {
        let column = self.step();
        self.optional(self.row.bytes(column), |bytes| bytes.try_into().ok())
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], R::Failure> {
        let value = self.optional_bytes()?;
        self.present(value)
    }

    pub(crate) fn optional_named<T>(
        &mut self,
        from_name: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, R::Failure> {
        let column = self.step();
        self.optional(self.row.text(column), from_name)
    }

    pub(crate) fn named<T>(&mut self, from_name: impl FnOnce(&str) -> Option<T>) -> Result<T, R::Failure> {
        let value = self.optional_named(from_name)?;
        self.present(value)
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, R::Failure> {
        self.optional_named(|text| Some(text.to_owned()))
    }

    pub(crate) fn text(&mut self) -> Result<String, R::Failure> {
        self.named(|text| Some(text.to_owned()))
    }

    pub(crate) fn optional_number(&mut self) -> Result<Option<i64>, R::Failure> {
        let column = self.step();
        self.optional(self.row.number(column), Some)
    }

    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T, R::Failure> {
        let value = self.optional_number()?;
        self.present(value.and_then(|number| number.try_into().ok()))
    }

    pub(crate) fn moment(&mut self) -> Result<Timestamp, R::Failure> {
        self.number().map(Timestamp::from_micros)
    }

    pub(crate) fn optional_moment(&mut self) -> Result<Option<Timestamp>, R::Failure> {
        Ok(self.optional_number()?.map(Timestamp::from_micros))
    }

    fn epoch(&mut self) -> Result<Epoch, R::Failure> {
        self.number().map(Epoch::new)
    }

    fn object(&mut self) -> Result<Metadata, R::Failure> {
        self.named(|text| serde_json::from_str(text).ok())
    }

    fn ip(&mut self) -> Result<Option<IpAddr>, R::Failure> {
        let column = self.step();
        self.optional(self.row.bytes(column), ip)
    }
}

/// Reads an account from the column `first` on.
pub(crate) fn account<R: Columns>(row: &R, first: usize) -> Result<Account, R::Failure> {
    let mut cursor = Cursor::new(row, "accounts", first);
    let id = AccountId::from_bytes(cursor.bytes()?);
    let (given, key) = (cursor.text()?, cursor.text()?);
    Ok(Account {
        id,
        email: Email::from_stored(given, key).ok_or_else(|| cursor.impossible())?,
        email_verified_at: cursor.optional_moment()?,
        epoch: cursor.epoch()?,
        disabled_at: cursor.optional_moment()?,
        created_at: cursor.moment()?,
    })
}

/// Reads a user from the column `first` on.
pub(crate) fn user<R: Columns>(row: &R, first: usize) -> Result<User, R::Failure> {
    let mut cursor = Cursor::new(row, "users", first);
    let id = UserId::from_bytes(cursor.bytes()?);
    let account_id = AccountId::from_bytes(cursor.bytes()?);
    let (mapped, skeleton) = (cursor.text()?, cursor.text()?);
    Ok(User {
        id,
        account_id,
        username: Username::from_stored(mapped, skeleton).ok_or_else(|| cursor.impossible())?,
        rank: cursor.named(rank_from_name)?,
        roles: cursor.named(roles_from_names)?,
        profile: Profile {
            display_name: cursor.optional_text()?,
            avatar_url: cursor.optional_text()?,
            locale: cursor.optional_text()?,
            metadata: cursor.object()?,
        },
        app_metadata: cursor.object()?,
        epoch: cursor.epoch()?,
        disabled_at: cursor.optional_moment()?,
        lock: cursor.named(lock_from_name)?,
        created_at: cursor.moment()?,
    })
}

/// Reads a session from the column `first` on.
pub(crate) fn session<R: Columns>(row: &R, first: usize) -> Result<Session, R::Failure> {
    let mut cursor = Cursor::new(row, "sessions", first);
    Ok(Session {
        id: SessionId::from_bytes(cursor.bytes()?),
        account_id: AccountId::from_bytes(cursor.bytes()?),
        user_id: UserId::from_bytes(cursor.bytes()?),
        transport: cursor.named(Transport::from_name)?,
        label: cursor.optional_named(|text| ClientLabel::parse("label", text).ok())?,
        created_at: cursor.moment()?,
        absolute_end: cursor.moment()?,
        idle_end: cursor.moment()?,
        auth_time: cursor.moment()?,
        amr: cursor.named(|text| listed(text).map(AuthMethod::from_name).collect())?,
        state: match (cursor.optional_moment()?, cursor.optional_named(EndReason::from_name)?) {
            (None, None) => SessionState::Active,
            (Some(at), Some(reason)) => SessionState::Ended { at, reason },
            (None, Some(_)) | (Some(_), None) => return Err(cursor.impossible()),
        },
        account_epoch: cursor.epoch()?,
        user_epoch: cursor.epoch()?,
        chain: chain(&mut cursor)?,
        last_ip: cursor.ip()?,
        last_user_agent: cursor.optional_named(UserAgent::from_header)?,
    })
}

fn chain<R: Columns>(cursor: &mut Cursor<'_, R>) -> Result<Chain, R::Failure> {
    Ok(Chain {
        salt: cursor.bytes()?,
        generation: cursor.number()?,
        current: SecretHash::from_bytes(cursor.bytes()?),
        previous: cursor.optional_bytes()?.map(SecretHash::from_bytes),
        next: SecretHash::from_bytes(cursor.bytes()?),
        current_key: cursor.number().map(KeyNumber::new)?,
        next_key: cursor.number().map(KeyNumber::new)?,
        rotated_at: cursor.moment()?,
        redelivered_at: cursor.optional_moment()?,
        redeliveries: cursor.number()?,
        retry_key: cursor.optional_bytes()?.map(SecretHash::from_bytes),
    })
}

/// Reads a standing: the columns of a session, its account and its user, and the moment of the promotion.
pub(crate) fn standing<R: Columns>(row: &R) -> Result<Standing, R::Failure> {
    const ACCOUNT: usize = 27;
    const USER: usize = ACCOUNT + 7;
    const PROMOTED: usize = USER + 15;
    let promoted = Cursor::new(row, "meta", PROMOTED).optional_moment()?;
    Ok(Standing {
        session: session(row, 0)?,
        account: account(row, ACCOUNT)?,
        user: user(row, USER)?,
        store_promoted_at: promoted,
    })
}

/// Reads what a mail carries.
pub(crate) fn mail_token<R: Columns>(row: &R) -> Result<StoredMailToken, R::Failure> {
    let mut cursor = Cursor::new(row, "mail_tokens", 0);
    let id = MailTokenId::from_bytes(cursor.bytes()?);
    let purpose = cursor.named(MailPurpose::from_name)?;
    let account_id = cursor.optional_bytes()?.map(AccountId::from_bytes);
    let user_id = cursor.optional_bytes()?.map(UserId::from_bytes);
    let (given, key) = (cursor.text()?, cursor.text()?);
    Ok(StoredMailToken {
        id,
        purpose,
        account_id,
        user_id,
        email: Email::from_stored(given, key).ok_or_else(|| cursor.impossible())?,
        link: SecretHash::from_bytes(cursor.bytes()?),
        code: SecretHash::from_bytes(cursor.bytes()?),
        browser: cursor.optional_bytes()?.map(SecretHash::from_bytes),
        details: cursor.optional_blob()?.map(<[u8]>::to_vec),
        tries: cursor.number()?,
        created_at: cursor.moment()?,
        ends_at: cursor.moment()?,
        used_at: cursor.optional_moment()?,
    })
}

/// Reads a letter that is due: `id, kind, sealed, written_at, attempts`.
pub(crate) fn due_letter<R: Columns>(row: &R) -> Result<DueLetter, R::Failure> {
    let mut cursor = Cursor::new(row, "outbox", 0);
    Ok(DueLetter {
        id: LetterId::from_bytes(cursor.bytes()?),
        kind: cursor.text()?,
        sealed: cursor.optional_blob()?.map(<[u8]>::to_vec),
        written_at: cursor.moment()?,
        attempts: cursor.number()?,
    })
}

/// Reads what the list of letters tells of one.
pub(crate) fn letter_summary<R: Columns>(row: &R) -> Result<LetterSummary, R::Failure> {
    let mut cursor = Cursor::new(row, "outbox", 0);
    Ok(LetterSummary {
        id: LetterId::from_bytes(cursor.bytes()?),
        account_id: cursor.optional_bytes()?.map(AccountId::from_bytes),
        kind: cursor.text()?,
        state: cursor.named(LetterState::from_name)?,
        written_at: cursor.moment()?,
        attempts: cursor.number()?,
        due_at: cursor.optional_moment()?,
        done_at: cursor.optional_moment()?,
        last_error: cursor.optional_text()?,
    })
}

/// Where a list begins that is read from the newest on: no id of version 7 is all ones.
pub(crate) fn before(id: Option<&[u8; 16]>) -> [u8; 16] {
    id.copied().unwrap_or([0xff; 16])
}

/// How often, at most, it is noted that a service key was used.
pub(crate) const NOTED_EVERY: Duration = Duration::from_secs(60);

/// So long the operator sees that a letter was sent or given up; and so long one waits that nobody takes, where no mail is
/// sent.
pub(crate) const LETTERS_KEPT: Duration = Duration::from_secs(7 * 86_400);

/// Why a letter was given up that waited in a backup.
pub(crate) const RESTORED: &str = "the database is a restored backup: nobody knows whether it was sent";

/// An address is kept as its four or sixteen bytes.
pub(crate) fn ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes {
        v4 if v4.len() == 4 => <[u8; 4]>::try_from(v4).ok().map(IpAddr::from),
        v6 => <[u8; 16]>::try_from(v6).ok().map(IpAddr::from),
    }
}

/// An address as it is kept.
pub(crate) fn ip_bytes(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

/// The names in a list, none if it is empty.
pub(crate) fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|name| !name.is_empty())
}

/// A list of names as it is kept.
pub(crate) fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(",")
}

fn roles_from_names(text: &str) -> Option<Roles> {
    listed(text).map(|name| name.parse::<RoleName>().ok()).collect::<Option<_>>().map(Roles::new)
}

pub(crate) const fn rank_name(rank: Rank) -> &'static str {
    match rank {
        Rank::Member => "member",
        Rank::Owner => "owner",
    }
}

fn rank_from_name(name: &str) -> Option<Rank> {
    [Rank::Member, Rank::Owner].into_iter().find(|rank| rank_name(*rank) == name)
}

pub(crate) const fn lock_name(lock: Lock) -> &'static str {
    match lock {
        Lock::Open => "open",
        Lock::Pin => "pin",
    }
}

fn lock_from_name(name: &str) -> Option<Lock> {
    [Lock::Open, Lock::Pin].into_iter().find(|lock| lock_name(*lock) == name)
}

/// An object as it is kept.
pub(crate) fn object(metadata: &Metadata) -> String {
    serde_json::Value::Object(metadata.clone()).to_string()
}
