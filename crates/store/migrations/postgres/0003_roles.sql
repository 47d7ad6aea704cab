-- Who may do what: what roles are, the keys of other programs, the secret that makes the first admin. Moments are microseconds
-- since 1970.

CREATE TABLE roles (
    name        TEXT COLLATE "C" PRIMARY KEY,
    permissions TEXT NOT NULL, -- separated by commas, sorted
    changed_at  BIGINT NOT NULL
);

CREATE TABLE service_keys (
    id          UUID PRIMARY KEY,
    name        TEXT NOT NULL,
    permissions TEXT NOT NULL, -- separated by commas, sorted
    hash        BYTEA NOT NULL UNIQUE CHECK (octet_length(hash) = 32), -- SHA-256 of the key's secret
    created_at  BIGINT NOT NULL,
    ends_at     BIGINT,
    used_at     BIGINT
);

-- One row as long as somebody may make the first admin with a secret.
CREATE TABLE bootstrap (
    one     BIGINT PRIMARY KEY CHECK (one = 1),
    hash    BYTEA NOT NULL CHECK (octet_length(hash) = 32), -- SHA-256 of the secret
    ends_at BIGINT NOT NULL
);

-- Whoever asks for the admins repeats this condition word for word.
CREATE INDEX users_admins ON users (created_at, id) WHERE position(',admin,' IN ',' || roles || ',') > 0;

-- To count the sessions that were not ended: all up to their end, but for these. A rotation touches none of it.
CREATE INDEX sessions_ended ON sessions (absolute_end) WHERE ended_at IS NOT NULL;
CREATE INDEX session_register_ended ON session_register (absolute_end) WHERE ended_at IS NOT NULL;
