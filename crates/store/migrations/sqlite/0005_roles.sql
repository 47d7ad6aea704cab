-- Who may do what: what roles are, the keys of other programs, the secret that makes the first admin. Moments are microseconds
-- since 1970.

CREATE TABLE roles (
    name        TEXT PRIMARY KEY,
    permissions TEXT NOT NULL, -- separated by commas, sorted
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE service_keys (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name        TEXT NOT NULL,
    permissions TEXT NOT NULL, -- separated by commas, sorted
    hash        BLOB NOT NULL UNIQUE CHECK (length(hash) = 32), -- SHA-256 of the key's secret
    created_at  INTEGER NOT NULL,
    ends_at     INTEGER,
    used_at     INTEGER
) STRICT;

-- One row as long as somebody may make the first admin with a secret.
CREATE TABLE bootstrap (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    hash    BLOB NOT NULL CHECK (length(hash) = 32), -- SHA-256 of the secret
    ends_at INTEGER NOT NULL
) STRICT;

-- Whoever asks for the admins repeats this condition word for word.
CREATE INDEX users_admins ON users (created_at, id) WHERE instr(',' || roles || ',', ',admin,') > 0;

-- To count the sessions that were not ended: all up to their end, but for these.
CREATE INDEX sessions_ended ON sessions (absolute_end) WHERE ended_at IS NOT NULL;
