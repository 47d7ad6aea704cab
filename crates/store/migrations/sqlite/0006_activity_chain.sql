-- The activity log becomes a chain: each entry gets a number and a digest of itself and of everything before it. Entries from
-- before this step get theirs little by little, and with it their salt: they are not rewritten here, however many there are.
-- Moments are microseconds since 1970. The account of what happened to the instance is sixteen zeros.

ALTER TABLE activity ADD COLUMN actor TEXT NOT NULL DEFAULT 'account';
ALTER TABLE activity ADD COLUMN actor_id BLOB;
ALTER TABLE activity ADD COLUMN detail TEXT NOT NULL DEFAULT '{}'; -- a JSON object
ALTER TABLE activity ADD COLUMN salt BLOB;       -- null once what is personal was erased
ALTER TABLE activity ADD COLUMN commitment BLOB; -- what the chain holds of what is personal
ALTER TABLE activity ADD COLUMN seq INTEGER;     -- the place in the chain; null as long as there is none
ALTER TABLE activity ADD COLUMN digest BLOB;     -- null exactly if seq is

CREATE INDEX activity_by_id ON activity (id);
CREATE INDEX activity_waiting ON activity (id) WHERE seq IS NULL;
CREATE UNIQUE INDEX activity_by_seq ON activity (seq) WHERE seq IS NOT NULL;

CREATE TABLE activity_chain (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    begin_seq      INTEGER NOT NULL, -- the chain begins after this entry
    begin_digest   BLOB NOT NULL CHECK (length(begin_digest) = 32),
    head_seq       INTEGER NOT NULL, -- the last entry
    head_digest    BLOB NOT NULL CHECK (length(head_digest) = 32),
    erased_seq     INTEGER NOT NULL, -- so far what is personal was erased because of its age
    personal_since INTEGER NOT NULL
) STRICT;

INSERT INTO activity_chain VALUES (1, 0, zeroblob(32), 0, zeroblob(32), 0, 0);

CREATE TABLE activity_checkpoints (
    head_seq       INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    head_digest    BLOB NOT NULL,
    begin_seq      INTEGER NOT NULL,
    begin_digest   BLOB NOT NULL,
    personal_since INTEGER NOT NULL,
    signed         TEXT NOT NULL, -- the same, as a JWS
    PRIMARY KEY (head_seq, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE activity_counts (
    hour  INTEGER NOT NULL, -- when it began
    what  TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, what)
) STRICT, WITHOUT ROWID;
