-- Webhooks, how far each listener was told of what happened, and what it is to be told. Moments are microseconds since 1970.

CREATE TABLE rules (
    id              UUID PRIMARY KEY,
    name            TEXT NOT NULL,
    url             TEXT NOT NULL,
    moments         TEXT NOT NULL, -- separated by commas, sorted
    acts            TEXT NOT NULL, -- separated by commas, sorted; all if it is empty
    timeout         BIGINT NOT NULL, -- microseconds
    on_failure      TEXT NOT NULL,
    namespace       TEXT,
    secret          BYTEA NOT NULL, -- sealed
    previous_secret BYTEA, -- sealed
    state           TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL
);

-- A webhook's id as text, or the name of a rule of the program that embeds us.
CREATE TABLE listeners (
    listener TEXT COLLATE "C" PRIMARY KEY,
    told_to  BIGINT NOT NULL -- the place of an entry in the chain of the activity log
);

-- What is told is read from the activity log when it is sent, so that nothing is here that would have to be erased.
CREATE TABLE deliveries (
    id          UUID PRIMARY KEY,
    listener    TEXT COLLATE "C" NOT NULL,
    activity_id UUID NOT NULL,
    seq         BIGINT NOT NULL,
    act         TEXT NOT NULL,
    account_id  UUID,
    state       TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    due_at      BIGINT, -- null exactly if it does not wait
    done_at     BIGINT,
    last_status BIGINT,
    last_error  TEXT,
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state = 'waiting') = (done_at IS NULL))
);

CREATE INDEX deliveries_by_due ON deliveries (listener, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_by_listener ON deliveries (listener, id);
CREATE INDEX deliveries_by_listener_and_state ON deliveries (listener, state, id);
CREATE INDEX deliveries_by_state ON deliveries (state, id);
CREATE INDEX deliveries_by_age ON deliveries (created_at);
