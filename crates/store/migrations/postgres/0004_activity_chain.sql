-- The activity log becomes a chain: each entry gets a number and a digest of itself and of everything before it. It gets them
-- after it was written, by whichever node is at it: a lock on the end of the chain in every sign-in would have everybody wait
-- for the one that freezes. Entries from before this step get theirs little by little, and with it their salt: they are not
-- rewritten here, however many there are. Moments are microseconds since 1970. The account of what happened to the instance is
-- sixteen zeros.

ALTER TABLE activity
    ADD COLUMN actor TEXT NOT NULL DEFAULT 'account',
    ADD COLUMN actor_id UUID,
    ADD COLUMN detail TEXT NOT NULL DEFAULT '{}', -- a JSON object
    ADD COLUMN salt BYTEA,       -- null once what is personal was erased
    ADD COLUMN commitment BYTEA, -- what the chain holds of what is personal
    ADD COLUMN seq BIGINT,       -- the place in the chain; null as long as there is none
    ADD COLUMN digest BYTEA;     -- null exactly if seq is

CREATE INDEX activity_by_id ON activity (id);
CREATE INDEX activity_waiting ON activity (id) WHERE seq IS NULL;
CREATE UNIQUE INDEX activity_by_seq ON activity (seq) WHERE seq IS NOT NULL;

CREATE TABLE activity_chain (
    one            BIGINT PRIMARY KEY CHECK (one = 1),
    begin_seq      BIGINT NOT NULL, -- the chain begins after this entry
    begin_digest   BYTEA NOT NULL CHECK (octet_length(begin_digest) = 32),
    head_seq       BIGINT NOT NULL, -- the last entry
    head_digest    BYTEA NOT NULL CHECK (octet_length(head_digest) = 32),
    erased_seq     BIGINT NOT NULL, -- so far what is personal was erased because of its age
    personal_since BIGINT NOT NULL
);

INSERT INTO activity_chain
VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0, decode(repeat('00', 32), 'hex'), 0, 0);

CREATE TABLE activity_checkpoints (
    head_seq       BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    head_digest    BYTEA NOT NULL,
    begin_seq      BIGINT NOT NULL,
    begin_digest   BYTEA NOT NULL,
    personal_since BIGINT NOT NULL,
    signed         TEXT NOT NULL, -- the same, as a JWS
    PRIMARY KEY (head_seq, at)
);

CREATE TABLE activity_counts (
    hour  BIGINT NOT NULL, -- when it began
    what  TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (hour, what)
);
