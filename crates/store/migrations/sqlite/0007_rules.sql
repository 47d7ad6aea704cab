-- Webhooks, how far each listener was told of what happened, and what it is to be told. Moments are microseconds since 1970.

CREATE TABLE rules (
    id              BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name            TEXT NOT NULL,
    url             TEXT NOT NULL,
    moments         TEXT NOT NULL, -- separated by commas, sorted
    acts            TEXT NOT NULL, -- separated by commas, sorted; all if it is empty
    timeout         INTEGER NOT NULL, -- microseconds
    on_failure      TEXT NOT NULL,
    namespace       TEXT,
    secret          BLOB NOT NULL, -- sealed
    previous_secret BLOB, -- sealed
    state           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL
) STRICT;

-- A webhook's id as text, or the name of a rule of the program that embeds us.
CREATE TABLE listeners (
    listener TEXT PRIMARY KEY,
    told_to  INTEGER NOT NULL -- the place of an entry in the chain of the activity log
) STRICT, WITHOUT ROWID;

-- What is told is read from the activity log when it is sent, so that nothing is here that would have to be erased.
CREATE TABLE deliveries (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    listener    TEXT NOT NULL,
    activity_id BLOB NOT NULL,
    seq         INTEGER NOT NULL,
    act         TEXT NOT NULL,
    account_id  BLOB,
    state       TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    due_at      INTEGER, -- null exactly if it does not wait
    done_at     INTEGER,
    last_status INTEGER,
    last_error  TEXT,
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state = 'waiting') = (done_at IS NULL))
) STRICT;

CREATE INDEX deliveries_by_due ON deliveries (listener, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_by_listener ON deliveries (listener, id);
CREATE INDEX deliveries_by_listener_and_state ON deliveries (listener, state, id);
CREATE INDEX deliveries_by_state ON deliveries (state, id);
CREATE INDEX deliveries_by_age ON deliveries (created_at);
