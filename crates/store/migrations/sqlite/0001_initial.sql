-- Accounts, users, credentials, sessions, activity, limits, keys.
--
-- Moments are microseconds since 1970, ids are the sixteen bytes of a UUIDv7. Names of states are the stable names of the
-- model. A table without rowid is clustered by its key: one page is read or written where there would be two. That pays for
-- short rows. The three tables with long rows have a rowid: without one, the inner pages of their trees would hold whole
-- rows, too, and would not stay in the cache when there are millions.

CREATE TABLE meta (
    one               INTEGER PRIMARY KEY CHECK (one = 1),
    clock_high        INTEGER NOT NULL, -- the latest moment seen: the clock never starts earlier
    store_promoted_at INTEGER,          -- when a backup was last put in place of the database
    is_backup         INTEGER NOT NULL CHECK (is_backup IN (0, 1)),
    keys_version      INTEGER NOT NULL
) STRICT;

INSERT INTO meta (one, clock_high, store_promoted_at, is_backup, keys_version) VALUES (1, 0, NULL, 0, 0);

CREATE TABLE accounts (
    id                BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    email             TEXT NOT NULL,
    email_key         TEXT NOT NULL UNIQUE,
    email_verified_at INTEGER,
    epoch             INTEGER NOT NULL,
    disabled_at       INTEGER,
    created_at        INTEGER NOT NULL
) STRICT;

-- Apart from the account: nothing that reads accounts can return a credential.
CREATE TABLE passwords (
    account_id BLOB PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    phc        TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id           BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    account_id   BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    username     TEXT NOT NULL UNIQUE,
    skeleton     TEXT NOT NULL UNIQUE,
    rank         TEXT NOT NULL,
    roles        TEXT NOT NULL, -- names, separated by commas, sorted
    display_name TEXT,
    avatar_url   TEXT,
    locale       TEXT,
    metadata     TEXT NOT NULL, -- a JSON object
    app_metadata TEXT NOT NULL, -- a JSON object
    epoch        INTEGER NOT NULL,
    disabled_at  INTEGER,
    lock         TEXT NOT NULL, -- 'pin' exactly if there is a row in pins
    created_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX users_by_account ON users (account_id);

CREATE TABLE pins (
    user_id BLOB PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    phc     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per session for its whole life. A rotation changes no indexed column.
CREATE TABLE sessions (
    id              BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    account_id      BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id         BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    transport       TEXT NOT NULL,
    label           TEXT,
    created_at      INTEGER NOT NULL,
    absolute_end    INTEGER NOT NULL,
    idle_end        INTEGER NOT NULL,
    auth_time       INTEGER NOT NULL,
    amr             TEXT NOT NULL, -- names, separated by commas
    ended_at        INTEGER,
    end_reason      TEXT,
    account_epoch   INTEGER NOT NULL,
    user_epoch      INTEGER NOT NULL,
    salt            BLOB NOT NULL,
    generation      INTEGER NOT NULL,
    current         BLOB NOT NULL,
    previous        BLOB,
    next            BLOB NOT NULL,
    current_key     INTEGER NOT NULL,
    next_key        INTEGER NOT NULL,
    rotated_at      INTEGER NOT NULL,
    redelivered_at  INTEGER,
    redeliveries    INTEGER NOT NULL,
    retry_key       BLOB,
    last_ip         BLOB, -- four or sixteen bytes
    last_user_agent TEXT,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_end ON sessions (absolute_end);

CREATE TABLE spent_selections (
    token   BLOB PRIMARY KEY CHECK (length(token) = 16),
    ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX spent_selections_by_end ON spent_selections (ends_at);

-- Clustered by account, newest last: a page of the log is one range. No reference: one entry outlives its account.
CREATE TABLE activity (
    account_id BLOB NOT NULL,
    id         BLOB NOT NULL CHECK (length(id) = 16),
    at         INTEGER NOT NULL,
    user_id    BLOB,
    session_id BLOB,
    act        TEXT NOT NULL,
    reason     TEXT,
    ip         BLOB,
    user_agent TEXT,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE limits (
    key      BLOB PRIMARY KEY CHECK (length(key) = 16),
    count    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    fades_at INTEGER NOT NULL -- from when on the row says no more than none would
) STRICT, WITHOUT ROWID;

CREATE INDEX limits_by_fading ON limits (fades_at);

CREATE TABLE signing_keys (
    kid            TEXT PRIMARY KEY,
    position       INTEGER NOT NULL,
    state          TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    published_at   INTEGER,
    signing_since  INTEGER,
    retiring_since INTEGER,
    sealed         BLOB NOT NULL
) STRICT, WITHOUT ROWID;
