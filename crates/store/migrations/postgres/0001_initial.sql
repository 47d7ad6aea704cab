-- Accounts, users, credentials, sessions, activity, limits, keys, leases: the same tables and columns as on SQLite, so that a
-- database can be moved from one to the other row by row.
--
-- Moments are microseconds since 1970, ids are UUIDv7. Names of states are the stable names of the model. Text that is
-- compared is compared byte by byte (COLLATE "C").

CREATE TABLE meta (
    one               BIGINT PRIMARY KEY CHECK (one = 1),
    clock_high        BIGINT NOT NULL, -- the latest moment seen: no clock ever starts earlier
    store_promoted_at BIGINT,          -- when a replica or a backup last took the place of the database
    is_backup         BIGINT NOT NULL CHECK (is_backup IN (0, 1)),
    keys_version      BIGINT NOT NULL,
    system            TEXT,            -- the identifier of the database system; another one means: restored from a dump
    timeline          TEXT             -- its timeline; another one means: a replica was promoted, or a base backup restored
);

INSERT INTO meta (one, clock_high, store_promoted_at, is_backup, keys_version) VALUES (1, 0, NULL, 0, 0);

CREATE TABLE accounts (
    id                UUID PRIMARY KEY,
    email             TEXT NOT NULL,
    email_key         TEXT COLLATE "C" NOT NULL UNIQUE,
    email_verified_at BIGINT,
    epoch             BIGINT NOT NULL,
    disabled_at       BIGINT,
    created_at        BIGINT NOT NULL
);

-- Apart from the account: nothing that reads accounts can return a credential.
CREATE TABLE passwords (
    account_id UUID PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    phc        TEXT NOT NULL
);

CREATE TABLE users (
    id           UUID PRIMARY KEY,
    account_id   UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    username     TEXT COLLATE "C" NOT NULL UNIQUE,
    skeleton     TEXT COLLATE "C" NOT NULL UNIQUE,
    rank         TEXT NOT NULL,
    roles        TEXT NOT NULL, -- names, separated by commas, sorted
    display_name TEXT,
    avatar_url   TEXT,
    locale       TEXT,
    metadata     TEXT NOT NULL, -- a JSON object
    app_metadata TEXT NOT NULL, -- a JSON object
    epoch        BIGINT NOT NULL,
    disabled_at  BIGINT,
    lock         TEXT NOT NULL, -- 'pin' exactly if there is a row in pins
    created_at   BIGINT NOT NULL
);

CREATE INDEX users_by_account ON users (account_id);

CREATE TABLE pins (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    phc     TEXT NOT NULL
);

-- One row per session for its whole life. A rotation changes no indexed column and finds room on the row's own page, so
-- that it touches no index (a heap-only tuple); the page is cleaned when it is next read.
CREATE TABLE sessions (
    id              UUID PRIMARY KEY,
    account_id      UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id         UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    transport       TEXT NOT NULL,
    label           TEXT,
    created_at      BIGINT NOT NULL,
    absolute_end    BIGINT NOT NULL,
    idle_end        BIGINT NOT NULL,
    auth_time       BIGINT NOT NULL,
    amr             TEXT NOT NULL, -- names, separated by commas
    ended_at        BIGINT,
    end_reason      TEXT,
    account_epoch   BIGINT NOT NULL,
    user_epoch      BIGINT NOT NULL,
    salt            BYTEA NOT NULL,
    generation      BIGINT NOT NULL,
    current         BYTEA NOT NULL,
    previous        BYTEA,
    next            BYTEA NOT NULL,
    current_key     BIGINT NOT NULL,
    next_key        BIGINT NOT NULL,
    rotated_at      BIGINT NOT NULL,
    redelivered_at  BIGINT,
    redeliveries    BIGINT NOT NULL,
    retry_key       BYTEA,
    last_ip         BYTEA, -- four or sixteen bytes
    last_user_agent TEXT,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_end ON sessions (absolute_end);

CREATE TABLE spent_selections (
    token   UUID PRIMARY KEY,
    ends_at BIGINT NOT NULL
);

CREATE INDEX spent_selections_by_end ON spent_selections (ends_at);

-- A page of the log is one range of its primary key. No reference: one entry outlives its account.
CREATE TABLE activity (
    account_id UUID NOT NULL,
    id         UUID NOT NULL,
    at         BIGINT NOT NULL,
    user_id    UUID,
    session_id UUID,
    act        TEXT NOT NULL,
    reason     TEXT,
    ip         BYTEA,
    user_agent TEXT,
    PRIMARY KEY (account_id, id)
);

CREATE TABLE limits (
    key      BYTEA PRIMARY KEY CHECK (octet_length(key) = 16),
    count    BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    fades_at BIGINT NOT NULL -- from when on the row says no more than none would
) WITH (fillfactor = 70);

CREATE INDEX limits_by_fading ON limits (fades_at);

CREATE TABLE signing_keys (
    kid            TEXT COLLATE "C" PRIMARY KEY,
    position       BIGINT NOT NULL,
    state          TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    published_at   BIGINT,
    signing_since  BIGINT,
    retiring_since BIGINT,
    sealed         BYTEA NOT NULL
);

-- Which node does a kind of background work, and until when. One row for each kind.
CREATE TABLE leases (
    work   TEXT PRIMARY KEY, -- the stable name of the model
    holder UUID NOT NULL,
    until  BIGINT NOT NULL
);

-- Sessions whose chains are kept in Redis. A session lives only if its row here says so and its chain is there: a Redis that is
-- wiped, or goes back to an older state, revives nothing. An ended one stays until its absolute end.
CREATE TABLE session_register (
    id            UUID PRIMARY KEY,
    account_id    UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id       UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at    BIGINT NOT NULL,
    absolute_end  BIGINT NOT NULL,
    account_epoch BIGINT NOT NULL,
    user_epoch    BIGINT NOT NULL,
    ended_at      BIGINT,
    end_reason    TEXT,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);

CREATE INDEX session_register_by_user ON session_register (user_id);
CREATE INDEX session_register_by_account ON session_register (account_id);
CREATE INDEX session_register_by_end ON session_register (absolute_end);

-- Where the chains are in Redis, and what is known of that Redis. No row: it was never used.
CREATE TABLE session_space (
    one         BIGINT PRIMARY KEY CHECK (one = 1),
    instance    TEXT NOT NULL,   -- random; the beginning of every key there, so that two databases never share one
    number      BIGINT NOT NULL, -- raised when what is there can no longer be believed: all chains are void then
    incarnation BIGINT NOT NULL, -- raised when it may have lost a few writes
    beat        BIGINT NOT NULL, -- a moment written there first and here second: an earlier one there means that it lost writes
    server      TEXT NOT NULL,   -- the process that runs there; another one may have lost writes
    promoted_at BIGINT           -- when it last may have
);
